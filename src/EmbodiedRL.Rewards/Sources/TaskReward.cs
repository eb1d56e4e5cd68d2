using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>The environment's own hand-built reward, so that it can stand beside every other.</summary>
[NoPaper("passes the environment's number on")]
public sealed class TaskReward(string name) : IReward
{
    /// <inheritdoc/>
    public RewardSpec Spec { get; } = new(name, BatchFields.TaskRewards);

    /// <inheritdoc/>
    public ValueTask ScoreAsync(TrajectoryBatch batch, Memory<float> rewards, CancellationToken cancel)
    {
        SpecMismatchException.ThrowIfLength(Spec.Name, rewards.Length, batch.Rows);
        batch.TaskRewards.CopyTo(rewards);
        return ValueTask.CompletedTask;
    }

    /// <summary>Nothing to save.</summary>
    public void Save(Snapshot into)
    {
    }

    /// <summary>Nothing to load.</summary>
    public void Load(Snapshot from)
    {
    }

    /// <summary>Nothing to release.</summary>
    public void Dispose()
    {
    }
}
