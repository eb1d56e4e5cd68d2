using EmbodiedRL.Training.Evaluation;

namespace EmbodiedRL.Training.Tests.Evaluation;

public sealed class SeedFigureTests
{
    /// <summary>Against numpy and scipy: mean, stats.t.interval(0.95, n - 1, mean, sem), stats.trim_mean(values, 0.25).</summary>
    [Fact]
    public void Mean_interval_and_interquartile_mean_are_those_of_the_books()
    {
        SeedFigure figure = SeedFigure.Of([0.9, 0.1, 0.8, 0.7, 0.85, 0.95, 0.75, 0.6]);
        Assert.Equal(0.70625, figure.Mean, 12);
        Assert.Equal(0.775, figure.InterquartileMean, 12); // 0.7, 0.75, 0.8 and 0.85
        Assert.Equal(0.48121, figure.Interval![0], 4);
        Assert.Equal(0.93129, figure.Interval[1], 4);
        Assert.Equal((0.1, 0.95), (figure.Least, figure.Most));
        Assert.InRange(figure.InterquartileMean, figure.InterquartileInterval![0], figure.InterquartileInterval[1]);
        Assert.True(figure.InterquartileInterval[0] > figure.Least && figure.InterquartileInterval[1] < figure.Most);
    }

    [Fact]
    public void Intervals_end_where_values_must_and_one_seed_has_none()
    {
        Assert.Equal([0.0, 1.0], SeedFigure.Of([0.2, 0.9], 0, 1).Interval!);
        SeedFigure single = SeedFigure.Of([0.4]);
        Assert.Equal((0.4, 0.4), (single.Mean, single.InterquartileMean));
        Assert.Null(single.Interval);
        Assert.Null(single.InterquartileInterval);
        Assert.Null(SeedFigure.Of([0.4, 0.4, 0.4]).Interval); // not an interval of no width
    }

    /// <summary>Where the table ends the expansion goes on: 31 degrees of freedom, 2.03951.</summary>
    [Fact]
    public void Many_seeds_have_the_same_kind_of_interval()
    {
        double[] values = [.. Enumerable.Range(0, 32).Select(i => i % 2 == 0 ? -1.0 : 1.0)];
        double error = Math.Sqrt(32.0 / 31 / 32);
        Assert.Equal(2.03951 * error, SeedFigure.Of(values).Interval![1], 4);
    }

    [Fact]
    public void Equal_figures_have_equal_intervals() =>
        Assert.Equal(SeedFigure.Of([0.1, 0.5, 0.9]).InterquartileInterval, SeedFigure.Of([0.9, 0.1, 0.5]).InterquartileInterval);
}
