using EmbodiedRL.Core;
using EmbodiedRL.Training.Preflights;

namespace EmbodiedRL.Training.Tests.Preflights;

public sealed class PreflightMeasuresTests
{
    [Fact]
    public void Explained_variance_is_the_correlation_ratio_corrected_for_its_bins()
    {
        // two truths, means 1 and 3 of three scores each: B = 6, S = 4, W = 1, so (6 - 1) / 10
        Assert.Equal(0.5, PreflightMeasures.Explained([0, 1, 2, 2, 3, 4], [0, 0, 0, 1, 1, 1])!.Value, 1e-12);
        Assert.Equal(1, PreflightMeasures.Explained([5, 5, -1, -1], [0, 0, 1, 1])!.Value, 1e-12);
    }

    [Fact]
    public void Noise_has_nothing_explained_and_a_curve_all_but_its_bins()
    {
        var rng = Rng.For(1, "noise");
        double[] truths = [.. Enumerable.Range(0, 500).Select(i => i / 500.0)];
        Assert.InRange(PreflightMeasures.Explained([.. truths.Select(_ => rng.NextDouble())], truths)!.Value, 0, 0.05);
        // a line in ten bins loses the variance within a bin, a hundredth of all
        Assert.Equal(0.99, PreflightMeasures.Explained([.. truths.Select(truth => -3 * truth)], truths)!.Value, 1e-3);
    }

    [Fact]
    public void What_does_not_vary_is_not_explained()
    {
        Assert.Null(PreflightMeasures.Explained([1, 1, 1, 1], [0, 0, 1, 1]));
        Assert.Null(PreflightMeasures.Explained([0, 1, 2, 3], [1, 1, 1, 1]));
        Assert.Null(PreflightMeasures.Explained([], []));
        Assert.Null(PreflightMeasures.VarianceWithin([[1, 1], [1, 1]]));
        Assert.Null(PreflightMeasures.Spread([double.NaN]));
        Assert.Equal(0, PreflightMeasures.Order([2, 2, 2]));
        Assert.Null(PreflightMeasures.Order([2, double.NaN]));
    }

    [Fact]
    public void Variance_within_rows_is_a_share_of_all() =>
        // within: 0.5 and 0.5; of all, about 2: 4 + 1 + 1 + 4
        Assert.Equal(1.0 / 10, PreflightMeasures.VarianceWithin([[0, 1], [3, 4], [double.NaN, 9]])!.Value, 1e-12);

    [Fact]
    public void Steps_are_counted_by_thirds_of_each_way()
    {
        double[][] ways = [[0, 1, 2, 1, 0, 1, 2], [0, 1, 0, 0]];
        // thirds of six steps: ++ -- ++; of three: + - =
        Assert.Equal(new Thirds(1, 0, 2.0 / 3), PreflightMeasures.Rises(ways));
        Assert.Equal(new Thirds(3.0 / 2, -3.0 / 2, 2.0 / 2), PreflightMeasures.Gains(ways));
        Assert.Null(PreflightMeasures.Gains([[1, 0, 0, 0]]));
        Assert.Null(PreflightMeasures.Rises([[0, 1]])); // one step has no middle
    }

    [Fact]
    public void Quantiles_lie_between_neighbors()
    {
        double[] scores = [3, double.NaN, 1, 2, 0, 4];
        Assert.Equal(2, PreflightMeasures.Quantile(scores, 0.5));
        Assert.Equal(0.2, PreflightMeasures.Quantile(scores, 0.05)!.Value, 1e-12);
        Assert.Equal(3.6, PreflightMeasures.Spread(scores)!.Value, 1e-12);
    }
}
