using EmbodiedRL.Algorithms.Kernel;

namespace EmbodiedRL.Algorithms.Tests.Kernel;

public sealed class KernelTests
{
    [Theory]
    [InlineData(-1, 2), InlineData(0, 2), InlineData(0.25, 1.5), InlineData(1, 0), InlineData(9, 0)]
    public void A_schedule_moves_in_a_line_and_stops_at_its_ends(double progress, double expected) =>
        Assert.Equal(expected, new LinearSchedule(2, 0).At(progress));

    [Fact]
    public void Explained_variance_is_one_for_a_seer_zero_for_the_mean_and_undefined_for_constants()
    {
        Assert.Equal(1, ExplainedVariance.Of([1, 2, 3], [1, 2, 3]));
        Assert.Equal(0, ExplainedVariance.Of([2, 2, 2], [1, 2, 3]));
        Assert.Equal(-3, ExplainedVariance.Of([3, 2, 1], [1, 2, 3]));   // errors -2, 0, 2: four times the variance
        Assert.Equal(double.NaN, ExplainedVariance.Of([1, 2, 3], [5, 5, 5]));
    }
}
