using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Combinators;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;

namespace EmbodiedRL.Rewards.Tests.Combinators;

/// <summary>Combinators that compare rows with each other: Pareto dominance and the decision hierarchy.</summary>
public sealed class ComparingCombinatorTests
{
    [Fact]
    public void The_front_matches_a_second_implementation()
    {
        JsonElement fixture = Expected("S92 Pareto");
        float[][] rows = fixture.GetProperty("rewards").Rows();
        bool[] front = fixture.GetProperty("front").Deserialize<bool[]>()!;
        float[][] terms = [rows.Column(0), rows.Column(1), rows.Column(2)];
        float[] shares = Combine(new Pareto(new ParetoOptions()), terms),
            selected = Combine(new Pareto(new ParetoOptions { Output = "front" }), terms);
        for (int row = 0; row < front.Length; row++)
        {
            Assert.Equal(front[row], shares[row] == 1);
            Assert.Equal(front[row] ? rows[row].Sum() : 0, selected[row], 1e-6f);
        }
    }

    /// <summary>(2, 2) dominates (1, 1) and (0, 2); (1, 1) dominates none, and both dominate (0, 0).</summary>
    [Fact]
    public void A_row_loses_by_the_share_of_rows_that_dominate_it() =>
        AssertNear([1, 2 / 3f, 2 / 3f, 0], Combine(new Pareto(new ParetoOptions()), [2, 1, 0, 0], [2, 1, 2, 0]));

    [Fact]
    public void Dominance_does_not_change_with_the_scale_of_a_term_and_turns_with_its_sign()
    {
        float[] first = [2, 1, 0, 3], second = [2, 1, 5, 0];
        float[] expected = Combine(new Pareto(new ParetoOptions()), first, second);
        Assert.Equal(expected, Combine(new Pareto(new ParetoOptions()), Array.ConvertAll(first, MathF.Exp), second));
        Assert.Equal(expected, CombineIn(Completions(4), new Pareto(new ParetoOptions()),
            [(-0.1f, Array.ConvertAll(first, score => -score)), (7, second)]));
    }

    [Fact]
    public void Groups_are_compared_apart_and_terms_that_do_not_apply_are_passed_over()
    {
        var batch = new CompletionBatch(["p", "q"], 2, new string[4]);
        (float, float[])[] terms = [(1, [1, 2, 8, float.NaN]), (1, [1, 2, 8, 9])];
        AssertNear([0, 1, 0, 1], CombineIn(batch, new Pareto(new ParetoOptions()), terms));
        AssertNear([0, 1 / 3f, 2 / 3f, 1], CombineIn(batch, new Pareto(new ParetoOptions { Over = "batch" }), terms));
    }

    /// <summary>The pitfall: with many terms hardly a row is dominated, and the reward says little.</summary>
    [Fact]
    public void With_many_terms_nearly_all_rows_are_on_the_front()
    {
        float Front(int terms)
        {
            var rng = Rng.For(4, "terms", terms);
            float[][] scores = new float[terms][];
            for (int i = 0; i < terms; i++) scores[i] = [.. Enumerable.Range(0, 64).Select(_ => (float)rng.Normal())];
            return Combine(new Pareto(new ParetoOptions()), scores).Count(share => share == 1) / 64f;
        }

        Assert.InRange(Front(2), 0, 0.25f);
        Assert.InRange(Front(10), 0.8f, 1);
    }

    [Fact]
    public void Decisions_match_a_second_implementation()
    {
        JsonElement fixture = Expected("S84 HERON");
        float[][] factors = fixture.GetProperty("factors").Rows(), labels = fixture.GetProperty("labels").Rows();
        float[] kappa = fixture.GetProperty("kappa").Floats();
        float[] found = Combine(Hierarchy(kappa), factors.Column(0), factors.Column(1), factors.Column(2));
        for (int row = 0; row < labels.Length; row++) Assert.Equal(labels[row].Sum() / (labels.Length - 1), found[row], 1e-6f);
    }

    [Fact]
    public void A_positive_affine_change_of_a_factor_changes_no_decision()
    {
        float[][] factors = Expected("S84 HERON").GetProperty("factors").Rows();
        float[] expected = Combine(Hierarchy(1, 1, 0.5f), factors.Column(0), factors.Column(1), factors.Column(2));
        Assert.Equal(expected, Combine(Hierarchy(1, 1, 0.5f), factors.Column(0),
            Array.ConvertAll(factors.Column(1), factor => (100 * factor) + 3), factors.Column(2)));
        Assert.Equal(expected, CombineIn(Completions(10), Hierarchy(1, 1, 0.5f), [(9, factors.Column(0)),
            (-1, Array.ConvertAll(factors.Column(1), factor => -factor)), (1, factors.Column(2))]));
    }

    /// <summary>(1, 0), (1, 5), (0, 99): the second wins twice, the first once, the third never.</summary>
    [Fact]
    public void Margins_of_zero_give_the_lexicographic_order_and_larger_ones_let_the_next_term_decide()
    {
        AssertNear([0, 1, -1], Combine(Hierarchy(0), [1, 1, 0], [0, 5, 99]));
        AssertNear([-1, 0, 1], Combine(Hierarchy(3, 0), [1, 1, 0], [0, 5, 99]));
        AssertNear([0, 0, 0], Combine(Hierarchy(5), [1, 1, 0], [0, 5, 99])); // undecided
    }

    /// <summary>The pitfall: the deviation of a tiny batch is noise. 0 and 100 set the deviation that 1 and 2 are then judged by.</summary>
    [Fact]
    public void Margins_follow_the_deviation_of_the_run_and_stay_where_scoring_is_frozen()
    {
        var options = new DecisionHierarchyOptions { Margins = [0.5f] };
        DecisionHierarchy seasoned = new(options), resumed = new(options);
        Combine(seasoned, [0, 100]);
        var snapshot = new Snapshot();
        seasoned.Save(snapshot);
        resumed.Load(snapshot);
        Assert.Equal([-1, 1], CombineIn(Completions(2), new DecisionHierarchy(options), [(1, [1, 2])])); // its own deviation is 0.5
        Assert.Equal([0, 0], CombineIn(Completions(2), resumed, [(1, [1, 2])], frozen: true));
        Assert.Equal(NoiseBatches.Entries(seasoned), NoiseBatches.Entries(resumed));
        Assert.Throws<SpecMismatchException>(() => Combine(resumed, [1, 2], [1, 2]));
    }

    private static DecisionHierarchy Hierarchy(params float[] margins) =>
        new(new DecisionHierarchyOptions { Margins = margins, Deviation = "batch" });
}
