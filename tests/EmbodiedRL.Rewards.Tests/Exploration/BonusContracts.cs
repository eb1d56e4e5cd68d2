using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Exploration;

namespace EmbodiedRL.Rewards.Tests.Exploration;

/// <summary>What every exploration bonus must obey beside the contract of rewards.</summary>
public abstract class BonusContract : LearnedRewardContract
{
    /// <summary>While a run adapts its scores may depend on the batch; where nothing adapts they must not.</summary>
    [Fact]
    public async Task A_frozen_episode_is_scored_alone_as_among_others()
    {
        using IReward reward = Create();
        await Walk.ScoreAndLearn(reward, NoiseBatches.Elsewhere());
        await AssertAlone(reward);
    }

    [Fact]
    public async Task Memory_of_episodes_stays_flat()
    {
        using IReward reward = Create();
        int[] sizes = [.. await Sizes(reward, 40)];
        // what is kept between two batches is at most that of the episodes that go on
        Assert.True(sizes[^1] <= sizes[..10].Max() * 2, $"{sizes[^1]} bytes after {sizes[..10].Max()}");
    }

    internal static async Task AssertAlone(IReward reward)
    {
        TrajectoryBatch batch = NoiseBatches.Rollout();
        float[] scores = await Walk.Score(reward, batch, frozen: true);
        for (int n = 0; n < batch.Count; n++)
        {
            float[] alone = await Walk.Score(reward, NoiseBatches.Choose(batch, [n]), frozen: true);
            for (int step = 0; step < batch.Steps; step++)
                NoiseBatches.AssertSame(scores[(step * batch.Count) + n], alone[step], batch.Describe((step * batch.Count) + n));
        }
    }

    private static async Task<List<int>> Sizes(IReward reward, int rollouts)
    {
        List<int> sizes = [];
        foreach (TrajectoryBatch batch in NoiseBatches.Rollouts([]).Take(rollouts))
        {
            await Walk.ScoreAndLearn(reward, batch);
            sizes.Add(NoiseBatches.Entries(reward).Where(entry => entry.Key.Contains("episodes", StringComparison.Ordinal)
                || entry.Key.Contains("visited", StringComparison.Ordinal) || entry.Key.Contains("ellipses", StringComparison.Ordinal))
                .Sum(entry => entry.Value.Length));
        }

        return sizes;
    }
}

public sealed class RunCountContract : RewardContract
{
    protected override IReward Create() => new CountBonus("counts", new CountOptions { Width = [0.5] }, FastEnv.Describe());

    [Fact]
    public async Task A_frozen_episode_is_scored_alone_as_among_others()
    {
        using IReward reward = Create();
        await Walk.Score(reward, NoiseBatches.Elsewhere());
        await BonusContract.AssertAlone(reward);
    }
}

public sealed class EpisodeCountContract : RewardContract
{
    protected override IReward Create() =>
        new CountBonus("counts", new CountOptions { Width = [2], Over = CountOptions.Episode }, FastEnv.Describe());
}

public sealed class HashedCountContract : RewardContract
{
    protected override IReward Create() => new CountBonus("counts", new CountOptions { HashBits = 4 }, FastEnv.Describe());
}

public sealed class NoveltyContract : RewardContract
{
    /// <summary>The archive is full after a few batches, so what it keeps is drawn.</summary>
    protected override IReward Create() =>
        new NoveltyBonus("novelty", new NoveltyOptions { Neighbors = 3, Capacity = 20 }, FastEnv.Describe());

    [Fact]
    public async Task A_frozen_episode_is_scored_alone_as_among_others()
    {
        using IReward reward = Create();
        await Walk.Score(reward, NoiseBatches.Elsewhere());
        await BonusContract.AssertAlone(reward);
    }
}

public sealed class RandomNetworkDistillationContract : BonusContract
{
    protected override IReward Create() => new RandomNetworkDistillation("rnd", Small(), FastEnv.Describe());

    internal static RandomNetworkDistillationOptions Small() => new() { Hidden = 16, Features = 8, Minibatch = 8, Share = 0.5 };
}

public sealed class IntrinsicCuriosityContract : BonusContract
{
    protected override IReward Create() =>
        new IntrinsicCuriosity("icm", new IntrinsicCuriosityOptions { Hidden = 16, Features = 8, Minibatch = 8 }, FastEnv.Describe());
}

public sealed class EllipticalEpisodicContract : BonusContract
{
    protected override IReward Create() =>
        new EllipticalEpisodicBonus("e3b", new EllipticalEpisodicOptions { Hidden = 16, Features = 4, Minibatch = 8 }, FastEnv.Describe());
}

public sealed class PlainEllipticalEpisodicContract : BonusContract
{
    protected override IReward Create() =>
        new EllipticalEpisodicBonus("e3b", new EllipticalEpisodicOptions { Encoder = "identity", Normalize = false }, FastEnv.Describe());
}

public sealed class GlobalEpisodicContract : BonusContract
{
    protected override IReward Create() => new GlobalEpisodicBonus("both",
        new GlobalEpisodicOptions { Hidden = 16, Features = 4, Minibatch = 8, Past = 0.1 }, FastEnv.Describe());
}

public sealed class CountedGlobalEpisodicContract : BonusContract
{
    protected override IReward Create() => new GlobalEpisodicBonus("both",
        new GlobalEpisodicOptions { Episodic = "first-visit", Global = "count", Discount = 0 }, FastEnv.Describe());
}

public sealed class NeverGiveUpContract : BonusContract
{
    protected override IReward Create() =>
        new NeverGiveUp("ngu", new NeverGiveUpOptions { Hidden = 16, Features = 4, Minibatch = 8, Neighbors = 3 }, FastEnv.Describe());
}
