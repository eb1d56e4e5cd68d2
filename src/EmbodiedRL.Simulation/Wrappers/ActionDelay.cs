using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Core.Wrapping;

namespace EmbodiedRL.Simulation.Wrappers;

/// <summary>Options of <see cref="ActionDelay"/>.</summary>
public sealed record ActionDelayOptions : Options
{
    /// <summary>Steps until an action takes effect.</summary>
    [Range(1, 1000), Required("how many steps later actions take effect")]
    public int Steps { get; init; }
}

/// <summary>Lets every action take effect so many steps later; until the first arrives, nothing is done (zeros).</summary>
[NoPaper("a queue of actions")]
public sealed class ActionDelay : EnvironmentWrapper
{
    private readonly int _one;
    private readonly int _all;
    private readonly float[] _queues;
    private readonly float[] _due;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">Owned from here on.</param>
    /// <param name="steps">How late, at least 1.</param>
    public ActionDelay(IVectorEnvironment inner, int steps) : base(inner)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        (_one, _all) = (inner.Info.Actions.Length, steps * inner.Info.Actions.Length);
        (_queues, _due) = (new float[inner.Count * _all], new float[inner.Count * _one]);
    }

    /// <inheritdoc/>
    protected override void OnReset(ulong seed, StepBuffer under, StepBuffer into) => Array.Clear(_queues);

    /// <inheritdoc/>
    protected override ReadOnlySpan<float> Change(ReadOnlySpan<float> actions, ReadOnlySpan<bool> skipped)
    {
        for (int row = 0; row < Count; row++)
        {
            if (Skips(skipped, row)) continue;
            Span<float> queue = Queue(row);
            queue[.._one].CopyTo(_due.AsSpan(row * _one));
            queue[_one..].CopyTo(queue);
            actions.Slice(row * _one, _one).CopyTo(queue[^_one..]);
        }

        return _due;
    }

    /// <inheritdoc/>
    protected override void OnStep(StepBuffer under, StepBuffer into, ReadOnlySpan<bool> skipped)
    {
        for (int row = 0; row < Count; row++)
            if (!Skips(skipped, row) && into.Kinds[row].Ends()) Queue(row).Clear();
    }

    /// <inheritdoc/>
    protected override void OnRestart(ReadOnlySpan<bool> rows, StepBuffer under, StepBuffer into)
    {
        for (int row = 0; row < Count; row++)
            if (rows[row]) Queue(row).Clear();
    }

    /// <inheritdoc/>
    protected override void SaveOwn(Snapshot into) => into.Put<float>("queues", _queues);

    /// <inheritdoc/>
    protected override void LoadOwn(Snapshot from) => from.Get<float>("queues", _queues);

    private Span<float> Queue(int row) => _queues.AsSpan(row * _all, _all);
}
