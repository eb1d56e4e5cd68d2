using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Training.Loop;

/// <summary>
/// Random policy: samples actions evenly from what is allowed, and may hold each for a while, since actions sampled anew at
/// every step cancel out and lead nowhere.
/// </summary>
/// <param name="spec">What is allowed; -1 and 1 stand in for a bound that is not there.</param>
/// <param name="hold">Probability that an environment's action is kept for another step, in [0, 1).</param>
public sealed class RandomPolicy(ActionSpec spec, double hold = 0) : IPolicy
{
    /// <inheritdoc/>
    /// <remarks>No action is likelier than another, so the mode changes nothing.</remarks>
    public IActor CreateActor(int count, ActorMode mode, ulong seed) => new RandomActor(spec, hold, count, seed);

    private sealed class RandomActor(ActionSpec spec, double hold, int count, ulong seed) : IActor
    {
        private readonly string _stream = hold > 0 ? "random-actions" : "random-policy";
        private readonly float[] _kept = new float[count * spec.Length];
        private Rng _rng = Rng.For(seed, hold > 0 ? "random-actions" : "random-policy");
        private bool _begun;

        public void Act(ObservationRows observations, ReadOnlySpan<bool> starts, Span<float> actions, Span<float> logProbabilities)
        {
            SpecMismatchException.ThrowIfLength("actions", actions.Length, _kept.Length);
            for (int row = 0; row < count; row++)
                if (hold == 0 || !_begun || _rng.NextDouble() < 1 - hold) Sample(_kept.AsSpan(row * spec.Length, spec.Length));
            _begun = true;
            _kept.CopyTo(actions);
            logProbabilities.Clear();
        }

        public void Save(Snapshot into)
        {
            into.Put("random", _rng.Counter);
            into.Put("begun", _begun);
            into.Put<float>("kept", _kept);
        }

        public void Load(Snapshot from)
        {
            _rng = Rng.For(seed, _stream, counter: from.Get<ulong>("random"));
            _begun = from.Get<bool>("begun");
            from.Get<float>("kept", _kept);
        }

        public void Dispose()
        {
        }

        private void Sample(Span<float> action)
        {
            int at = 0;
            foreach (FieldSpec field in spec.Vector.Fields)
                for (int i = 0; i < field.Length; i++) action[at++] = spec.IsDiscrete ? _rng.Below(spec.Choices) : Sample(field);
        }

        private float Sample(FieldSpec field)
        {
            float low = float.IsFinite(field.Minimum) ? field.Minimum : Math.Min(-1, field.Maximum);
            float high = float.IsFinite(field.Maximum) ? field.Maximum : Math.Max(1, low);
            return (float)_rng.Uniform(low, high);
        }
    }
}
