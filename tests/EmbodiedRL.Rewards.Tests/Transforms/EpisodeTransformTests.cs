using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Transforms;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;
using static EmbodiedRL.Rewards.Tests.Transforms.Steps;

namespace EmbodiedRL.Rewards.Tests.Transforms;

/// <summary>Transforms that look back along an episode.</summary>
public sealed class EpisodeTransformTests
{
    [Fact]
    public void Hysteresis_switches_at_two_thresholds_and_begins_every_episode_off()
    {
        var hysteresis = new Hysteresis(new HysteresisOptions { Low = 0.4f, High = 0.6f, On = 2, Off = -1 });
        float[] scores = [0.5f, 0.6f, 0.5f, None, 0.41f, 0.4f, 0.5f, 0.7f, 0.5f];
        // after 'x' the 0.5 that follows 0.7 belongs to a new episode
        AssertNear([-1, 2, 2, None, 2, -1, -1, 2, -1], ApplyTo(Of(["-------x-"]).Single(), hysteresis, scores));
    }

    [Fact]
    public void Temporal_difference_pays_progress_within_an_episode()
    {
        float[] scores = Transposed([1, 4, None, 2, 10], [5, 5, 7, 3, 4]);
        TrajectoryBatch batch = Of(["---x-", "-t---"]).Single();
        AssertNear(Transposed([0, 3, None, -2, 0], [0, 0, 0, -4, 1]), ApplyTo(batch, Difference(1), scores));
        AssertNear(Transposed([0, 1, None, -3, 0], [0, -2.5f, 0, -5.5f, -1]), ApplyTo(batch, Difference(0.5f), scores));
    }

    /// <summary>The pitfall of the sign: progress is positive, and an episode's sum is its last score less its first.</summary>
    [Fact]
    public void Differences_add_up_to_the_last_score_less_the_first()
    {
        float[] scores = [0.2f, 0.9f, 0.1f, 0.8f];
        Assert.Equal(0.6f, ApplyTo(Of(["---x"]).Single(), Difference(1), scores).Sum(), 1e-6f);
    }

    [Fact]
    public void Rate_limit_follows_by_at_most_its_rise_and_fall()
    {
        var limit = new RateLimit(new RateLimitOptions { Rise = 1, Fall = 2 });
        // 'x' ends an episode: the next one's first score passes
        AssertNear([5, 6, None, 7, 5, 3, 2.5f, 90],
            ApplyTo(Of(["------x-"]).Single(), limit, [5, 80, None, 80, -80, -80, 2.5f, 90]));
    }

    [Theory]
    [InlineData("hysteresis"), InlineData("temporal-difference"), InlineData("rate-limit")]
    public void An_episode_goes_on_in_the_next_batch_and_a_snapshot_brings_it_along(string name)
    {
        TrajectoryBatch whole = Of(["-----", "--x--"]).Single();
        TrajectoryBatch[] parts = [.. Of(["---", "--x"], ["--", "--"])];
        float[] scores = Transposed([0.5f, 0.7f, 0.5f, 0.55f, 0.1f], [0.9f, 0.5f, 0.9f, 0.5f, None]);
        float[] expected = ApplyTo(whole, Create(name), scores);
        IRewardTransform first = Create(name), second = Create(name);
        float[] found = ApplyTo(parts[0], first, scores[..6]);
        var snapshot = new Snapshot();
        first.Save(snapshot);
        second.Load(snapshot);
        float[] frozen = ApplyTo(parts[1], second, scores[6..], frozen: true); // reads nothing of training, leaves it nothing
        AssertNear(expected, [.. found, .. ApplyTo(parts[1], second, scores[6..])]);
        AssertNear(ApplyTo(parts[1], Create(name), scores[6..]), frozen);
    }

    [Theory]
    [InlineData("hysteresis"), InlineData("temporal-difference"), InlineData("rate-limit")]
    public void Completions_which_do_not_follow_each_other_are_refused(string name) =>
        Assert.Contains(name, Assert.Throws<SpecMismatchException>(() => Apply(Create(name), 1, 2)).Message, StringComparison.Ordinal);

    [Fact]
    public void Thresholds_and_values_that_say_nothing_are_refused()
    {
        Assert.NotEmpty(new HysteresisOptions { Low = 0.6f, High = 0.6f }.Violations());
        Assert.NotEmpty(new HysteresisOptions { On = 0 }.Violations());
        Assert.NotEmpty(new RateLimitOptions { Rise = 0 }.Violations());
    }

    private static TemporalDifference Difference(float discount) => new(new TemporalDifferenceOptions { Discount = discount });

    private static IRewardTransform Create(string name) => RewardRegistries.Shipped.Transforms.Create(name, null, new RewardContext());
}
