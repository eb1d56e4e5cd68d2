using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Core.Contracts;

/// <summary>Chooses actions.</summary>
public interface IPolicy
{
    /// <summary>Acts on N observations.</summary>
    /// <param name="observations">[N, O].</param>
    /// <param name="actions">[N, A], overwritten; not clipped to bounds.</param>
    /// <param name="deterministic">Take the mode instead of drawing.</param>
    void Act(ReadOnlySpan<float> observations, Span<float> actions, bool deterministic);
}

/// <summary>Learns a policy from scored rollouts. Sees [T, N] rewards and nothing of where they came from.</summary>
public interface IAlgorithm : IPolicy, ISnapshot, IDisposable
{
    /// <summary>T: steps per environment between two updates.</summary>
    int Horizon { get; }

    /// <summary>Draws actions for a rollout and says how likely they were.</summary>
    /// <param name="observations">[N, O].</param>
    /// <param name="actions">[N, A], overwritten.</param>
    /// <param name="logProbabilities">[N], overwritten.</param>
    void SampleActions(ReadOnlySpan<float> observations, Span<float> actions, Span<float> logProbabilities);

    /// <summary>Learns from one rollout.</summary>
    /// <param name="batch">The rollout, lent for the time of the call.</param>
    /// <param name="rewards">[T, N], finite.</param>
    /// <param name="progress">Share of the run that is done, in [0, 1]; schedules read it.</param>
    /// <param name="metrics">Receives losses and statistics.</param>
    void Update(TrajectoryBatch batch, ReadOnlySpan<float> rewards, double progress, IMetricSink metrics);
}
