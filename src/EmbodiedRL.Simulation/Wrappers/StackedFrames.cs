using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Core.Wrapping;

namespace EmbodiedRL.Simulation.Wrappers;

/// <summary>Options of <see cref="StackedFrames"/>.</summary>
public sealed record StackedFramesOptions : Options
{
    /// <summary>How many observations.</summary>
    [Range(1, 1000)]
    public int Count { get; init; } = 4;
}

/// <summary>Shows the last few observations side by side, the oldest first; an episode begins with copies of its first.</summary>
[NoPaper("the last observations side by side")]
public sealed class StackedFrames : EnvironmentWrapper
{
    private readonly int _one;
    private readonly int _all;
    private readonly float[] _stacks;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">Owned from here on.</param>
    /// <param name="count">How many observations, at least 1.</param>
    public StackedFrames(IVectorEnvironment inner, int count) : base(inner, inner.Info with { Observations = Stacked(inner.Info.Observations, count) }, isReshaped: true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        (_one, _all) = (inner.Info.Observations.Length, count * inner.Info.Observations.Length);
        _stacks = new float[inner.Count * _all];
    }

    /// <inheritdoc/>
    protected override void OnReset(ulong seed, StepBuffer under, StepBuffer into) => FillAll(under, into);

    /// <inheritdoc/>
    protected override void OnPlace(StepBuffer under, StepBuffer into) => FillAll(under, into);

    /// <inheritdoc/>
    protected override void OnStep(StepBuffer under, StepBuffer into, ReadOnlySpan<bool> resting)
    {
        for (int row = 0; row < Count; row++)
        {
            if (Rests(resting, row)) continue;
            if (under.Kinds[row].Ends())
            {
                Push(row, under.FinalObservations);
                Stack(row).CopyTo(into.FinalObservations.AsSpan(row * _all));
                Fill(row, under);
            }
            else
            {
                Push(row, under.Observations);
            }

            Stack(row).CopyTo(into.Observations.AsSpan(row * _all));
        }
    }

    /// <inheritdoc/>
    protected override void OnRestart(ReadOnlySpan<bool> rows, StepBuffer under, StepBuffer into)
    {
        for (int row = 0; row < Count; row++)
        {
            if (!rows[row]) continue;
            Fill(row, under);
            Stack(row).CopyTo(into.Observations.AsSpan(row * _all));
        }
    }

    /// <inheritdoc/>
    protected override void SaveOwn(Snapshot into) => into.Put<float>("stacks", _stacks);

    /// <inheritdoc/>
    protected override void LoadOwn(Snapshot from) => from.Get<float>("stacks", _stacks);

    private static ObservationSpec Stacked(ObservationSpec one, int count) => new(
        Enumerable.Range(0, count).Select(i => count - 1 - i).SelectMany(age => one.Fields.Select(field => age == 0 ? field : field with
        {
            Name = FormattableString.Invariant($"{field.Name}@-{age}"),
            Meaning = FormattableString.Invariant($"{field.Name} {age} steps ago"),
        })));

    private Span<float> Stack(int row) => _stacks.AsSpan(row * _all, _all);

    private void Push(int row, float[] observations)
    {
        Span<float> stack = Stack(row);
        stack[_one..].CopyTo(stack);
        observations.AsSpan(row * _one, _one).CopyTo(stack[^_one..]);
    }

    private void Fill(int row, StepBuffer under)
    {
        Span<float> stack = Stack(row);
        for (int at = 0; at < _all; at += _one) under.Observations.AsSpan(row * _one, _one).CopyTo(stack[at..]);
    }

    private void FillAll(StepBuffer under, StepBuffer into)
    {
        for (int row = 0; row < Count; row++) Fill(row, under);
        _stacks.CopyTo(into.Observations, 0);
    }
}
