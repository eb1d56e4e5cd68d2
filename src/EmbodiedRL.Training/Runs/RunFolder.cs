using System.Globalization;
using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Runs;

/// <summary>The folder that holds one run: where everything of it lies.</summary>
public sealed class RunFolder
{
    private RunFolder(string path) => Root = path;

    /// <summary>The folder itself.</summary>
    public string Root { get; }

    /// <summary>The settings as resolved; what makes a folder a run.</summary>
    public string Settings => Path.Combine(Root, "settings.json");

    /// <summary>One JSON object per update.</summary>
    public string Metrics => Path.Combine(Root, "metrics.jsonl");

    /// <summary>The outcome, for scripts; see <see cref="RunSummary"/>.</summary>
    public string Summary => Path.Combine(Root, "summary.json");

    /// <summary>TensorBoard's event file.</summary>
    public string Events => Path.Combine(Root, "events.out.tfevents.embodied");

    /// <summary>Folder of checkpoints.</summary>
    public string Checkpoints => Path.Combine(Root, "checkpoints");

    /// <summary>Folder of recorded episodes: an MP4 and a film strip each.</summary>
    public string Videos => Path.Combine(Root, "videos");

    /// <summary>Folder of episodes that were kept while the policy learned, as Parquet.</summary>
    public string Demonstrations => Path.Combine(Root, "demonstrations");

    /// <summary>Folder of curves.</summary>
    public string Plots => Path.Combine(Root, "plots");

    /// <summary>The page for people.</summary>
    public string Report => Path.Combine(Root, "report.html");

    /// <summary>Makes the folder of a new run.</summary>
    /// <exception cref="SettingsException">It holds another run or files of somebody else.</exception>
    public static RunFolder Create(string path)
    {
        var folder = new RunFolder(path);
        if (File.Exists(path)) throw new SettingsException("--out", [$"'{path}' is a file. Name a folder that is new or empty."]);
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).FirstOrDefault() is { } found)
        {
            throw new SettingsException("--out", [File.Exists(folder.Settings)
                ? $"'{path}' already holds a run. Go on with it by ./embodied resume {path}, or name a folder that is new or empty."
                : $"'{path}' is not empty (it holds '{Path.GetFileName(found)}') and is no run. Name a folder that is new or empty."]);
        }

        Directory.CreateDirectory(path);
        return folder;
    }

    /// <summary>Makes the folder that was asked for, else <c>runs/NAME-DATE</c>; a second run of the same second gets a number.</summary>
    /// <param name="path">What the user said; null for the default.</param>
    /// <param name="name">What the run is called, e.g. the environment; a "/" in it becomes a "-".</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="SettingsException">The folder asked for holds another run or files of somebody else.</exception>
    public static RunFolder Create(string? path, string name, TimeProvider time)
    {
        if (path is not null) return Create(path);
        string date = time.GetLocalNow().ToString("yyyy-MM-dd-HHmmss", CultureInfo.InvariantCulture);
        string stem = Path.Combine("runs", $"{name.Replace('/', '-')}-{date}");
        string free = stem;
        for (int number = 2; Path.Exists(free); number++) free = $"{stem}-{number}";
        return Create(free);
    }

    /// <summary>Opens the folder of a run that was begun.</summary>
    /// <exception cref="AssetMissingException">There is no run in it.</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(path);
        return File.Exists(folder.Settings)
            ? folder
            : throw new AssetMissingException($"A run in '{path}'", folder.Settings, "Name a folder that ./embodied train or demo has written.");
    }
}
