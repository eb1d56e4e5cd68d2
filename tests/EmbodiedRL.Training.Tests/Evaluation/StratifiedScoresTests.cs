using EmbodiedRL.Core;
using EmbodiedRL.Training.Evaluation;

namespace EmbodiedRL.Training.Tests.Evaluation;

public sealed class StratifiedScoresTests
{
    [Theory]
    [InlineData(new[] { 0.0, 1, 2, 3, 4, 5, 6, 7 }, 3.5)]          // the middle four
    [InlineData(new[] { 4.0, 0, 3, 1, 2 }, 2)]                     // three quarters of 1 and of 3, and 2
    [InlineData(new[] { 0.0, 0, 0, 0, 0, 10 }, 0)]                 // half of the second and of the fifth, which are 0
    [InlineData(new[] { 0.0, 0, 0, 0, 8, 10 }, 4.0 / 3)]           // (0.5 x 0 + 0 + 0 + 0.5 x 8) / 3
    [InlineData(new[] { 0.25 }, 0.25)]
    public void The_interquartile_mean_weighs_scores_that_a_quarter_cuts(double[] scores, double expected) =>
        Assert.Equal(expected, new StratifiedScores([scores]).InterquartileMean().Value, 12);

    [Fact]
    public void Means_are_over_tasks_however_many_seeds_each_has()
    {
        var scores = new StratifiedScores([[1.0, 1, 1, 1], [0.0]]);
        Assert.Equal((0.5, 5), (scores.Mean().Value, scores.Count));
        Assert.Equal([0.5, 0.5, 0], scores.Profile([0, 0.9, 1])); // above, not at
    }

    /// <summary>The interval of a mean of n independent scores of deviation s is near mean +- 1.96 s / sqrt(n).</summary>
    [Fact]
    public void Intervals_come_from_the_seeds_of_each_task()
    {
        double[] one = [.. Enumerable.Range(0, 100).Select(i => i % 2 == 0 ? 0.0 : 1.0)];
        StratifiedFigure mean = new StratifiedScores([one]).Mean();
        Assert.Equal(0.5, mean.Value);
        Assert.InRange(mean.High - 0.5, 0.09, 0.11); // 1.96 x 0.5 / 10
        Assert.InRange(0.5 - mean.Low, 0.09, 0.11);

        // tasks that differ and seeds that agree: nothing varies
        StratifiedFigure still = new StratifiedScores([[0.0, 0, 0], [1.0, 1, 1]]).Mean();
        Assert.Equal((0.5, 0.5, 0.5), (still.Value, still.Low, still.High));
        Assert.Equal(mean, new StratifiedScores([one]).Mean());

        // one seed says nothing of how seeds vary
        StratifiedFigure alone = new StratifiedScores([[0.25], [0.5, 1]]).Mean();
        Assert.Equal((0.5, double.NaN, double.NaN), (alone.Value, alone.Low, alone.High));
    }

    [Fact]
    public void Improvement_is_counted_pair_by_pair_and_ties_are_halves()
    {
        var mine = new StratifiedScores([[1.0, 2], [5.0]]);
        var theirs = new StratifiedScores([[0.0, 3], [5.0]]);
        Assert.Equal(0.5, mine.ProbabilityOfImprovement(theirs).Value); // (2 of 4, then a tie) over two tasks
        Assert.Equal(0.0, mine.MeanBeyond(theirs).Value);
        StratifiedFigure better = new StratifiedScores([[0.8, 0.9, 0.85]]).MeanBeyond(new StratifiedScores([[0.1, 0.2, 0.15]]));
        Assert.True(better is { Value: > 0.69, Low: > 0.5, High: < 0.9 }, $"{better}");
    }

    [Fact]
    public void Other_tasks_and_none_are_refused()
    {
        Assert.Throws<SpecMismatchException>(() =>
            new StratifiedScores([[1.0]]).MeanBeyond(new StratifiedScores([[1.0], [2.0]])));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StratifiedScores([]));
        Assert.Throws<ArgumentException>(() => new StratifiedScores([[1.0], []]));
    }
}
