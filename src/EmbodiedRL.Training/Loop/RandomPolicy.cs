using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Loop;

/// <summary>Draws every action evenly from what is allowed: how an environment looks when nobody has learned anything.</summary>
/// <param name="spec">What is allowed; -1 and 1 stand in for a bound that is not there.</param>
/// <param name="seed">Of all draws.</param>
public sealed class RandomPolicy(ActionSpec spec, ulong seed) : IPolicy
{
    private Rng _rng = Rng.For(seed, "random-policy");

    /// <inheritdoc/>
    /// <remarks>No action is likelier than another, so <paramref name="deterministic"/> changes nothing.</remarks>
    public void Act(ReadOnlySpan<float> observations, Span<float> actions, bool deterministic)
    {
        for (int at = 0; at < actions.Length;)
        {
            foreach (FieldSpec field in spec.Vector.Fields)
                for (int i = 0; i < field.Length; i++) actions[at++] = spec.IsDiscrete ? _rng.Below(spec.Choices) : Draw(field);
        }
    }

    private float Draw(FieldSpec field)
    {
        float low = float.IsFinite(field.Minimum) ? field.Minimum : Math.Min(-1, field.Maximum);
        float high = float.IsFinite(field.Maximum) ? field.Maximum : Math.Max(1, low);
        return (float)_rng.Uniform(low, high);
    }
}
