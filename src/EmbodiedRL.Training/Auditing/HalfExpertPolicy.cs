using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Training.Auditing;

/// <summary>
/// An expert that acts at random half of the time, in stretches: what half-trained policies look like, without any training.
/// </summary>
/// <param name="expert">Lent.</param>
/// <param name="random">Lent.</param>
internal sealed class HalfExpertPolicy(IPolicy expert, IPolicy random) : IPolicy
{
    private const double TurnEvery = 0.05; // probability that the other one takes over at a step

    /// <inheritdoc/>
    public IActor CreateActor(int count, ActorMode mode, ulong seed) =>
        new HalfActor(expert.CreateActor(count, mode, seed), random.CreateActor(count, mode, seed), seed);

    private sealed class HalfActor(IActor expert, IActor random, ulong seed) : IActor
    {
        private Rng _rng = Rng.For(seed, "half-expert");
        private bool _isRandom;

        public void Act(ObservationRows observations, ReadOnlySpan<bool> starts, Span<float> actions, Span<float> logProbabilities)
        {
            if (_rng.NextDouble() < TurnEvery) _isRandom = !_isRandom;
            (_isRandom ? random : expert).Act(observations, starts, actions, logProbabilities);
        }

        public void Save(Snapshot into)
        {
            into.Put("turns", _rng.Counter);
            into.Put("isRandom", _isRandom);
            expert.Save(into.Section("expert"));
            random.Save(into.Section("random"));
        }

        public void Load(Snapshot from)
        {
            _rng = Rng.For(seed, "half-expert", counter: from.Get<ulong>("turns"));
            _isRandom = from.Get<bool>("isRandom");
            expert.Load(from.Section("expert"));
            random.Load(from.Section("random"));
        }

        public void Dispose()
        {
            expert.Dispose();
            random.Dispose();
        }
    }
}
