using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Training.Captioning;

namespace EmbodiedRL.Training.Loop;

/// <summary>Acts at random and keeps at it for a while: actions drawn anew at every step would cancel out and lead nowhere.</summary>
internal sealed class RandomActions(ActionSpec spec, int count, ulong seed) : IPolicy
{
    private const double Change = 0.1;    // probability per step
    private const float Unbounded = 1;    // stands for a bound that is not finite

    private readonly float[] _kept = new float[count * spec.Length];
    private Rng _rng = Rng.For(seed, "random-actions");
    private bool _begun;

    /// <inheritdoc/>
    public void Act(ReadOnlySpan<float> observations, Span<float> actions, bool deterministic)
    {
        for (int row = 0; row < count; row++)
            if (!_begun || _rng.NextDouble() < Change) Draw(_kept.AsSpan(row * spec.Length, spec.Length));
        _begun = true;
        _kept.CopyTo(actions);
    }

    private void Draw(Span<float> action)
    {
        int at = 0;
        foreach (FieldSpec field in spec.Vector.Fields)
            for (int i = 0; i < field.Length; i++)
                action[at++] = spec.IsDiscrete ? _rng.Below(spec.Choices) : (float)_rng.Uniform(Math.Max(field.Minimum, -Unbounded), Math.Min(field.Maximum, Unbounded));
    }
}
