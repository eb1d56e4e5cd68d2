using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Core.Wrapping;

namespace EmbodiedRL.Simulation.Wrappers;

/// <summary>Options of <see cref="StickyActions"/>.</summary>
public sealed record StickyActionsOptions : Options
{
    /// <summary>That the last action is repeated.</summary>
    [Range(0, 1)]
    public float Probability { get; init; } = 0.25f;
}

/// <summary>
/// Now and then does what was done before instead of what is asked (arXiv 1709.06009), so that no fixed
/// sequence of actions can be learned by heart.
/// </summary>
[Paper("1709.06009", "Revisiting the Arcade Learning Environment: Evaluation Protocols and Open Problems for General Agents", Year = 2018)]
public sealed class StickyActions : EnvironmentWrapper
{
    private readonly double _probability;
    private readonly RowStreams _streams;
    private readonly float[] _last;
    private readonly bool[] _hasLast;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">Owned from here on.</param>
    /// <param name="probability">That the last action sticks, in [0, 1].</param>
    /// <param name="stream">Name of the random stream.</param>
    public StickyActions(IVectorEnvironment inner, double probability, string stream) : base(inner)
    {
        if (!(probability is >= 0 and <= 1)) throw new SpecMismatchException("probability", "a number in [0, 1]", $"{probability}");
        (_probability, _streams) = (probability, new RowStreams(stream, inner.Count));
        (_last, _hasLast) = (new float[inner.Count * inner.Info.Actions.Length], new bool[inner.Count]);
    }

    /// <inheritdoc/>
    protected override void OnReset(ulong seed, StepBuffer under, StepBuffer into)
    {
        _streams.Begin(seed);
        Array.Clear(_hasLast);
    }

    /// <inheritdoc/>
    protected override ReadOnlySpan<float> Change(ReadOnlySpan<float> actions, ReadOnlySpan<bool> skipped)
    {
        int width = Info.Actions.Length;
        for (int row = 0; row < Count; row++)
        {
            if (Skips(skipped, row)) continue;
            bool sticks = _streams[row].NextDouble() < _probability && _hasLast[row];
            if (!sticks) actions.Slice(row * width, width).CopyTo(_last.AsSpan(row * width));
            _hasLast[row] = true;
        }

        return _last;
    }

    /// <inheritdoc/>
    protected override void OnStep(StepBuffer under, StepBuffer into, ReadOnlySpan<bool> skipped)
    {
        for (int row = 0; row < Count; row++)
            if (!Skips(skipped, row) && into.Kinds[row].Ends()) _hasLast[row] = false;
    }

    /// <inheritdoc/>
    protected override void OnRestart(ReadOnlySpan<bool> rows, StepBuffer under, StepBuffer into)
    {
        for (int row = 0; row < Count; row++)
            if (rows[row]) _hasLast[row] = false;
    }

    /// <inheritdoc/>
    protected override void SaveOwn(Snapshot into)
    {
        _streams.Save(into);
        into.Put<float>("last", _last);
        into.Put<bool>("hasLast", _hasLast);
    }

    /// <inheritdoc/>
    protected override void LoadOwn(Snapshot from)
    {
        _streams.Load(from);
        from.Get<float>("last", _last);
        from.Get<bool>("hasLast", _hasLast);
    }
}
