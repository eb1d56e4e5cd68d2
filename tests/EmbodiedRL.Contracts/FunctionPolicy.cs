using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Contracts;

/// <summary>A policy that is one function of observations, without memory and weights.</summary>
public abstract class FunctionPolicy : IPolicy
{
    /// <inheritdoc/>
    public IActor CreateActor(int count, ActorMode mode, ulong seed) => new FunctionActor(this, mode);

    /// <summary>Chooses actions.</summary>
    /// <param name="observations">[N, O].</param>
    /// <param name="actions">[N, A], overwritten.</param>
    /// <param name="mode">As the actor was asked for.</param>
    protected abstract void Choose(ReadOnlySpan<float> observations, Span<float> actions, ActorMode mode);

    private sealed class FunctionActor(FunctionPolicy policy, ActorMode mode) : IActor
    {
        public void Act(ObservationRows observations, ReadOnlySpan<bool> starts, Span<float> actions, Span<float> logProbabilities)
        {
            policy.Choose(observations.Values, actions, mode);
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
