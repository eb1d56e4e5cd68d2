using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards;

namespace EmbodiedRL.Training.Auditing.RedTeam;

/// <summary>The goal's graded truth itself as a reward: what the red team gets out of a perfect one.</summary>
[NoPaper("the simulator's own answer")]
internal sealed class TruthReward(AuditGoal goal) : Reward(new RewardSpec("truth", BatchFields.States, 0, 1))
{
    /// <summary>It alone as a whole reward. The caller disposes it.</summary>
    public static RewardStack StackOf(AuditGoal goal) => new([new RewardTerm(new TruthReward(goal), [], 1)], BatchFields.States);

    /// <inheritdoc/>
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        Check(batch, scores);
        TrajectoryBatch steps = batch.As<TrajectoryBatch>();
        int width = steps.Info.State.Length;
        for (int row = 0; row < batch.Rows; row++) scores.Span[row] = (float)goal.Truth(steps.States.AsSpan(row * width, width));
        return ValueTask.CompletedTask;
    }
}
