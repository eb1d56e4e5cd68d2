using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Rewards.Transforms;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;

namespace EmbodiedRL.Rewards.Tests;

/// <summary>Every part that ships, by its name and with its defaults, tells good rows from bad ones: none is silently constant.</summary>
public sealed class ShippedPartsTests
{
    public static TheoryData<string> Transforms => [.. RewardRegistries.Shipped.Transforms.Names];

    public static TheoryData<string> Combinators => [.. RewardRegistries.Shipped.Combinators.Names];

    [Theory, MemberData(nameof(Transforms))]
    public void A_transform_of_different_scores_is_not_constant(string name)
    {
        Options? options = name == "conformal-threshold" ? new ConformalThresholdOptions { Alpha = 0.5, Calibration = [0.2f, 0.5f, 0.8f] }
            : null;
        RewardBatch batch = name == "pattern-calibration" ? NoiseBatches.Answers() : NoiseBatches.Rollout();
        float[] scores = Scores(batch, "transform");
        float[] transformed = ApplyTo(batch, RewardRegistries.Shipped.Transforms.Create(name, options,
            new RewardContext { Discount = 0.99f }), scores);
        Assert.True(transformed.Distinct().Count() > 1);
        Assert.DoesNotContain(transformed, value => !float.IsFinite(value));
    }

    [Theory, MemberData(nameof(Combinators))]
    public void A_combinator_of_different_scores_is_not_constant(string name)
    {
        TrajectoryBatch batch = NoiseBatches.Rollout();
        float[] rewards = CombineIn(batch, RewardRegistries.Shipped.Combinators.Create(name, null, new RewardContext()),
            [(1, Scores(batch, "first")), (2, Scores(batch, "second")), (1, Scores(batch, "third"))]);
        Assert.True(rewards.Distinct().Count() > 1);
        Assert.DoesNotContain(rewards, value => !float.IsFinite(value));
    }

    private static float[] Scores(RewardBatch batch, string stream)
    {
        var rng = Rng.For(6, stream);
        float[] scores = new float[batch.Rows];
        for (int row = 0; row < scores.Length; row++) scores[row] = (float)rng.NextDouble();
        return scores;
    }
}
