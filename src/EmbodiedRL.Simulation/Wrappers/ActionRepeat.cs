using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Core.Wrapping;

namespace EmbodiedRL.Simulation.Wrappers;

/// <summary>Options of <see cref="ActionRepeat"/>.</summary>
public sealed record ActionRepeatOptions : Options
{
    /// <summary>How many steps an action is played.</summary>
    [Range(1, 1000), Required("how many steps an action is played")]
    public int Times { get; init; }
}

/// <summary>
/// Plays every action several times and adds the rewards up; an environment whose episode ends meanwhile waits for the others.
/// </summary>
[NoPaper("frame skip")]
public sealed class ActionRepeat : EnvironmentWrapper
{
    private readonly int _times;
    private readonly bool[] _skipped;
    private readonly float[] _rewards;
    private readonly float[] _terms;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">Owned from here on.</param>
    /// <param name="times">At least 1.</param>
    /// <exception cref="SpecMismatchException">The inner environment cannot step one without the others.</exception>
    public ActionRepeat(IVectorEnvironment inner, int times) : base(inner, Describe(inner.Info, times))
    {
        (_times, _skipped, _rewards, _terms) =
            (times, new bool[inner.Count], new float[inner.Count], new float[inner.Count * inner.Info.RewardTerms.Length]);
        _ = Rowwise;
    }

    /// <inheritdoc/>
    public override void Step(ReadOnlySpan<float> actions, StepBuffer into) => Play(actions, [], into);

    /// <inheritdoc/>
    public override void StepMasked(ReadOnlySpan<float> actions, ReadOnlySpan<bool> skipped, StepBuffer into) =>
        Play(actions, skipped, into);

    /// <summary>The same spans of time in fewer, longer steps.</summary>
    private static EnvironmentInfo Describe(EnvironmentInfo inner, int times)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(times);
        return inner with
        {
            EpisodeSteps = Fewer(inner.EpisodeSteps),
            ControlTimestep = inner.ControlTimestep * times,
            Measures = [.. inner.Measures.Select(measure => measure with { Window = Fewer(measure.Window) })],
        };

        int Fewer(int steps) => (int)(((long)steps + times - 1) / times);
    }

    private void Play(ReadOnlySpan<float> actions, ReadOnlySpan<bool> skipped, StepBuffer into)
    {
        Check(actions);
        Array.Clear(_rewards);
        Array.Clear(_terms);
        Array.Clear(_skipped);
        skipped.CopyTo(_skipped);
        for (int time = 0; time < _times && _skipped.AsSpan().Contains(false); time++)
        {
            Rowwise.StepMasked(actions, _skipped, into);
            for (int row = 0; row < Count; row++)
                if (!_skipped[row]) Add(row, into);
        }

        for (int row = 0; row < Count; row++)
            if (!Skips(skipped, row)) Write(row, into);
    }

    private void Add(int row, StepBuffer into)
    {
        int width = Info.RewardTerms.Length;
        _rewards[row] += into.Rewards[row];
        for (int i = row * width; i < (row + 1) * width; i++) _terms[i] += into.RewardTerms[i];
        _skipped[row] = into.Kinds[row].Ends();
    }

    private void Write(int row, StepBuffer into)
    {
        int width = Info.RewardTerms.Length;
        into.Rewards[row] = _rewards[row];
        Array.Copy(_terms, row * width, into.RewardTerms, row * width, width);
    }
}
