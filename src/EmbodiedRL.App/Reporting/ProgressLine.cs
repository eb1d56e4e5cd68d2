using System.Globalization;
using EmbodiedRL.Training.Metrics;

namespace EmbodiedRL.App.Reporting;

/// <summary>One line that says how far a long job is: bar, speed, time to go, the phase that costs most.</summary>
/// <remarks>On a terminal the line is redrawn in place; elsewhere (a log file) it is printed every ten seconds.</remarks>
public sealed class ProgressLine
{
    private const int Cells = 24;

    private readonly TextWriter _to;
    private readonly TimeProvider _time;
    private readonly bool _isTerminal;
    private readonly long _total;
    private readonly string _unit;
    private readonly long _start;
    private readonly long _from;
    private long _shownAt;
    private int _width;

    /// <summary>Starts the clock; shows nothing yet.</summary>
    /// <param name="to">Progress goes to stderr.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isTerminal">Whether somebody watches.</param>
    /// <param name="total">Where it ends.</param>
    /// <param name="unit">Of <paramref name="total"/>.</param>
    /// <param name="from">Where it begins, e.g. the step of a checkpoint; not counted as speed.</param>
    public ProgressLine(TextWriter to, TimeProvider time, bool isTerminal, long total, string unit = "steps", long from = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(total);
        (_to, _time, _isTerminal, _total, _unit, _from) = (to, time, isTerminal, total, unit, from);
        _start = _shownAt = time.GetTimestamp();
    }

    /// <summary>Says how far it is; cheap to call often, because most calls show nothing.</summary>
    /// <param name="done">In units of the total.</param>
    /// <param name="clock">Names the phase that costs most; null leaves it out.</param>
    /// <param name="note">A figure of the moment, e.g. "success 0.84".</param>
    public void Report(long done, PhaseClock? clock = null, string note = "")
    {
        TimeSpan pause = _isTerminal ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(10);
        long now = _time.GetTimestamp();
        if (_time.GetElapsedTime(_shownAt, now) < pause) return;
        _shownAt = now;
        Show(Compose(done, _time.GetElapsedTime(_start, now), clock, note));
    }

    /// <summary>Shows the last state and leaves the line.</summary>
    public void Finish(long done, PhaseClock? clock = null, string note = "")
    {
        Show(Compose(done, _time.GetElapsedTime(_start), clock, note));
        if (_isTerminal) _to.WriteLine();
        _width = 0;
    }

    private void Show(string line)
    {
        if (!_isTerminal)
        {
            _to.WriteLine(line);
            return;
        }

        // Blanks wipe what a longer line before left behind.
        _to.Write($"\r{line}{new string(' ', Math.Max(0, _width - line.Length))}");
        _to.Flush();
        _width = line.Length;
    }

    private string Compose(long done, TimeSpan elapsed, PhaseClock? clock, string note)
    {
        double share = Math.Clamp((double)done / _total, 0, 1), speed = elapsed > TimeSpan.Zero ? (done - _from) / elapsed.TotalSeconds : 0;
        int filled = (int)(share * Cells);
        var parts = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"[{new string('#', filled)}{new string('.', Cells - filled)}] {share,4:0%}"),
            string.Create(CultureInfo.InvariantCulture, $"{done:N0}/{_total:N0} {_unit}"),
            string.Create(CultureInfo.InvariantCulture, $"{speed:N0} {_unit}/s"),
        };
        if (done >= _total) parts.Add($"took {Span(elapsed.TotalSeconds)}");
        else if (speed > 0) parts.Add($"{Span((_total - done) / speed)} to go");
        if (clock?.Costliest is { Share: > 0 } costliest)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{costliest.Phase} {costliest.Share:0%}"));
        if (note.Length > 0) parts.Add(note);
        return string.Join("  ", parts);
    }

    private static string Span(double seconds)
    {
        var span = TimeSpan.FromSeconds(Math.Min(Math.Round(seconds), TimeSpan.SecondsPerDay * 99));
        return span.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours}:{span.Minutes:00}:{span.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{span.Minutes}:{span.Seconds:00}");
    }
}
