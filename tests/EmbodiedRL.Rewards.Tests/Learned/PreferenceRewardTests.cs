using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Learned;

namespace EmbodiedRL.Rewards.Tests.Learned;

public sealed class PreferenceContract : LearnedRewardContract
{
    protected override IReward Create() => new PreferenceReward(Small, FastRollouts.Context());

    internal static PreferenceOptions Small => new() { Segment = 2, Queries = 4, Steps = 3, Minibatch = 8, Memory = 8, Tie = 0.05 };
}

public sealed class BoundedPreferenceContract : LearnedRewardContract
{
    protected override IReward Create() =>
        new PreferenceReward(PreferenceContract.Small with { Bounded = true, Margin = 0.5, Pessimism = 1, Teacher = "measure" },
            FastRollouts.Context());
}

public sealed class FeaturePreferenceContract : LearnedRewardContract
{
    protected override IReward Create() =>
        new PreferenceReward(PreferenceContract.Small with { Input = "features", Teacher = "goal-baseline" }, FastRollouts.Context());
}

[NoTensorLeaks]
public sealed class PreferenceRewardTests
{
    private static readonly PreferenceOptions Quick = new() { Segment = 10, Budget = 300, Queries = 60, Steps = 80, Minibatch = 32 };

    [Theory]
    [InlineData("disagreement", 0.0, 0.95)]
    [InlineData("uniform", 0.0, 0.95)]
    [InlineData("disagreement", 0.2, 0.85)]
    [InlineData("uniform", 0.2, 0.85)]
    public async Task Preferences_between_segments_give_the_order_of_single_states(string choose, double error, double least)
    {
        using var rollouts = new FastRollouts();
        var metrics = new RecordedMetrics();
        int labels = error > 0 ? 600 : 300;
        using var reward = new PreferenceReward(
            Quick with { Choose = choose, Error = error, Budget = labels, Queries = labels / 5 }, FastRollouts.Context());
        await rollouts.TeachAsync(reward, 6, metrics);
        Assert.Equal(labels, reward.Labels);
        Assert.Equal((labels, 0), (metrics["reward/learned/labels"], metrics["reward/learned/labels-left"]));
        double rank = await FastRollouts.RankAsync(reward, Truth);
        Assert.True(rank > least, $"{rank}");
        // labels that are wrong cannot be agreed with, and are not learned by heart
        Assert.InRange(metrics["reward/learned/accuracy"], error > 0 ? 0.6 : 0.8, error > 0 ? 0.95 : 1);
        Assert.True(metrics["reward/learned/disagreement"] > 0);
    }

    [Fact]
    public async Task Soft_opposite_labels_turn_the_order_round()
    {
        using var rollouts = new FastRollouts();
        using var reward = new PreferenceReward(Quick with { Error = 1 }, FastRollouts.Context());
        await rollouts.TeachAsync(reward, 4);
        Assert.True(await FastRollouts.RankAsync(reward, Truth) < -0.8);
    }

    [Fact]
    public async Task A_model_can_teach_states()
    {
        using var rollouts = new FastRollouts(null, FrameSpec.Square(4));
        using var reward = new PreferenceReward(Quick with { Teacher = "goal-baseline" }, FastRollouts.Context());
        Assert.Equal(BatchFields.States | BatchFields.Frames, reward.Spec.Reads);
        await rollouts.TeachAsync(reward, 6);
        double rank = await FastRollouts.RankAsync(reward, (position, _) => -Math.Abs(position), FrameSpec.Square(4));
        Assert.True(rank > 0.9, $"{rank}");
    }

    [Fact]
    public async Task Frozen_features_carry_it_too()
    {
        using var rollouts = new FastRollouts(null, FrameSpec.Square(4));
        using var reward = new PreferenceReward(Quick with { Input = "features" }, FastRollouts.Context());
        await rollouts.TeachAsync(reward, 6);
        double rank = await FastRollouts.RankAsync(reward, (position, _) => -Math.Abs(position), FrameSpec.Square(4));
        Assert.True(rank > 0.85, $"{rank}");
    }

    [Fact]
    public async Task Before_the_first_label_it_says_that_it_knows_nothing()
    {
        using var rollouts = new FastRollouts();
        var metrics = new RecordedMetrics();
        using var reward = new PreferenceReward(Quick with { Segment = 30 }, FastRollouts.Context());
        TrajectoryBatch batch = rollouts.Next();
        float[] scores = new float[batch.Rows];
        await reward.ScoreAsync(batch, scores, new ScoreContext(0, 0, Frozen: false, metrics, default));
        Assert.All(scores, score => Assert.Equal(0, score));
        Assert.Equal(0, metrics["reward/learned/trained"]);
        Assert.False(reward.IsTrained);
    }

    [Fact]
    public async Task A_segment_that_no_episode_holds_is_an_error_and_no_silence()
    {
        using var rollouts = new FastRollouts();
        using var reward = new PreferenceReward(Quick with { Segment = 41 }, FastRollouts.Context());
        SettingsException error = await Assert.ThrowsAsync<SettingsException>(async () => await rollouts.TeachAsync(reward, 8));
        Assert.Contains("segment: expected at most the length of an episode, found 41", error.Message, StringComparison.Ordinal);
    }

    /// <summary>The scores of every network have mean 0 and deviation 1 over the labeled steps, so their mean has mean 0 as well.</summary>
    [Fact]
    public async Task Members_are_normalized_before_they_are_averaged()
    {
        using var rollouts = new FastRollouts();
        using var reward = new PreferenceReward(Quick with { Members = 1, Budget = 60 }, FastRollouts.Context());
        await rollouts.TeachAsync(reward, 1);
        float[] scores = new float[FastRollouts.Steps * FastRollouts.Count];
        using var again = new FastRollouts();
        await reward.ScoreAsync(again.Next(), scores, ScoreContext.Preview());
        double mean = scores.Average(), deviation = Math.Sqrt(scores.Average(score => Math.Pow(score - mean, 2)));
        Assert.InRange(mean, -0.3, 0.3); // the labeled steps are most of the rollout
        Assert.InRange(deviation, 0.7, 1.4);
    }

    [Fact]
    public async Task Pessimism_takes_disagreement_off()
    {
        using FastRollouts rollouts = new(), same = new();
        using var plain = new PreferenceReward(Quick with { Budget = 60 }, FastRollouts.Context());
        using var careful = new PreferenceReward(Quick with { Budget = 60, Pessimism = 2 }, FastRollouts.Context());
        await rollouts.TeachAsync(plain, 1);
        await same.TeachAsync(careful, 1);
        TrajectoryBatch apart = FastRollouts.StatesApart();
        float[] means = new float[apart.Rows], deviations = new float[apart.Rows], scores = new float[apart.Rows];
        plain.Judge(apart, means, deviations);
        await careful.ScoreAsync(apart, scores, ScoreContext.Preview());
        Assert.Contains(deviations, deviation => deviation > 0.05f);
        for (int row = 0; row < scores.Length; row++) Assert.Equal(means[row] - (2 * deviations[row]), scores[row], 1e-5f);
    }

    [Theory]
    [InlineData("choose: expected uniform or disagreement, found 'all'", "all", "state", "")]
    [InlineData("input: expected state or features, found 'pixels'", "uniform", "pixels", "")]
    [InlineData("labels: expected none with the input features", "uniform", "features", "labels.jsonl")]
    public void What_cannot_be_is_refused(string says, string choose, string input, string labels) =>
        Assert.Contains(new PreferenceOptions { Choose = choose, Input = input, Labels = labels }.Violations(),
            violation => violation.StartsWith(says, StringComparison.Ordinal));

    [Theory]
    [InlineData("progress", "which learns itself")]
    [InlineData("tsak", "no reward source 'tsak'")]
    public void A_teacher_must_know_its_scores(string teacher, string says) =>
        Assert.Contains(says, Assert.ThrowsAny<EmbodiedException>(() =>
            new PreferenceReward(Quick with { Teacher = teacher }, FastRollouts.Context())).Message, StringComparison.Ordinal);

    [Fact]
    public void A_measure_must_be_the_environments() =>
        Assert.Contains("no success measure of 'fast' 'upright'", Assert.Throws<UnknownNameException>(() =>
            new PreferenceReward(Quick with { Teacher = "measure", Measure = "upright" }, FastRollouts.Context())).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task It_stands_in_settings_by_its_name()
    {
        using RewardStack stack = RewardRegistries.Shipped.Build(new RewardStackSettings
        {
            Terms =
            [
                new RewardTermSettings
                {
                    Name = "liked",
                    Source = "preference",
                    Options = new PreferenceOptions { Teacher = "goal-baseline" },
                },
            ],
        }, FastRollouts.Context());
        Assert.Equal("liked", stack.Terms[0].Source.Spec.Name);
        Assert.Single(stack.Frames);
        TrajectoryBatch batch = FastRollouts.StatesApart(FrameSpec.Square(4));
        await stack.ScoreAsync(batch, new float[batch.Rows], ScoreContext.Preview());
    }

    private static double Truth(double position, double velocity) => 1 - (position * position) - (0.1 * velocity * velocity);
}

public sealed class PairLabelsTests
{
    [Fact]
    public void The_larger_sum_is_better_and_near_sums_are_equal()
    {
        var rng = Rng.For(1, "labels");
        var teacher = new PairLabels(Tie: 0.5, Myopia: 1, Error: 0);
        Assert.Equal(1, teacher.Of([1, 1], [0.5f, 0.9f], ref rng));
        Assert.Equal(0, teacher.Of([0, 0], [0.5f, 0.1f], ref rng));
        Assert.Equal(0.5f, teacher.Of([0, 0.25f], [0.5f, 0], ref rng));
        Assert.Equal(0.5f, new PairLabels(0, 1, 1).Of([1, 2], [2, 1], ref rng)); // a tie cannot be turned round
    }

    /// <summary>gamma^(L-t): with 1/2, [4, 0] is worth 2 and [0, 3] is worth 3.</summary>
    [Fact]
    public void A_myopic_teacher_remembers_the_end_best()
    {
        var rng = Rng.For(1, "labels");
        Assert.Equal(1, new PairLabels(0, 1, 0).Of([4, 0], [0, 3], ref rng));
        Assert.Equal(0, new PairLabels(0, 0.5, 0).Of([4, 0], [0, 3], ref rng));
    }

    [Fact]
    public void Errors_are_as_frequent_as_they_should_be()
    {
        var rng = Rng.For(1, "labels");
        var teacher = new PairLabels(0, 1, 0.2);
        int wrong = 0;
        for (int i = 0; i < 10_000; i++) wrong += teacher.Of([1], [0], ref rng) == 0 ? 1 : 0;
        Assert.InRange(wrong, 1880, 2120); // three deviations
    }

    [Theory]
    [InlineData(1, 0.1, 0.95)]
    [InlineData(0, 0.1, 0.05)]
    [InlineData(0.5, 0.3, 0.5)]
    [InlineData(0.8, 0, 0.8)]
    public void Labels_are_trusted_as_far_as_they_are_not_random(double label, double random, double trusted) =>
        Assert.Equal(trusted, PairLabels.Trusted(label, random), 1e-12);
}
