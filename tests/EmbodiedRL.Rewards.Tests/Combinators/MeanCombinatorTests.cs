using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Combinators;
using EmbodiedRL.Rewards.Transforms;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;

namespace EmbodiedRL.Rewards.Tests.Combinators;

/// <summary>Combinators that make one number of each row's scores: geometric and harmonic mean, logical AND, gate, lexicographic.</summary>
public sealed class MeanCombinatorTests
{
    [Fact]
    public void Signed_geometric_means_match_a_second_implementation()
    {
        int compared = 0;
        foreach (JsonElement entry in Expected("S53 kinesthetic").GetProperty("cases").EnumerateArray())
        {
            double[] rewards = entry.GetProperty("rewards").Numbers();
            if (rewards.Any(double.IsNaN) || rewards.Any(value => value != 0 && Math.Abs(value) < 1e-30)) continue; // below
            Assert.Equal(entry.GetProperty("value").Number(), Geometric([.. rewards.Select(value => (float)value)]), 1e-6);
            compared++;
        }

        Assert.Equal(6, compared);
        Assert.Equal(2, Geometric(2, float.NaN), 1e-6f); // left out, where the fixture has NaN
        Assert.Equal(1e-30, Geometric(1e-30f, 1e-30f), 1e-36); // whose product is 0 in float32
    }

    /// <summary>The pitfall: the product of two negative scores is positive.</summary>
    [Fact]
    public void A_signed_geometric_mean_is_positive_only_where_all_scores_are()
    {
        Assert.Equal(-2, Geometric(-1, -4), 1e-6f);
        Assert.Equal(-2, Geometric(1, -4), 1e-6f);
        Assert.Equal(2, Geometric(1, 4), 1e-6f);
        Assert.Equal(0, Geometric(0, 4));
        Assert.Equal(6, Geometric(3, 12), 1e-5f); // three times that of (1, 4)
        Assert.Equal(0.7f, Geometric(0.7f, 0.7f, 0.7f), 1e-6f);
    }

    [Fact]
    public void Weights_of_a_geometric_mean_are_exponents() =>
        AssertNear([4], CombineIn(Completions(1), new SignedGeometricMean(), [(1, [1]), (2, [8])])); // (1 * 8^2)^(1/3)

    [Fact]
    public void Harmonic_means_match_a_second_implementation()
    {
        JsonElement fixture = Expected("S50 harmonic");
        float[] image = fixture.GetProperty("image").Floats(), text = fixture.GetProperty("text").Floats();
        foreach (JsonElement entry in fixture.GetProperty("cases").EnumerateArray())
        {
            float lambda = (float)entry.GetProperty("lam").Number();
            float[] expected = entry.GetProperty("value").Floats(),
                found = CombineIn(Completions(image.Length), new HarmonicMean(), [(lambda, image), (1 - lambda, text)]);
            for (int row = 0; row < expected.Length; row++) Assert.Equal(1, found[row] / expected[row], 1e-5);
        }
    }

    [Fact]
    public void A_harmonic_mean_is_at_most_the_arithmetic_mean_and_equal_where_scores_are()
    {
        float[] found = Combine(new HarmonicMean(), [0.2f, 0.6f], [0.8f, 0.6f]);
        Assert.Equal(0.32f, found[0], 1e-5f); // 2 / (5 + 1.25), below 0.5
        Assert.Equal(0.6f, found[1], 1e-5f);
        // weights need not add up to 1, and a term that does not apply takes its weight along
        AssertNear([0.5f, 0.7f], CombineIn(Completions(2), new HarmonicMean(), [(3, [0.5f, float.NaN]), (1, [0.5f, 0.7f])]));
    }

    [Fact]
    public void A_negative_score_is_refused_by_term_and_row()
    {
        var error = Assert.Throws<SpecMismatchException>(() => Combine(new HarmonicMean(), [0.5f, 0.5f], [0.5f, -0.5f]));
        foreach (string named in new[] { "'b'", "harmonic-mean", "-0.5", "completion 1" })
            Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_conjunction_matches_a_second_implementation_with_either_part()
    {
        JsonElement fixture = Expected("S56 log-sigmoid-centred"), inputs = fixture.GetProperty("inputs");
        float[][] rewards = inputs.GetProperty("rewards").Rows();
        float[] references = inputs.GetProperty("reference").Floats();
        float[][] terms = [.. references.Select((_, property) => rewards.Column(property))];
        AssertNear(fixture.GetProperty("conjunction").Floats(),
            Combine(new LogicalAnd(new LogicalAndOptions { References = references }), terms));
        float[][] transformed = [.. terms.Select((scores, property) => Apply(new LogSigmoidCentered(
            new LogSigmoidCenteredOptions { Against = "given", References = [references[property]] }), scores))];
        AssertNear(fixture.GetProperty("conjunction").Floats(), Combine(new WeightedSum(), transformed));
    }

    /// <summary>Of (10, -2) and (1, 1) the sum prefers the first; the AND the second.</summary>
    [Fact]
    public void In_a_conjunction_no_score_makes_up_for_another()
    {
        float[] rewards = Combine(new LogicalAnd(new LogicalAndOptions()), [10, 1], [-2, 1]);
        Assert.True(rewards[1] > rewards[0]);
        Assert.Equal(-2 * MathF.Log(1 + MathF.Exp(-1)), rewards[1], 1e-6f);
        Assert.Throws<SpecMismatchException>(() => Combine(new LogicalAnd(new LogicalAndOptions { References = [1] }), [1], [2]));
    }

    [Fact]
    public void A_gate_is_open_from_its_threshold_on_and_where_its_term_does_not_apply()
    {
        var gate = new Gate(new GateOptions { Term = "b", Threshold = 0.5f, Closed = -1 });
        (float, float[])[] terms = [(2, [1, 1, 1, float.NaN]), (0, [0.4f, 0.5f, float.NaN, 0.9f])];
        AssertNear([-1, 2, 2, 0], CombineIn(Completions(4), gate, terms));
        (float, float[])[] inSum = [(2, [1, 1, 1, float.NaN]), (1, [0.4f, 0.5f, float.NaN, 0.9f])];
        AssertNear([-1, 2.5f, 2, 0.9f], CombineIn(Completions(4), gate, inSum));
    }

    [Fact]
    public void A_gate_without_its_term_is_refused_with_the_names() => Assert.Contains("'safety'",
        Assert.Throws<UnknownNameException>(() => Combine(new Gate(new GateOptions { Term = "safety" }), [1], [1])).Message,
        StringComparison.Ordinal);

    /// <summary>Thresholds 0.5 and 1: (0.4, 9) stops at the first; (0.7, 0.3) reaches the second; (0.7, 2, 5) all three.</summary>
    [Fact]
    public void A_term_counts_only_where_those_before_it_are_satisfied()
    {
        var combinator = new Lexicographic(new LexicographicOptions { Thresholds = [0.5f, 1] });
        AssertNear([0.4f, 0.8f, 6.5f, -3, 0.5f], Combine(combinator,
            [0.4f, 0.7f, 0.7f, -3, 0.7f], [9, 0.3f, 2, 9, -4], [9, 9, 5, 9, 9]));
        // left out: the second where it does not apply, and the last that applies is not capped
        AssertNear([5.5f, 0.9f, float.NaN], Combine(combinator,
            [0.7f, 0.9f, float.NaN], [float.NaN, float.NaN, float.NaN], [5, float.NaN, float.NaN]));
    }

    [Fact]
    public void However_good_a_later_term_is_it_never_makes_up_for_an_earlier_one()
    {
        var rng = Rng.For(2, "rows");
        var combinator = new Lexicographic(new LexicographicOptions { Thresholds = [0.5f] });
        for (int trial = 0; trial < 200; trial++)
        {
            float poor = (float)rng.Uniform(-1, 0.5), good = (float)rng.Uniform(0.5, 2);
            float[] rewards = Combine(combinator, [poor, good], [(float)rng.Uniform(-5, 100), (float)rng.Uniform(-5, 5)]);
            Assert.True(rewards[0] < rewards[1]);
        }
    }

    [Theory]
    [InlineData("signed-geometric-mean"), InlineData("harmonic-mean"), InlineData("lexicographic"), InlineData("logical-and")]
    public void A_negative_weight_is_refused(string name) => Assert.Contains("a weight above 0", Assert.Throws<SpecMismatchException>(() =>
        CombineIn(Completions(1), RewardRegistries.Shipped.Combinators.Create(name, null, new RewardContext()), [(1, [1]), (-1, [1])]))
        .Message, StringComparison.Ordinal);

    private static float Geometric(params float[] scores) =>
        Combine(new SignedGeometricMean(), [.. scores.Select(score => new[] { score })])[0];
}
