using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Core.Contracts;

/// <summary>Scores a batch of trajectories. Knows neither algorithm nor optimizer nor environment class.</summary>
/// <remarks>A whole rollout is relabeled at once, so that a model sees large batches. Stateful rewards save their state.</remarks>
public interface IReward : ISnapshot, IDisposable
{
    /// <summary>Name, what it reads, range.</summary>
    RewardSpec Spec { get; }

    /// <summary>Scores every step.</summary>
    /// <param name="batch">Lent for the time of the call.</param>
    /// <param name="rewards">[T, N], overwritten. NaN means "not applicable here".</param>
    /// <param name="cancel">Stops between two model batches.</param>
    ValueTask ScoreAsync(TrajectoryBatch batch, Memory<float> rewards, CancellationToken cancel);
}
