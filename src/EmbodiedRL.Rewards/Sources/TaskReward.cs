using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Task reward: the environment's own hand-built reward, so that it can stand beside every other.</summary>
[NoPaper("passes the environment's number on")]
public sealed class TaskReward(string name) : Reward(new RewardSpec(name, BatchFields.TaskRewards)), ITrajectoryReward
{
    /// <inheritdoc/>
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        Check(batch, scores);
        batch.As<TrajectoryBatch>().TaskRewards.CopyTo(scores);
        return ValueTask.CompletedTask;
    }
}
