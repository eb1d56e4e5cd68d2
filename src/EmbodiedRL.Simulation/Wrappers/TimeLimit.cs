using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Core.Wrapping;

namespace EmbodiedRL.Simulation.Wrappers;

/// <summary>Options of <see cref="TimeLimit"/>.</summary>
public sealed record TimeLimitOptions : Options
{
    /// <summary>Steps of an episode.</summary>
    [Range(1, 10_000_000), Required("how many steps an episode has")]
    public int Steps { get; init; }
}

/// <summary>Cuts episodes short after so many steps: truncated, since the task is not over.</summary>
[NoPaper("a counter")]
public sealed class TimeLimit : EnvironmentWrapper
{
    private readonly int _steps;
    private readonly int[] _played;
    private readonly bool[] _over;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">Owned from here on.</param>
    /// <param name="steps">At least 1; a longer limit than the inner one changes nothing.</param>
    /// <exception cref="SpecMismatchException">The inner environment cannot begin one episode without the others.</exception>
    public TimeLimit(IVectorEnvironment inner, int steps)
        : base(inner, inner.Info with { EpisodeSteps = Math.Min(steps, inner.Info.EpisodeSteps) })
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        (_steps, _played, _over) = (steps, new int[inner.Count], new bool[inner.Count]);
        _ = Rowwise;
    }

    /// <inheritdoc/>
    protected override void OnReset(ulong seed, StepBuffer under, StepBuffer into) => Array.Clear(_played);

    /// <inheritdoc/>
    protected override void OnStep(StepBuffer under, StepBuffer into, ReadOnlySpan<bool> skipped)
    {
        bool any = false;
        for (int row = 0; row < Count; row++)
        {
            _over[row] = false;
            if (Skips(skipped, row)) continue;
            _played[row]++;
            if (!into.Kinds[row].Ends())
            {
                if (_played[row] < _steps) continue;
                into.Kinds[row] = StepKind.Truncated;
                any = _over[row] = true;
            }

            _played[row] = 0;
        }

        if (any) Rowwise.ResetRows(_over, into);
    }

    /// <inheritdoc/>
    protected override void OnRestart(ReadOnlySpan<bool> rows, StepBuffer under, StepBuffer into)
    {
        for (int row = 0; row < Count; row++)
            if (rows[row]) _played[row] = 0;
    }

    /// <inheritdoc/>
    protected override void SaveOwn(Snapshot into) => into.Put<int>("played", _played);

    /// <inheritdoc/>
    protected override void LoadOwn(Snapshot from) => from.Get<int>("played", _played);
}
