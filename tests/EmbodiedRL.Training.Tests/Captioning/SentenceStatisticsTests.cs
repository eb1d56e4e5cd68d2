using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Training.Captioning;

namespace EmbodiedRL.Training.Tests.Captioning;

public sealed class SentenceStatisticsTests
{
    [Fact]
    public void Rank_is_one_in_the_order_of_the_truth_and_minus_one_against_it()
    {
        double[] truths = [0.1, 0.7, 0.4, 1], scores = [-3, 5, 0, 9];
        Assert.Equal(1, SentenceStatistics.Rank(scores, truths)!.Value, 12);
        Assert.Equal(-1, SentenceStatistics.Rank([.. scores.Select(score => -score)], truths)!.Value, 12);
        Assert.Equal(0, SentenceStatistics.Rank([2, 2, 2, 2], truths));
        Assert.Null(SentenceStatistics.Rank(scores, [0.5, 0.5, 0.5, 0.51]));
    }

    [Fact]
    public void Best_is_what_a_perfect_order_has_where_truths_are_equal()
    {
        // Ranks 1.5, 1.5, 3.5, 3.5 against 1, 2, 3, 4: 4 / sqrt(4 * 5).
        double[] truths = [0, 0, 1, 1];
        Assert.Equal(4 / Math.Sqrt(20), SentenceStatistics.Best(truths)!.Value, 12);
        Assert.Equal(1, SentenceStatistics.Agreement([1, 2, 3, 4], truths)!.Value, 12);
        Assert.Equal(-1, SentenceStatistics.Agreement([4, 3, 2, 1], truths)!.Value, 12);
        Assert.Equal(1, SentenceStatistics.Best([0.1, 0.2, 0.3])!.Value, 12);
        Assert.Null(SentenceStatistics.Agreement([1, 2], [0.5, 0.5]));
    }

    [Fact]
    public void Success_is_judged_by_order_calibration_and_look_alikes()
    {
        // States where it holds score 10, 20, 30: the median is 20. Of the look-alikes 25 and 21 lie above it, 15 and 5 below.
        double[] scores = [10, 20, 30, 25, 21, 15, 5, 40];
        bool[] holds = [true, true, true, false, false, false, false, false];
        SuccessFigure figure = SentenceStatistics.Success(scores, holds, row => row is >= 3 and < 7)!;
        Assert.Equal(0.5, figure.FalsePositives);
        // Of the 15 pairs 10 > 5; 20 > 15, 5; 30 > 25, 21, 15, 5: 7 in order.
        Assert.Equal(7.0 / 15, figure.Auroc, 12);
        Assert.Null(SentenceStatistics.Success(scores, new bool[8], _ => true));
        Assert.Null(SentenceStatistics.Success(scores, holds, _ => false)!.FalsePositives);
    }

    [Fact]
    public void Calibration_is_fitted_to_even_rows_and_measured_on_odd_ones()
    {
        double[] scores = [.. Enumerable.Range(0, 400).Select(i => (double)((i / 2 * 37) % 200) - 99.5)];
        bool[] kept = [.. scores.Select(score => score > 0)];
        bool[] turned = [.. scores.Select((score, i) => score > 0 == (i % 2 == 0))];
        Assert.InRange(SentenceStatistics.CalibrationError(scores, kept)!.Value, 0, 0.1);
        Assert.InRange(SentenceStatistics.CalibrationError(scores, turned)!.Value, 0.9, 1);
        Assert.Equal(0, SentenceStatistics.CalibrationError(new double[400], kept)!.Value, 6); // half of either half is true
        Assert.Null(SentenceStatistics.CalibrationError([1, 2, 3, 4], [true, false, true, false]));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(2, 0.375)]
    [InlineData(3.5, 0.75)]
    [InlineData(9, 1)]
    public void A_percentile_counts_ties_by_half(double value, double expected) =>
        Assert.Equal(expected, SentenceStatistics.Percentile(value, [4, 2, 1, 3]));

    [Fact]
    public void Outcomes_are_those_of_all_measures()
    {
        using var ball = new SpokenPoint("ball", 1);
        EnvironmentInfo info = ball.Info;
        float[] states = [0.1f, 0, 0.5f, 0];
        Caption Of(bool denied, params string[] names) => new("", CaptionKind.Trained,
            [.. names.Select(name => new Claim(info.Facts.Single(fact => fact.Name == name), denied))]);
        Assert.Equal([true, false], SentenceStatistics.Outcomes(Of(false, "center"), info, states)!);
        Assert.Null(SentenceStatistics.Outcomes(Of(true, "center"), info, states));
        Assert.Null(SentenceStatistics.Outcomes(Of(false, "center", "left"), info, states));
    }

    [Fact]
    public void Summaries_leave_out_what_is_not_known()
    {
        Assert.Equal(new GoalSummary(4, 0.4, -0.2, 0.9), GoalSummary.Of([0.3, null, 0.5, -0.2, 0.9]));
        Assert.Equal(new GoalSummary(1, 0.3, 0.3, 0.3), GoalSummary.Of([0.3]));
        Assert.Null(GoalSummary.Of([null]));
    }
}
