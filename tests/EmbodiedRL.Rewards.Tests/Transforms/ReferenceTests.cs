using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Transforms;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;

namespace EmbodiedRL.Rewards.Tests.Transforms;

/// <summary>Transforms that compare a score with those of references.</summary>
public sealed class ReferenceTests
{
    private static readonly JsonElement Par = Expected("S27 preference as reward");

    [Theory]
    [InlineData("par_M10", 10, 1f), InlineData("par_M1", 1, 1f), InlineData("par_k3", 10, 3f)]
    public void Preferences_match_a_second_implementation(string key, int count, float slope)
    {
        float[] references = Par.GetProperty("inputs").GetProperty("references").Floats()[..count];
        float[] rewards = Par.GetProperty("inputs").GetProperty("rewards").Floats();
        AssertNear(Par.GetProperty(key).Floats(), Apply(Sigmoid(slope, references), rewards));
    }

    /// <summary>The pitfall: references -2 and 2 give (sigmoid(3) + sigmoid(-1)) / 2 at a score of 1, not sigmoid(1).</summary>
    [Fact]
    public void Sigmoids_are_averaged_and_not_references()
    {
        double expected = ((1 / (1 + Math.Exp(-3))) + (1 / (1 + Math.Exp(1)))) / 2;
        Assert.Equal(expected, Apply(Sigmoid(1, -2, 2), 1)[0], 1e-6);
        Assert.True(Math.Abs(expected - (1 / (1 + Math.Exp(-1)))) > 0.1);
    }

    [Fact]
    public void A_constant_added_to_scores_and_references_changes_no_preference() =>
        AssertNear(Apply(Sigmoid(1, -2, 0.5f), -1, 0, float.NaN, 2), Apply(Sigmoid(1, 5, 7.5f), 6, 7, float.NaN, 9));

    [Fact]
    public void A_group_is_its_own_reference()
    {
        float[] preferences = Apply(new CenteredSigmoid(new CenteredSigmoidOptions()), 0, float.NaN, 2);
        float better = 1 / (1 + MathF.Exp(-2));
        AssertNear([(0.5f + 1 - better) / 2, float.NaN, (0.5f + better) / 2], preferences);
        Assert.Equal([0.5f], Apply(new CenteredSigmoid(new CenteredSigmoidOptions()), 77)); // alone in its group
    }

    [Fact]
    public void Log_sigmoids_match_a_second_implementation()
    {
        JsonElement fixture = Expected("S56 log-sigmoid-centred"), inputs = fixture.GetProperty("inputs");
        float[][] rewards = inputs.GetProperty("rewards").Rows(), expected = fixture.GetProperty("transformed").Rows();
        float[] reference = inputs.GetProperty("reference").Floats();
        for (int property = 0; property < reference.Length; property++)
            AssertNear(expected.Column(property), Apply(LogSigmoid(reference[property]), rewards.Column(property)));
        AssertNear([-0.6931472f, 0, -800, float.NaN], Apply(LogSigmoid(0), 0, 800, -800, float.NaN));
        Assert.True(Apply(LogSigmoid(0), 50)[0] < 0); // exp(-50), which 1 + exp(-50) has lost
    }

    [Fact]
    public void The_reference_is_a_quantile_of_those_given()
    {
        float[] references = Par.GetProperty("inputs").GetProperty("references").Floats();
        float at = (float)Expected("S56 log-sigmoid-centred").GetProperty("empirical_quantile_085").Number();
        Assert.Equal(-MathF.Log(2), Apply(LogSigmoid(references), at)[0], 1e-5f);
        // of a normal distribution fitted to the references: one reference says the same
        double mean = references.Average(), deviation = Math.Sqrt(references.Average(value => (value - mean) * (value - mean)));
        AssertNear(Par.GetProperty("log_sigmoid_q85").Floats(),
            Apply(LogSigmoid((float)(mean + (1.0364334 * deviation))), Par.GetProperty("inputs").GetProperty("rewards").Floats()), 1e-5f);
    }

    [Fact]
    public void Within_a_group_the_reference_is_its_quantile()
    {
        var median = new LogSigmoidCentered(new LogSigmoidCenteredOptions { Quantile = 0.5 });
        AssertNear([-MathF.Log(1 + MathF.E), -MathF.Log(2), float.NaN, -MathF.Log(1 + MathF.Exp(-1))], Apply(median, 1, 2, float.NaN, 3));
    }

    /// <summary>du/dr = sigmoid(reference - r), by central differences.</summary>
    [Fact]
    public void The_slope_falls_from_one_to_zero_about_the_reference()
    {
        foreach (float at in new[] { -6f, -1, 0.5f, 2, 6 })
        {
            float[] ends = Apply(LogSigmoid(0.5f), at + 0.01f, at - 0.01f);
            Assert.Equal(1 / (1 + Math.Exp(at - 0.5)), (ends[0] - ends[1]) / 0.02, 1e-3);
        }
    }

    /// <summary>The pitfall: scores that are no log-odds stay where the curve is nearly a line, until they are scaled.</summary>
    [Fact]
    public void Scores_in_the_unit_interval_are_changed_little_beyond_a_line()
    {
        float[] unit = Apply(LogSigmoid(0.5f), 0, 0.5f, 1), scaled = Apply(LogSigmoid(5), 0, 5, 10);
        Assert.True(Math.Abs(unit[0] + unit[2] - (2 * unit[1])) < 0.08 * (unit[2] - unit[0]) * 2);
        Assert.True(Math.Abs(scaled[0] + scaled[2] - (2 * scaled[1])) > 0.5 * (scaled[2] - scaled[0]));
    }

    [Fact]
    public void References_that_are_missing_or_not_used_are_refused()
    {
        Assert.NotEmpty(new CenteredSigmoidOptions { Against = "given" }.Violations());
        Assert.NotEmpty(new CenteredSigmoidOptions { References = [1] }.Violations());
        Assert.NotEmpty(new LogSigmoidCenteredOptions { Against = "given" }.Violations());
        Assert.NotEmpty(new LogSigmoidCenteredOptions { Against = "everyone" }.Violations());
        Assert.Empty(new LogSigmoidCenteredOptions { Against = "given", References = [1] }.Violations());
    }

    private static IRewardTransform Sigmoid(float slope, params float[] references) =>
        new CenteredSigmoid(new CenteredSigmoidOptions { Against = "given", References = references, Slope = slope });

    private static IRewardTransform LogSigmoid(params float[] references) =>
        new LogSigmoidCentered(new LogSigmoidCenteredOptions { Against = "given", References = references });
}
