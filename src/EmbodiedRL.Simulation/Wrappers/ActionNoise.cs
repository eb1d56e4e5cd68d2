using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Core.Wrapping;

namespace EmbodiedRL.Simulation.Wrappers;

/// <summary>Options of <see cref="ActionNoise"/>.</summary>
public sealed record ActionNoiseOptions : Options
{
    /// <summary>Standard deviation, in the unit of the action.</summary>
    [Range(0, 1e9)]
    public float Deviation { get; init; } = 0.1f;
}

/// <summary>Adds normal noise to every action, as motors that do not do quite what they are told.</summary>
[NoPaper("normal noise")]
public sealed class ActionNoise : EnvironmentWrapper
{
    private readonly float _deviation;
    private readonly RowStreams _streams;
    private readonly float[] _noisy;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">Owned from here on.</param>
    /// <param name="deviation">Standard deviation in the unit of the action.</param>
    /// <param name="stream">Name of the random stream.</param>
    /// <exception cref="SpecMismatchException">Actions are choices, to which nothing can be added.</exception>
    public ActionNoise(IVectorEnvironment inner, float deviation, string stream) : base(inner)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(deviation);
        if (inner.Info.Actions.IsDiscrete)
            throw new SpecMismatchException($"actions of '{inner.Info.Name}'", "real numbers, to which noise can be added", "choices");
        (_deviation, _streams, _noisy) =
            (deviation, new RowStreams(stream, inner.Count), new float[inner.Count * inner.Info.Actions.Length]);
    }

    /// <inheritdoc/>
    protected override void OnReset(ulong seed, StepBuffer under, StepBuffer into) => _streams.Begin(seed);

    /// <inheritdoc/>
    protected override ReadOnlySpan<float> Change(ReadOnlySpan<float> actions, ReadOnlySpan<bool> skipped)
    {
        int at = 0;
        for (int row = 0; row < Count; row++)
            foreach (FieldSpec field in Info.Actions.Vector.Fields)
                for (int i = 0; i < field.Length; i++, at++)
                    if (!Skips(skipped, row))
                        _noisy[at] = Math.Clamp(actions[at], field.Minimum, field.Maximum) + (_deviation * (float)_streams[row].Normal());
        return _noisy;
    }

    /// <inheritdoc/>
    protected override void SaveOwn(Snapshot into) => _streams.Save(into);

    /// <inheritdoc/>
    protected override void LoadOwn(Snapshot from) => _streams.Load(from);
}
