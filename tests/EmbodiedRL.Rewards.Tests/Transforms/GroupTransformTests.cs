using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Combinators;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Rewards.Transforms;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;

namespace EmbodiedRL.Rewards.Tests.Transforms;

/// <summary>Transforms that compare rows of a group or batch, and noise that acts on whole groups.</summary>
public sealed class GroupTransformTests
{
    private static readonly RewardBatch TwoPrompts = new CompletionBatch(["p", "q"], 3, new string[6]);

    [Fact]
    public void Ranks_go_from_minus_one_to_one_and_equal_scores_share_theirs()
    {
        float[] scores = [7, 5, 5, float.NaN, -3, 900];
        AssertNear([1, -0.5f, -0.5f, float.NaN, -1, 1], ApplyTo(TwoPrompts, new Rank(new RankOptions()), scores));
        // of five: 7 is the fourth, 5 shares the second and third place
        AssertNear([0.5f, -0.25f, -0.25f, float.NaN, -1, 1],
            ApplyTo(TwoPrompts, new Rank(new RankOptions { Over = "batch" }), scores));
    }

    [Fact]
    public void Any_rising_function_of_the_scores_has_the_same_ranks()
    {
        float[] scores = [0.3f, -2, 1, 0.7f, 4];
        Assert.Equal(Apply(new Rank(new RankOptions()), scores),
            Apply(new Rank(new RankOptions()), Array.ConvertAll(scores, score => (3 * MathF.Exp(score)) - 40)));
    }

    [Fact]
    public void A_score_without_rivals_ranks_in_the_middle() => Assert.Equal([0], Apply(new Rank(new RankOptions()), 5));

    [Theory]
    [InlineData("ordinary"), InlineData("all equal"), InlineData("single"), InlineData("with NaN"), InlineData("two")]
    public void A_standardized_group_matches_a_second_implementation(string name)
    {
        JsonElement entry = Expected("group standardisation").GetProperty("cases").GetProperty(name);
        float[] rewards = entry.GetProperty("rewards").Floats(), expected = entry.GetProperty("sample_std").Floats();
        for (int row = 0; row < rewards.Length; row++)
            if (float.IsNaN(rewards[row])) expected[row] = float.NaN; // a transform leaves them; advantages set them to 0
        foreach (string over in new[] { "group", "batch" })
            AssertNear(expected, Apply(new Standardize(new StandardizeOptions { Over = over }), rewards), 1e-5f);
    }

    [Fact]
    public void A_group_is_standardized_without_the_others_and_a_batch_with_them()
    {
        float[] scores = [1, 2, 3, 101, 102, 103];
        float[] group = ApplyTo(TwoPrompts, new Standardize(new StandardizeOptions { Over = "group" }), scores);
        AssertNear([-1, 0, 1, -1, 0, 1], group, 1e-3f);
        Assert.True(ApplyTo(TwoPrompts, new Standardize(new StandardizeOptions { Over = "batch" }), scores)[2] < -0.8f);
        Assert.NotEmpty(new StandardizeOptions { Over = "episode" }.Violations());
    }

    [Fact]
    public void A_stack_depends_on_what_its_transforms_and_its_combinator_compare()
    {
        using RewardStack ranked = Stack(null, new Rank(new RankOptions { Over = "batch" }));
        using RewardStack pareto = Stack(new Pareto(new ParetoOptions()));
        Assert.Equal(ScoreScope.Batch, ranked.Spec.Scope);
        Assert.Equal(ScoreScope.Group, pareto.Spec.Scope);
    }

    [Fact]
    public void A_flip_matches_a_second_implementation()
    {
        JsonElement fixture = Expected("S68 flip, pattern, calibration").GetProperty("flip");
        float[][] rewards = fixture.GetProperty("rewards").Rows(), flipped = fixture.GetProperty("flipped").Rows();
        bool[] fires = fixture.GetProperty("fires").Deserialize<bool[]>()!;
        for (int group = 0; group < fires.Length; group++)
            Assert.Equal(flipped[group], Apply(Flip(fires[group] ? 1 : 0), rewards[group]));
    }

    /// <summary>The pitfall: flips of single rows change the group's deviation, and flips in an evaluation its result.</summary>
    [Fact]
    public void Flips_take_whole_groups_at_their_rate_and_never_an_evaluation()
    {
        const int Groups = 4000, Size = 3;
        var batch = new CompletionBatch([.. Enumerable.Repeat("p", Groups)], Size, new string[Groups * Size]);
        float[] scores = [.. Enumerable.Range(0, Groups * Size).Select(row => row % Size == 0 ? 1f : 0)];
        float[] noisy = ApplyTo(batch, Flip(0.4), scores);
        int flips = 0;
        for (int group = 0; group < Groups; group++)
        {
            bool isFlipped = noisy[group * Size] == 0;
            for (int k = 0; k < Size; k++) Assert.Equal(isFlipped ? 1 - scores[(group * Size) + k] : scores[(group * Size) + k],
                noisy[(group * Size) + k]);
            flips += isFlipped ? 1 : 0;
        }

        Assert.Equal(0.4, flips / (double)Groups, 0.03);
        Assert.Equal(noisy, ApplyTo(batch, Flip(0.4), scores)); // the same step once more
        Assert.Equal(scores, ApplyTo(batch, Flip(1), scores, frozen: true));
        float[] later = [.. scores];
        Flip(0.4).Apply(batch, later, NoiseBatches.Context() with { Step = 1 });
        Assert.NotEqual(noisy, later);
    }

    [Fact]
    public void A_flipped_group_has_opposite_advantages()
    {
        var standardize = new Standardize(new StandardizeOptions { Over = "group" });
        float[] scores = [1, 0, 0, 0.5f];
        AssertNear([.. Apply(standardize, scores).Select(advantage => -advantage)], Apply(standardize, Apply(Flip(1), scores)), 1e-5f);
    }

    /// <summary>Of a true 1, a share of 0.3 is scored 0; of a true 0, 0.1 is scored 1: the estimates' means are 1 and 0.</summary>
    [Fact]
    public void Noise_robust_rewards_have_the_mean_of_the_true_ones()
    {
        float[] estimates = Apply(new NoiseRobust(new NoiseRobustOptions { FalsePositive = 0.1, FalseNegative = 0.3 }), 0, 1, float.NaN);
        Assert.Equal(1, (0.7 * estimates[1]) + (0.3 * estimates[0]), 1e-6);
        Assert.Equal(0, (0.1 * estimates[1]) + (0.9 * estimates[0]), 1e-6);
        Assert.True(float.IsNaN(estimates[2]));
    }

    [Theory]
    [InlineData(0.5, 0.5), InlineData(0.9, 0.4), InlineData(0, 0)]
    public void Rates_that_leave_nothing_or_change_nothing_are_refused(double falsePositive, double falseNegative) =>
        Assert.NotEmpty(new NoiseRobustOptions { FalsePositive = falsePositive, FalseNegative = falseNegative }.Violations());

    /// <summary>The same scores in another order, which a resumed run repeats; other steps deal otherwise.</summary>
    [Fact]
    public void Shuffled_scores_are_the_same_in_another_order()
    {
        var shuffle = new Shuffle(new ShuffleOptions { Seed = 3 });
        float[] Dealt(long step, bool isFrozen = false)
        {
            float[] scores = [.. Enumerable.Range(0, 64).Select(row => (float)row)];
            shuffle.Apply(new CompletionBatch(new string[16], 4, new string[64]), scores,
                new ScoreContext(step, 0, isFrozen, NullMetricSink.Instance, CancellationToken.None));
            return scores;
        }

        Assert.Equal(Dealt(0).Order(), Dealt(0, isFrozen: true));
        Assert.Equal(Dealt(0), Dealt(0));
        Assert.NotEqual(Dealt(0), Dealt(1));
        Assert.InRange(Dealt(0).Where((score, row) => score == row).Count(), 0, 8);
    }

    private static GroupFlip Flip(double probability) => new(new GroupFlipOptions { Probability = probability, Seed = 5 });

    private static RewardStack Stack(IRewardCombinator? combinator, params IRewardTransform[] transforms) =>
        new([new RewardTerm(new TaskReward("task"), transforms, 1)], BatchFields.TaskRewards, combinator);
}
