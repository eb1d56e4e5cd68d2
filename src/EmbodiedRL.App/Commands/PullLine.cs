using System.Globalization;
using EmbodiedRL.Models.Hub;

namespace EmbodiedRL.App.Commands;

/// <summary>Progress line of a pull: file, bar, bytes, speed and time to go.</summary>
/// <remarks>On a terminal the line is redrawn in place; elsewhere (a log file) it is printed every ten seconds.</remarks>
internal sealed class PullLine(TextWriter to, TimeProvider time, bool isTerminal) : IPullListener
{
    private const int Cells = 24;
    private const double Megabyte = 1e6;

    private long? _shownAt;
    private int _width;

    /// <inheritdoc/>
    public void Report(in PullProgress progress)
    {
        long now = time.GetTimestamp();
        TimeSpan pause = isTerminal ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(10);
        _shownAt ??= isTerminal ? null : now; // a log hears of what takes long
        if (_shownAt is { } shown && time.GetElapsedTime(shown, now) < pause) return;
        _shownAt = now;
        Show(Compose(progress));
    }

    /// <inheritdoc/>
    public void Wait(string what, string reason, TimeSpan wait) => Say(wait > TimeSpan.Zero
        ? string.Create(CultureInfo.InvariantCulture, $"{what}: {reason}; next attempt in {wait.TotalSeconds:0} s.")
        : $"{what}: {reason}.");

    /// <inheritdoc/>
    public void Note(string sentence) => Say(sentence);

    /// <summary>Leaves the line.</summary>
    public void Finish()
    {
        if (_width > 0) to.WriteLine();
        _width = 0;
    }

    private void Say(string line)
    {
        Finish();
        to.WriteLine(line);
    }

    private void Show(string line)
    {
        if (!isTerminal)
        {
            to.WriteLine(line);
            return;
        }

        // Blanks wipe what a longer line before left behind.
        to.Write($"\r{line}{new string(' ', Math.Max(0, _width - line.Length))}");
        to.Flush();
        _width = line.Length;
    }

    private static string Compose(in PullProgress progress)
    {
        double share = progress.Total > 0 ? Math.Clamp((double)progress.Done / progress.Total, 0, 1) : 0;
        int filled = (int)(share * Cells);
        string line = string.Create(CultureInfo.InvariantCulture, $"[{new string('#', filled)}{new string('.', Cells - filled)}] "
            + $"{share,4:0%}  {progress.Done / Megabyte:N1}/{progress.Total / Megabyte:N1} MB");
        if (progress.BytesPerSecond > 0)
            line += string.Create(CultureInfo.InvariantCulture, $"  {progress.BytesPerSecond / Megabyte:N1} MB/s");
        if (progress.Remaining is { } left)
            line += string.Create(CultureInfo.InvariantCulture, $"  {(int)left.TotalHours}:{left.Minutes:00}:{left.Seconds:00} to go");
        return string.Create(CultureInfo.InvariantCulture, $"{line}  {progress.File} ({progress.Index} of {progress.Count})");
    }
}
