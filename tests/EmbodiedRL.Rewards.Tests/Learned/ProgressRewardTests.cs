using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Learned;

namespace EmbodiedRL.Rewards.Tests.Learned;

public sealed class ProgressContract : LearnedRewardContract
{
    protected override IReward Create() => new ProgressReward(Small, FastRollouts.Context());

    internal static ProgressOptions Small => new() { Teacher = "task", Threshold = -100, Steps = 3, Minibatch = 8, Memory = 20 };
}

public sealed class FeatureProgressContract : LearnedRewardContract
{
    protected override IReward Create() =>
        new ProgressReward(ProgressContract.Small with { Input = "features", To = "end" }, FastRollouts.Context());
}

[NoTensorLeaks]
public sealed class ProgressRewardTests
{
    private static readonly ProgressOptions Quick = new() { Steps = 80, Minibatch = 64, HoldOut = 0.2 };

    /// <summary>Episodes of a spring that comes to rest: the nearer, the later. Half of the episodes of random pushes fail.</summary>
    [Theory]
    [InlineData("state")]
    [InlineData("features")]
    public async Task Successful_episodes_give_the_order_of_the_way(string input)
    {
        FrameSpec[] frames = input == "features" ? [FrameSpec.Square(4)] : [];
        using var rollouts = new FastRollouts(FastRollouts.Spring, frames);
        var metrics = new RecordedMetrics();
        using var reward = new ProgressReward(Quick with { Input = input }, FastRollouts.Context());
        await rollouts.TeachAsync(reward, 6, metrics);
        Assert.True(metrics["reward/learned/demonstrations"] > 60);
        Assert.InRange(metrics["reward/learned/rank"], 0.7, 1);
        Assert.InRange(metrics["reward/learned/error"], 0, 0.2);
        double rank = await FastRollouts.RankAsync(reward, (position, _) => -Math.Abs(position), frames);
        Assert.True(rank > (input == "features" ? 0.85 : 0.7), $"{rank}");
    }

    [Fact]
    public async Task What_failed_teaches_nothing()
    {
        using var rollouts = new FastRollouts((_, _, _) => 1); // over the edge
        var metrics = new RecordedMetrics();
        using var reward = new ProgressReward(Quick, FastRollouts.Context());
        await rollouts.TeachAsync(reward, 3, metrics);
        Assert.Equal(0, metrics["reward/learned/demonstrations"]);
        Assert.True(metrics["reward/learned/failures"] > 10);
        Assert.False(reward.IsTrained);
        Assert.Contains("an episode that succeeds",
            Assert.Throws<Core.SettingsException>(() => reward.TrainOnAll()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Targets_are_the_share_of_the_way_to_the_last_stretch_of_successes()
    {
        var options = new ProgressOptions { Window = 2, Share = 1 };
        Assert.Equal([0.25f, 0.5f, 0.75f, 1, 1, 1], ProgressReward.Targets([false, true, false, true, true, true], options)!);
        Assert.Equal([1 / 6f, 2 / 6f, 0.5f, 4 / 6f, 5 / 6f, 1],
            ProgressReward.Targets([false, true, false, true, true, true], options with { To = "end" })!);
        Assert.Null(ProgressReward.Targets([true, true, false], options));
        Assert.Equal([1f, 1f], ProgressReward.Targets([true, true], options with { Window = 10 })!); // shorter than the window
        // a lapse that the share allows does not begin the way anew
        ProgressOptions lenient = options with { Window = 4, Share = 0.7 };
        Assert.Equal([0.5f, 1, 1, 1, 1], ProgressReward.Targets([false, true, true, false, true], lenient)!);
        Assert.Equal([0.5f, 1, 1, 1], ProgressReward.Targets([false, true, true, true], lenient)!);
    }
}
