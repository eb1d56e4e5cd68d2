using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;

namespace EmbodiedRL.App.Tests.Benchmarks;

public sealed class AlternationTests
{
    [Theory]
    [InlineData(3, new double[] { 9, 1, 3 })]
    [InlineData(2.5, new double[] { 4, 1, 3, 2 })]
    [InlineData(7, new double[] { 7 })]
    public void The_median_is_the_middle_or_the_mean_of_the_two_in_the_middle(double expected, double[] values) =>
        Assert.Equal(expected, Comparison.Median(values));

    [Fact]
    public void There_is_no_median_of_nothing() => Assert.Throws<ArgumentException>(() => Comparison.Median([]));

    [Fact]
    public void Both_sides_take_turns_and_change_who_goes_first()
    {
        string order = "";
        Alternation.Run(3, () => Note('A', 1), () => Note('B', 1), CancellationToken.None);
        Assert.Equal("ABBAAB", order);

        double Note(char side, double speed)
        {
            order += side;
            return speed;
        }
    }

    [Fact]
    public void Medians_are_of_each_side_and_the_spread_is_of_pairs()
    {
        double[] ours = [10, 40, 30], theirs = [10, 10, 20];
        (int next, int other) = (0, 0);
        Comparison measured = Alternation.Run(3, () => ours[next++], () => theirs[other++], CancellationToken.None);
        Assert.Equal((30, 10), (measured.Value, measured.Reference));
        Assert.Equal((1, 4), measured.Spread);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NaN)]
    public void What_is_no_speed_is_refused(double speed) =>
        Assert.Throws<EmbodiedException>(() => Alternation.Run(1, () => speed, () => 1, CancellationToken.None));

    [Fact]
    public void An_interruption_ends_it_between_two_measurements()
    {
        using var interruption = new CancellationTokenSource();
        int references = 0;
        Assert.Throws<OperationCanceledException>(() => Alternation.Run(5, Ours, () => references++, interruption.Token));
        Assert.Equal(0, references);

        double Ours()
        {
            interruption.Cancel();
            return 1;
        }
    }
}
