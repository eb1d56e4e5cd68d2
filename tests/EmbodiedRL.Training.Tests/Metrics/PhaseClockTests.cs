using EmbodiedRL.Core;
using EmbodiedRL.Training.Metrics;

namespace EmbodiedRL.Training.Tests.Metrics;

public sealed class PhaseClockTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Phases_add_up_to_the_time_on_the_wall_and_inner_ones_are_not_counted_twice()
    {
        var clock = new PhaseClock(_time);
        _time.Advance(1);
        using (clock.Measure("simulate"))
        {
            _time.Advance(2);
            using (clock.Measure("render")) _time.Advance(4);
            _time.Advance(8);
        }

        using (clock.Measure("render")) _time.Advance(16);
        Assert.Equal(new Dictionary<string, double> { ["other"] = 1, ["render"] = 20, ["simulate"] = 10 }, clock.Seconds);
        Assert.Equal(("render", 20.0 / 31), clock.Costliest);
    }

    [Fact]
    public void A_phase_is_charged_while_it_runs()
    {
        var clock = new PhaseClock(_time);
        using (clock.Measure("update"))
        {
            _time.Advance(3);
            Assert.Equal(3, clock.Seconds["update"]);
            _time.Advance(3);
        }

        Assert.Equal(6, clock.Seconds["update"]);
    }

    [Fact]
    public void A_resumed_run_keeps_the_time_of_its_first_sitting()
    {
        var first = new PhaseClock(_time);
        using (first.Measure("update")) _time.Advance(3);
        var snapshot = new Snapshot();
        first.Save(snapshot);

        var second = new PhaseClock(_time);
        second.Load(snapshot);
        using (second.Measure("update")) _time.Advance(2);
        Assert.Equal(5, second.Seconds["update"]);
    }
}
