using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Learned;

namespace EmbodiedRL.Rewards.Tests.Learned;

public sealed class SuccessClassifierContract : LearnedRewardContract
{
    protected override IReward Create() => new SuccessClassifier(
        new SuccessClassifierOptions { Queries = 30, Steps = 3, Minibatch = 8, Teacher = "task", Threshold = 0, HoldOut = 0.2 },
        FastRollouts.Context());
}

public sealed class FeatureSuccessClassifierContract : LearnedRewardContract
{
    protected override IReward Create() => new SuccessClassifier(
        new SuccessClassifierOptions { Input = "features", Queries = 30, Steps = 3, Minibatch = 8, Teacher = "task", Threshold = 0 },
        FastRollouts.Context());
}

[NoTensorLeaks]
public sealed class SuccessClassifierTests
{
    private static readonly SuccessClassifierOptions Quick = new() { Queries = 200, Budget = 1200, Steps = 60, HoldOut = 0.3 };

    [Theory]
    [InlineData(0.0, "state")]
    [InlineData(0.0, "features")]
    [InlineData(0.2, "state")]
    public async Task Labels_of_steps_give_a_calibrated_probability(double error, string input)
    {
        FrameSpec[] frames = input == "features" ? [FrameSpec.Square(4)] : [];
        using var rollouts = new FastRollouts(null, frames);
        var metrics = new RecordedMetrics();
        using var reward = new SuccessClassifier(Quick with { Error = error, Input = input }, FastRollouts.Context());
        await rollouts.TeachAsync(reward, 7, metrics);
        Assert.Equal(1200, metrics["reward/learned/labels"]);
        (double[] scores, bool[] truth) = await JudgeAsync(reward, rollouts.Next());
        double auroc = Classification.Auroc(scores, truth);
        Assert.True(auroc > 0.95, $"{auroc}");
        // what is learned is what was said: a share e of wrong labels makes e + (1 - 2 e) p of p
        double said = error + ((1 - (2 * error)) * truth.Count(isTrue => isTrue) / truth.Length);
        Assert.InRange(scores.Average(), said - 0.06, said + 0.06);
        Assert.InRange(metrics["reward/learned/auroc"], error > 0 ? 0.6 : 0.95, 1);
    }

    /// <summary>Where nobody names a measure, the one that the run's goal is judged by teaches, not the environment's first.</summary>
    [Fact]
    public async Task The_measure_that_judges_the_goal_teaches()
    {
        using var rollouts = new FastRollouts();
        EnvironmentInfo info = FastEnv.Describe();
        var left = new SuccessMeasure("left", "Left of the origin.", state => state[0] < 0 ? 1 : 0, 10);
        RewardContext run = FastRollouts.Context() with { Info = info with { Measures = [.. info.Measures, left] }, JudgedBy = ["left"] };
        using var reward = new SuccessClassifier(Quick, run);
        await rollouts.TeachAsync(reward, 4);
        double rank = await FastRollouts.RankAsync(reward, (position, _) => -position);
        Assert.True(rank > 0.8, $"{rank}");
    }

    /// <summary>Successes are one step in dozens: an unbalanced minibatch hardly ever sees one.</summary>
    [Fact]
    public async Task Rare_successes_are_found_and_stay_rare()
    {
        using var rollouts = new FastRollouts();
        SuccessClassifierOptions rare =
            Quick with { Teacher = "task", Threshold = 0.99, Queries = 640, Budget = 4000, Steps = 200, HoldOut = 0 };
        using var reward = new SuccessClassifier(rare, FastRollouts.Context());
        await rollouts.TeachAsync(reward, 6);
        Assert.True(reward.Figures["successes"] < 0.06 * reward.Figures["labels"], $"{reward.Figures["successes"]}");
        TrajectoryBatch batch = rollouts.Next();
        float[] scores = new float[batch.Rows];
        await reward.ScoreAsync(batch, scores, ScoreContext.Preview());
        bool[] truth = [.. batch.TaskRewards.Select(value => value >= 0.99f)];
        double auroc = Classification.Auroc(Array.ConvertAll(scores, score => (double)score), truth);
        Assert.True(auroc > 0.95, $"{auroc}");
        double share = (double)truth.Count(isTrue => isTrue) / truth.Length; // by balanced minibatches alone it would be far more
        Assert.InRange(scores.Average(), 0, (3 * share) + 0.02);
    }

    [Fact]
    public async Task With_one_class_alone_it_learns_nothing_and_says_one_half()
    {
        using var rollouts = new FastRollouts();
        using var reward = new SuccessClassifier(Quick with { Teacher = "task", Threshold = 100 }, FastRollouts.Context());
        await rollouts.TeachAsync(reward, 2);
        Assert.False(reward.IsTrained);
        float[] scores = new float[FastRollouts.Steps * FastRollouts.Count];
        await reward.ScoreAsync(rollouts.Next(), scores, ScoreContext.Preview());
        Assert.All(scores, score => Assert.Equal(0.5f, score));
        Assert.Contains("expected a step that is a success and one that is none",
            Assert.Throws<SettingsException>(() => reward.TrainOnAll()).Message, StringComparison.Ordinal);
    }

    private static async Task<(double[] Scores, bool[] Truth)> JudgeAsync(IReward reward, TrajectoryBatch batch)
    {
        float[] scores = new float[batch.Rows];
        await reward.ScoreAsync(batch, scores, ScoreContext.Preview());
        return (Array.ConvertAll(scores, score => (double)score),
            [.. Enumerable.Range(0, batch.Rows).Select(row => Math.Abs(batch.States[2 * row]) < 0.2f)]);
    }
}
