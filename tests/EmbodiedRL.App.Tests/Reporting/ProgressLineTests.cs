using EmbodiedRL.App.Reporting;
using EmbodiedRL.Training.Metrics;

namespace EmbodiedRL.App.Tests.Reporting;

public sealed class ProgressLineTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly StringWriter _output = new();

    public void Dispose() => _output.Dispose();

    [Fact]
    public void It_shows_share_speed_time_to_go_costliest_phase_and_note()
    {
        var clock = new PhaseClock(_time);
        var line = new ProgressLine(_output, _time, isTerminal: true, total: 100_000);
        using (clock.Measure("score")) _time.Advance(10);
        line.Report(25_000, clock, "success 0.84");
        Assert.Equal("\r[######..................]  25%  25,000/100,000 steps  2,500 steps/s  0:30 to go  score 100%  success 0.84",
            _output.ToString());
    }

    [Fact]
    public void Steps_of_an_earlier_sitting_are_not_speed()
    {
        var line = new ProgressLine(_output, _time, isTerminal: false, total: 10_000, from: 9_000);
        _time.Advance(10);
        line.Report(9_500);
        Assert.Contains("50 steps/s  0:10 to go", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_file_gets_whole_lines_every_ten_seconds()
    {
        var line = new ProgressLine(_output, _time, isTerminal: false, total: 60);
        for (int second = 1; second <= 60; second++)
        {
            _time.Advance(1);
            line.Report(second);
        }

        line.Finish(60);
        string[] lines = _output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(7, lines.Length);
        Assert.DoesNotContain('\r', _output.ToString());
        Assert.EndsWith("took 1:00", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_shorter_line_wipes_a_longer_one()
    {
        var line = new ProgressLine(_output, _time, isTerminal: true, total: 10);
        _time.Advance(1);
        line.Report(5, note: "a very long note");
        _time.Advance(1);
        line.Report(6);
        string[] drawn = _output.ToString().Split('\r', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(drawn[0].Length, drawn[1].Length);
    }
}
