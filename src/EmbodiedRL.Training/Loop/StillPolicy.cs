using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Training.Loop;

/// <summary>Zero-action policy: every action is 0.</summary>
public sealed class StillPolicy : IPolicy
{
    /// <inheritdoc/>
    public IActor CreateActor(int count, ActorMode mode, ulong seed) => new StillActor();

    private sealed class StillActor : IActor
    {
        public void Act(ObservationRows observations, ReadOnlySpan<bool> starts, Span<float> actions, Span<float> logProbabilities)
        {
            actions.Clear();
            logProbabilities.Clear();
        }

        public void Save(Snapshot into)
        {
        }

        public void Load(Snapshot from)
        {
        }

        public void Dispose()
        {
        }
    }
}
