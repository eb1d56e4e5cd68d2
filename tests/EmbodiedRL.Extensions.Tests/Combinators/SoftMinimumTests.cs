using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Extensions.Tests.Combinators;

[Trait("Category", Extension.Category)]
public sealed class SoftMinimumContract : RewardCombinatorContract
{
    protected override IRewardCombinator Create() => new SoftMinimum(new SoftMinimumOptions());
}

[Trait("Category", Extension.Category)]
public sealed class SoftMinimumTests
{
    private static readonly CompletionBatch Batch = new(["a"], 2, ["1", "2"]);

    [Fact]
    public void Without_temperature_it_is_the_least_score() => Assert.Equal([1, 2], Combine(0, [1, 5], [3, 2]));

    /// <summary>-log(1/4 e^-1 + 3/4 e^-3) = 1 - log(1/4 + 3/4 e^-2), with weights 1 and 3.</summary>
    [Fact]
    public void It_is_the_logarithm_of_the_weighted_mean_of_exponentials()
    {
        Assert.Equal(1 - Math.Log(0.25 + (0.75 * Math.Exp(-2))), Combine(1, [1, 4], [3, 4])[0], 1e-6);
        Assert.Equal(4, Combine(1, [1, 4], [3, 4])[1], 1e-6);
    }

    [Fact]
    public void Far_scores_do_not_overflow() => Assert.Equal(-1e6f, Combine(1e-3, [-1e6f, 0], [1e6f, 0])[0], 1f);

    private static float[] Combine(double temperature, params float[][] scores)
    {
        float[] rewards = new float[2];
        new SoftMinimum(new SoftMinimumOptions { Temperature = temperature }).Combine(
            Batch, [.. scores.Select((term, i) => new TermScores($"term{i}", 1 + (2 * i), term))], rewards, NoiseBatches.Context());
        return rewards;
    }
}
