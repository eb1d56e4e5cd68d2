using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Wrapping;

namespace EmbodiedRL.Simulation.Wrappers;

/// <summary>Lets every action run from -1 to 1, whatever the bounds of the actuators are.</summary>
[NoPaper("an affine map")]
public sealed class ScaleAction : EnvironmentWrapper
{
    private readonly float[] _scaled;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">Owned from here on.</param>
    /// <exception cref="SpecMismatchException">Actions are choices, or one has no bounds.</exception>
    public ScaleAction(IVectorEnvironment inner) : base(inner, inner.Info with { Actions = Even(inner.Info) }) =>
        _scaled = new float[inner.Count * inner.Info.Actions.Length];

    /// <inheritdoc/>
    protected override ReadOnlySpan<float> Change(ReadOnlySpan<float> actions, ReadOnlySpan<bool> skipped)
    {
        int at = 0;
        for (int row = 0; row < Count; row++)
            foreach (FieldSpec field in Inner.Info.Actions.Vector.Fields)
                for (int i = 0; i < field.Length; i++, at++)
                    _scaled[at] = field.Minimum + ((Math.Clamp(actions[at], -1, 1) + 1) / 2 * (field.Maximum - field.Minimum));
        return _scaled;
    }

    /// <inheritdoc/>
    /// <remarks>An actuator whose bounds are one point takes anything as that point; 0 is said for it.</remarks>
    protected override void Restate(Span<float> actions)
    {
        int at = 0;
        for (int row = 0; row < Count; row++)
            foreach (FieldSpec field in Inner.Info.Actions.Vector.Fields)
                for (int i = 0; i < field.Length; i++, at++)
                    actions[at] = field.Maximum > field.Minimum
                        ? ((actions[at] - field.Minimum) / (field.Maximum - field.Minimum) * 2) - 1
                        : 0;
    }

    private static ActionSpec Even(EnvironmentInfo info)
    {
        if (info.Actions.IsDiscrete)
            throw new SpecMismatchException($"actions of '{info.Name}'", "real numbers, which can be scaled", "choices");
        foreach (FieldSpec field in info.Actions.Vector.Fields)
            if (!float.IsFinite(field.Maximum - field.Minimum))
                throw new SpecMismatchException($"action '{field.Name}' of '{info.Name}'",
                    "bounds, between which it can be scaled",
                    "none");
        return ActionSpec.Continuous(info.Actions.Vector.Fields.Select(field => field with
        {
            Minimum = -1,
            Maximum = 1,
            Unit = "",
            Meaning = FormattableString.Invariant($"scaled from {field.Minimum} to {field.Maximum}; {field.Meaning}").TrimEnd(' ', ';')
        }));
    }
}
