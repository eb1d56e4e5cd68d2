using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Rewards.Tests.Diagnostics;

public sealed class TrajectoryMeasuresTests
{
    private const double NaN = double.NaN;

    [Theory]
    [InlineData(new[] { 0.1, 0.2, 0.9 }, 1)]
    [InlineData(new[] { 3.0, 2.0, 1.0 }, -1)]
    [InlineData(new[] { 0.0, 0.0, 1.0 }, 0.86602540378443865)] // ranks 1.5, 1.5, 3 against 1, 2, 3: 1.5 / sqrt(1.5 * 2)
    [InlineData(new[] { 1.0, NaN, 2.0, 5.0 }, 1)]
    [InlineData(new[] { 0.5, 0.5, 0.5 }, NaN)]
    [InlineData(new[] { NaN, 1.0, NaN }, NaN)]
    public void Order_in_time_is_the_rank_correlation_with_the_step(double[] scores, double expected) =>
        Assert.Equal(expected, TrajectoryMeasures.WithTime(scores), 1e-12);

    [Fact]
    public void A_trajectory_of_equal_scores_counts_nothing_and_a_constant_reward_has_no_figure()
    {
        Assert.Equal(0.5, TrajectoryMeasures.OrderInTime([Of(true, 1, 2), Of(true, 3, 3)], 1).Value, 1e-12);
        Assert.Equal(-1, TrajectoryMeasures.OrderInTime([Of(true, 1, 2)], 1, sign: -1).Value, 1e-12);
        ScoredTrajectory[] constant = [Scored(true, [0, 1], 5, 5), Scored(false, [0, 0.5], 5, 5), Scored(true, [0.2, 1], 5, 5)];
        Assert.All(
            [
                TrajectoryMeasures.OrderInTime(constant, 1), TrajectoryMeasures.Kendall(constant, 1),
                TrajectoryMeasures.SuccessAuroc(constant, 1), TrajectoryMeasures.CalibratedError(constant, 1),
                TrajectoryMeasures.StillSpread(constant, constant, 1),
                TrajectoryMeasures.Agreement([[5, 5]], [[[1, 2]]], 1), TrajectoryMeasures.Diagonal([[5, 5]], [[1, 0]], [0, 1], 1),
            ],
            figure => Assert.Equal((NaN, NaN, NaN), (figure.Value, figure.Low, figure.High)));
    }

    [Fact]
    public void Tau_by_pairs_of_trajectories_is_that_of_all_frames()
    {
        var rng = Rng.For(1, "tau");
        ScoredTrajectory[] all = new ScoredTrajectory[6];
        for (int i = 0; i < all.Length; i++)
        {
            double[] scores = new double[5], truths = new double[5];
            for (int t = 0; t < 5; t++) (scores[t], truths[t]) = (rng.Below(4), rng.Below(3)); // ties on both sides
            all[i] = new ScoredTrajectory(i % 2 == 0, truths, scores);
        }

        double[] pooled = [.. all.SelectMany(one => one.Scores)], truth = [.. all.SelectMany(one => one.Truths)];
        Assert.Equal(Correlations.KendallTauB(pooled, truth), TrajectoryMeasures.Kendall(all, 1).Value, 1e-12);

        // one drawn alone, however often, is itself
        Assert.Equal(Correlations.KendallTauB(all[2].Scores, all[2].Truths), new PairCounts(all).TauB([0, 0, 3, 0, 0, 0]), 1e-12);
    }

    /// <summary>Truths 0.1 0.4 | 0.2 0.3, scores 1 4 | 3 2: of six pairs five are in order and one (0.2, 0.3) is not.</summary>
    [Fact]
    public void Tau_of_two_trajectories_worked_by_hand() => Assert.Equal(4.0 / 6,
        TrajectoryMeasures.Kendall([Scored(true, [0.1, 0.4], 1, 4), Scored(false, [0.2, 0.3], 3, 2)], 1).Value, 1e-12);

    [Fact]
    public void Auroc_compares_the_last_scores()
    {
        // ends: successes 3 and 1, failures 2 and 1: 3 beats both, 1 loses to 2 and ties with 1: 2.5 of 4
        ScoredTrajectory[] all = [Of(true, 9, 3), Of(true, 9, 1), Of(false, 9, 2), Of(false, 9, 1, NaN)];
        IntervalFigure figure = TrajectoryMeasures.SuccessAuroc(all, 1);
        Assert.Equal((2.5 / 4, 4), (figure.Value, figure.Count));
        Assert.True(figure.Low <= figure.Value && figure.Value <= figure.High);
        Assert.Equal(NaN, TrajectoryMeasures.SuccessAuroc([Of(true, 1, 2), Of(true, 1, 3)], 1).Value);
    }

    [Fact]
    public void Isotonic_regression_pools_what_falls_and_is_straight_between()
    {
        var fit = IsotonicFit.Of([3, 1, 2], [2, 1, 3]);
        Assert.Equal([1, 2.5, 2.5], new[] { 1.0, 2, 3 }.Select(fit.Predict));
        Assert.Equal(1.75, fit.Predict(1.5));
        Assert.Equal((1, 2.5), (fit.Predict(-7), fit.Predict(9)));
        Assert.Equal(2, IsotonicFit.Of([1, 2, 3], [3, 2, 1]).Predict(2)); // what falls throughout becomes its mean
        Assert.Equal(0.5, IsotonicFit.Of([1, 1, 2], [0, 1, 1]).Predict(1)); // equal scores share one value
    }

    [Fact]
    public void Calibration_forgives_any_bend_and_no_inversion()
    {
        double[] truths = [.. Enumerable.Range(0, 41).Select(i => i / 40.0)];
        ScoredTrajectory[] bent =
            [.. Enumerable.Range(0, 4).Select(_ => Scored(true, truths, [.. truths.Select(t => Math.Pow(t, 3) - 7)]))];
        Assert.Equal(0, TrajectoryMeasures.CalibratedError(bent, 1).Value, 1e-12);

        // inverted, every score is calibrated to the mean, 0.5: the mean distance from it is 20 * 21 / (40 * 41)
        ScoredTrajectory[] inverted = [.. bent.Select(one => one with { Scores = [.. truths.Select(t => -t)] })];
        Assert.Equal(20 * 21 / (40.0 * 41), TrajectoryMeasures.CalibratedError(inverted, 1).Value, 1e-12);
    }

    [Fact]
    public void Diagonal_is_the_share_of_instructions_whose_own_trajectory_is_best()
    {
        double[][] truths = [[1, 0, 0.96], [0, 1, 0], [0, 0, 1]];
        int[] own = [0, 1, 2];
        Assert.Equal(1, Value([[3, 1, 2], [1, 3, 2], [1, 2, 3]]));
        Assert.Equal(0, Value([[1, 3, 2], [3, 1, 2], [1, 3, 2]]));
        Assert.Equal(1, Value([[1, 0, 2], [1, 3, 2], [1, 2, 3]]));               // 0.96 is as true as 1
        Assert.Equal((0.5 + 1 + 0) / 3, Value([[3, 3, 2], [1, 3, 2], [5, 5, 5]])); // a tie by its share, no order counts nothing

        double Value(double[][] scores) => TrajectoryMeasures.Diagonal(scores, truths, own, 1).Value;
    }

    [Fact]
    public void Agreement_is_spearmans_over_all_frames()
    {
        double[][] scores = [[1, 2, 3], [4, 5, NaN]];
        Assert.Equal(1, TrajectoryMeasures.Agreement(scores, [[[1, 8, 27], [64, 125, 1]]], 1).Value, 1e-12);
        Assert.Equal(1, TrajectoryMeasures.Agreement(scores, [[[-1, -2, -3], [-4, -5, 9]]], 1, sign: -1).Value, 1e-12);
        Assert.Equal(0.5, TrajectoryMeasures.Agreement(scores, [scores, [[7, 7, 7], [7, 7, 7]]], 1).Value, 1e-12);
        Assert.Equal(NaN, TrajectoryMeasures.Agreement(scores, [], 1).Value);
        Assert.Throws<SpecMismatchException>(() => TrajectoryMeasures.Agreement(scores, [[[1, 2, 3]]], 1));
    }

    [Fact]
    public void Still_is_the_spread_over_equal_frames_by_the_spread_of_all()
    {
        // all: 0 and 4, deviation 2; the frozen ones deviate by 1 and by 0
        IntervalFigure figure = TrajectoryMeasures.StillSpread([Of(true, 1, 3), Of(true, 2, 2)], [Of(true, 0, 4)], 1);
        Assert.Equal(0.25, figure.Value, 1e-12);
    }

    [Fact]
    public void Bootstrap_repeats_and_is_as_wide_as_the_normal_interval()
    {
        var rng = Rng.For(1, "values");
        double[] values = new double[400];
        for (int i = 0; i < values.Length; i++) values[i] = rng.Normal();
        IntervalFigure figure = Bootstrap.Mean(values, 7);
        Assert.Equal(figure, Bootstrap.Mean(values, 7));
        Assert.NotEqual(figure, Bootstrap.Mean(values, 8));
        double mean = values.Average(), deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        Assert.Equal(mean, figure.Value, 1e-12);
        Assert.InRange((figure.High - figure.Low) / (2 * 1.96 * deviation / Math.Sqrt(values.Length)), 0.85, 1.15);
        Assert.Equal((2, 2, 2), Ends(Bootstrap.Mean([2, 2, 2], 1)));
        Assert.Equal((2, NaN, NaN), Ends(Bootstrap.Mean([2], 1)));
        Assert.Equal((NaN, NaN, NaN), Ends(Bootstrap.Mean([], 1)));

        static (double, double, double) Ends(IntervalFigure figure) => (figure.Value, figure.Low, figure.High);
    }

    private static ScoredTrajectory Of(bool succeeds, params double[] scores) => new(succeeds, new double[scores.Length], scores);

    private static ScoredTrajectory Scored(bool succeeds, double[] truths, params double[] scores) => new(succeeds, truths, scores);
}
