using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Transforms;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;

namespace EmbodiedRL.Rewards.Tests.Transforms;

public sealed class ConformalThresholdTests
{
    /// <summary>Of nine scores at alpha 0.2 the threshold is the ceil(10 * 0.8) = 8th smallest, at 0.1 the 9th.</summary>
    [Theory]
    [InlineData(0.2, 8f), InlineData(0.1, 9f), InlineData(0.55, 5f)]
    public void The_threshold_is_an_order_statistic(double alpha, float threshold) =>
        Assert.Equal(threshold, new ConformalThreshold(Options(alpha, 3, 1, 4, 9, 5, 2, 6, 8, 7)).Threshold);

    [Fact]
    public void Scores_above_it_pass_and_a_margin_is_their_distance()
    {
        ConformalThresholdOptions options = Options(0.5, 1, 2, 3);
        Assert.Equal([0, 0, 1, float.NaN], Apply(new ConformalThreshold(options), 1, 2, 2.5f, float.NaN));
        Assert.Equal([-1, 0, 0.5f, float.NaN],
            Apply(new ConformalThreshold(options with { Output = "margin" }), 1, 2, 2.5f, float.NaN));
    }

    /// <summary>A new failure is as likely to take any place among the calibration's: over all of them at most alpha pass.</summary>
    [Fact]
    public void At_most_alpha_of_new_failures_pass()
    {
        (int passed, int draws) = (0, 0);
        var rng = Rng.For(1, "failures");
        for (int trial = 0; trial < 2000; trial++)
        {
            float[] calibration = [.. Enumerable.Range(0, 19).Select(_ => (float)rng.Normal())];
            float[] passes = Apply(new ConformalThreshold(Options(0.1, calibration)), (float)rng.Normal());
            (passed, draws) = (passed + (int)passes[0], draws + 1);
        }

        Assert.InRange(passed / (double)draws, 0.08, 0.12);
    }

    /// <summary>With too few scores nothing could ever pass: a reward of 0 everywhere.</summary>
    [Fact]
    public void Too_few_calibration_scores_are_refused()
    {
        Assert.Contains("at least 9", Assert.Single(Options(0.1, 1, 2, 3).Violations()), StringComparison.Ordinal);
        Assert.Empty(Options(0.1, 1, 2, 3, 4, 5, 6, 7, 8, 9).Violations());
        Assert.Contains("known failures", Assert.Single(new ConformalThresholdOptions().Violations()), StringComparison.Ordinal);
        Assert.Throws<SettingsException>(() => new ConformalThreshold(new ConformalThresholdOptions()));
    }

    private static ConformalThresholdOptions Options(double alpha, params float[] calibration) =>
        new() { Alpha = alpha, Calibration = calibration };
}
