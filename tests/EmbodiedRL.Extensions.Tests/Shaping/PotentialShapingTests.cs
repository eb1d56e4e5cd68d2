using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Extensions.Tests.Shaping;

[Trait("Category", Extension.Category)]
public sealed class PotentialShapingContract : RewardTransformContract
{
    protected override bool TakesCompletions => false;

    protected override IRewardTransform Create() => new PotentialShaping(new PotentialShapingOptions { Initial = 0.5f });
}

[Trait("Category", Extension.Category)]
public sealed class PotentialShapingTests
{
    private const float Gamma = 0.9f, Initial = 0.25f;

    /// <summary>Over 30 rollouts of 6 steps each: whatever happens between, a whole episode's discounted sum is gamma^T phi(s_T) -
    /// initial, without the first part where it terminated.</summary>
    [Fact]
    public void Every_episode_telescopes_across_rollouts()
    {
        var transform = new PotentialShaping(new PotentialShapingOptions { Gamma = Gamma, Initial = Initial });
        Dictionary<long, (double Sum, double Discount)> episodes = [];
        int terminated = 0, truncated = 0, crossing = 0;
        foreach (TrajectoryBatch batch in NoiseBatches.Rollouts([]).Take(30))
        {
            float[] potentials = [.. batch.TaskRewards], shaped = [.. potentials];
            transform.Apply(batch, shaped, NoiseBatches.Context());
            for (int row = 0; row < batch.Rows; row++)
            {
                (double sum, double discount) = episodes.GetValueOrDefault(batch.Episode[row], (0, 1));
                if (row < batch.Count && discount < 1) crossing++;
                (sum, discount) = (sum + (discount * shaped[row]), discount * Gamma);
                episodes[batch.Episode[row]] = (sum, discount);
                if (!batch.EndsEpisode(row)) continue;
                bool isOver = batch.Kinds[row] == StepKind.Terminated;
                (terminated, truncated) = (terminated + (isOver ? 1 : 0), truncated + (isOver ? 0 : 1));
                Assert.Equal((isOver ? 0 : discount * potentials[row]) - Initial, sum, 1e-5);
            }
        }

        Assert.True(terminated > 50 && truncated > 50 && crossing > 50,
            $"{terminated} terminated, {truncated} truncated, {crossing} went on in another rollout.");
    }

    /// <summary>gamma 0.9, initial 0.25: 0.9 * 2 - 0.25, 0.9 * 3 - 2; missing; 0.9 * 5 - 3 as the last potential known was 3;
    /// terminated, 0 - 5.</summary>
    [Fact]
    public void A_step_without_a_potential_stays_without_a_score()
    {
        var batch = new TrajectoryBatch(5, 1, FastEnv.Describe());
        var buffer = new StepBuffer(1, batch.Info);
        for (int step = 0; step < 5; step++)
        {
            buffer.Kinds[0] = step == 4 ? StepKind.Terminated : StepKind.Mid;
            batch.Record(step, new(new float[2]), [0], [0], buffer);
        }

        float[] scores = [2, 3, float.NaN, 5, 7];
        new PotentialShaping(new PotentialShapingOptions { Gamma = Gamma, Initial = Initial }).Apply(batch, scores, NoiseBatches.Context());
        Assert.Equal([1.55f, 0.7f, float.NaN, 1.5f, -5], scores.Select(score => MathF.Round(score, 4)));
    }

    [Fact]
    public void Completions_have_no_steps() =>
        Assert.Throws<SpecMismatchException>(() => new PotentialShaping(new PotentialShapingOptions()).Apply(NoiseBatches.Answers(),
            new float[12], NoiseBatches.Context()));
}
