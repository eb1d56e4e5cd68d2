using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Extensions.Tests.Groups;

[Trait("Category", Extension.Category)]
public sealed class LeaveOneOutContract : RewardTransformContract
{
    protected override IRewardTransform Create() => new GroupRelative(new GroupRelativeOptions());
}

[Trait("Category", Extension.Category)]
public sealed class GroupRankContract : RewardTransformContract
{
    protected override IRewardTransform Create() => new GroupRelative(new GroupRelativeOptions { Compare = GroupComparison.Rank });
}

[Trait("Category", Extension.Category)]
public sealed class GroupRelativeTests
{
    private static readonly CompletionBatch Batch = new(["a", "b"], 3, ["1", "2", "3", "4", "5", "6"]);

    /// <summary>1 - (2 + 6)/2, 2 - (1 + 6)/2, 6 - (1 + 2)/2; of the second group only two apply: 5 - 9 and 9 - 5.</summary>
    [Fact]
    public void A_score_less_the_mean_of_the_others_of_its_prompt() =>
        Assert.Equal([-3, -1.5f, 4.5f, -4, float.NaN, 4], Apply(new GroupRelativeOptions(), 1, 2, 6, 5, float.NaN, 9));

    /// <summary>Ranks 0, 1, 2 over [-1, 1]; equal scores share the mean of ranks 0 and 1.</summary>
    [Fact]
    public void A_score_as_its_rank_within_its_prompt() =>
        Assert.Equal([-1, 0, 1, 1, -0.5f, -0.5f], Apply(new GroupRelativeOptions { Compare = GroupComparison.Rank }, 1, 2, 600, 5, 3, 3));

    [Fact]
    public void A_group_that_is_too_small_says_nothing()
    {
        Assert.Equal([-3, -1.5f, 4.5f, 0, float.NaN, 0], Apply(new GroupRelativeOptions { Least = 3 }, 1, 2, 6, 5, float.NaN, 9));
        Assert.Equal([0, float.NaN, float.NaN], Apply(new GroupRelativeOptions(), 7, float.NaN, float.NaN, float.NaN, float.NaN,
            float.NaN)[..3]);
        Assert.Single(new GroupRelativeOptions { Least = 1 }.Violations());
    }

    /// <summary>Groups of environments: 0, 1 and 2 against each other, and 3 against 4.</summary>
    [Fact]
    public void Bodies_are_compared_within_their_groups_of_environments()
    {
        TrajectoryBatch batch = NoiseBatches.Rollout();
        float[] scores = new float[batch.Rows];
        for (int row = 0; row < scores.Length; row++) scores[row] = row % batch.Count == 3 ? 1 : 0;
        new GroupRelative(new GroupRelativeOptions()).Apply(batch, scores, NoiseBatches.Context());
        // The 6 rows of environment 3 are 1, the 6 of environment 4 are 0: 1 - 5/11 and 0 - 6/11.
        for (int row = 0; row < scores.Length; row++)
            Assert.Equal((row % batch.Count) switch { 3 => 6f / 11, 4 => -6f / 11, _ => 0 }, scores[row], 1e-6f);
    }

    private static float[] Apply(GroupRelativeOptions options, params float[] scores)
    {
        new GroupRelative(options).Apply(Batch, scores, NoiseBatches.Context());
        return scores;
    }
}
