using EmbodiedRL.Benchmarks.Physics;

namespace EmbodiedRL.App.Tests.Benchmarks;

public sealed class TestSpeedTests
{
    [Theory]
    [InlineData(27061,
        "\nRunning 2000 steps at dt = 0.005 ...\n\n Simulation time      : 0.07 s\n Steps per second     : 27061\n"
            + " Realtime factor      : 135.31 x\n")]
    [InlineData(14336,
        "Summary for all 2 threads\n\n Total steps per second : 14336\n\nDetails for thread 0\n\n Steps per second     : 7230\n")]
    public void The_speed_of_all_threads_together_is_read(double expected, string said) => Assert.Equal(expected, TestSpeed.Parse(said));

    [Fact]
    public void A_program_that_says_nothing_measures_nothing() => Assert.Null(TestSpeed.Parse("Could not load model\n"));
}
