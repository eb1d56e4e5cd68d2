using System.Globalization;
using System.Text.RegularExpressions;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Training.Runs;

/// <summary>Run folder: the paths of all files of one run.</summary>
/// <remarks>
/// Whoever writes to it holds it (<see cref="Create(string)"/>, <see cref="OpenToWrite"/>, <see cref="Hold"/>)
/// until it is disposed; readers need not.
/// </remarks>
public sealed partial class RunFolder : IDisposable
{
    /// <summary>Names in the folder of a run before its settings are there.</summary>
    private static readonly string[] Beginnings = [
        RunLock.FileName, RunLock.HolderName, MjcfFiles.Folder, WarmStart.Folder, SeedPlanFolder
    ];

    /// <summary>Names in the folder of a run of several seeds: the list of its seeds, and the folder of their common plan.</summary>
    public const string SeedList = "seeds.json", SeedPlanFolder = "plan";

    private RunLock? _lock;
    private bool _wasThere;

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

    /// <summary>Folder of a language model that was fine-tuned.</summary>
    public string Model => Path.Combine(Root, "model");

    /// <summary>Folder of completions before and after training.</summary>
    public string Samples => Path.Combine(Root, "samples");

    /// <summary>Folder of curves.</summary>
    public string Plots => Path.Combine(Root, "plots");

    /// <summary>The page for people.</summary>
    public string Report => Path.Combine(Root, "report.html");

    /// <summary>Makes the folder of a new run and holds it.</summary>
    /// <remarks>What a run left behind that was killed before it had written its settings is taken over.</remarks>
    /// <exception cref="SettingsException">It holds another run or files of somebody else.</exception>
    /// <exception cref="RunInUseException">Another process writes to it.</exception>
    public static RunFolder Create(string path)
    {
        if (string.IsNullOrWhiteSpace(path))
            throw new SettingsException("--out", ["expected the path of a folder, found nothing. Name a folder that is new or empty."]);
        var folder = new RunFolder(path) { _wasThere = Directory.Exists(path) };
        if (File.Exists(path)) throw new SettingsException("--out", [$"'{path}' is a file. Name a folder that is new or empty."]);
        folder.RequireNew(); // before the lock, which would leave a file among those of somebody else
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException("--out",
                [$"'{path}' cannot be written to: {error.Message.TrimEnd('.')}. Name a folder where files may be made."]);
        }

        folder.Hold();
        try
        {
            folder.RequireNew(); // another process may have come first
            folder.Sweep();
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Removes what was written into a folder of <see cref="Create(string)"/> by a run that could not begin.</summary>
    internal void Abandon()
    {
        try
        {
            foreach (string file in Directory.EnumerateFiles(Root)) File.Delete(file);
            foreach (string inner in Directory.EnumerateDirectories(Root)) Directory.Delete(inner, recursive: true);
            if (!_wasThere) Directory.Delete(Root);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to tell.
        }
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
        for (int number = 2; ; number++)
        {
            try
            {
                if (!Path.Exists(free)) return Create(free);
            }
            catch (RunInUseException)
            {
                // Begun by another process since it was looked for.
            }

            free = $"{stem}-{number}";
        }
    }

    /// <summary>Opens the folder of a run that was begun, to read it.</summary>
    /// <exception cref="AssetMissingException">There is no run in it.</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(path);
        if (File.Exists(folder.Settings)) return folder;
        bool isBeginning = File.Exists(Path.Combine(path, RunLock.FileName));
        throw new AssetMissingException($"A run in '{path}'", folder.Settings, isBeginning
            ? "It was stopped before it had written its settings: begin it again with ./embodied train or demo and the same --out."
            : "Name a folder that ./embodied train or demo has written.");
    }

    /// <summary>
    /// Opens the folder of a run that was begun, to go on with it: holds it, and removes half-written files that a killed process left.
    /// </summary>
    /// <exception cref="AssetMissingException">There is no run in it.</exception>
    /// <exception cref="RunInUseException">Another process writes to it.</exception>
    public static RunFolder OpenToWrite(string path)
    {
        RunFolder folder = Open(path);
        folder.Hold();
        folder.Sweep();
        return folder;
    }

    /// <summary>Opens the folder of runs of several seeds, to go on with them: holds it.</summary>
    /// <exception cref="RunInUseException">Another process writes to it.</exception>
    internal static RunFolder OpenSeeds(string path)
    {
        var folder = new RunFolder(path);
        folder.Hold();
        return folder;
    }

    /// <summary>Makes sure that no other process writes to the folder until this is disposed.</summary>
    /// <exception cref="RunInUseException">Another one does; names it.</exception>
    public void Hold() => _lock ??= RunLock.Take(Root);

    /// <summary>Lets others write to the folder; its paths stay valid.</summary>
    public void Dispose()
    {
        _lock?.Dispose();
        _lock = null;
    }

    private void RequireNew()
    {
        if (!Directory.Exists(Root)) return;
        string[] names = [.. Directory.EnumerateFileSystemEntries(Root).Select(entry => Path.GetFileName(entry))];
        if (File.Exists(Settings) || names.Contains(SeedList))
        {
            // one that is under way is not to be resumed
            if (_lock is null && names.Contains(RunLock.FileName)) RunLock.Take(Root).Dispose();
            throw new SettingsException("--out",
                [$"'{Root}' already holds a run. Go on with it by ./embodied resume {Root}, or name a folder that is new or empty."]);
        }

        bool isOurs = names.Contains(RunLock.FileName);
        if (Array.Find(names, name => !(isOurs && IsBeginning(name))) is { } found)
            throw new SettingsException("--out",
                [$"'{Root}' is not empty (it holds '{found}') and is no run. Name a folder that is new or empty."]);
    }

    private static bool IsBeginning(string name) =>
        Beginnings.Contains(name) || name.EndsWith(RewardPrograms.Ending, StringComparison.Ordinal) || Temporary().IsMatch(name);

    /// <summary>Removes files that were being written when a process was killed; nobody else writes while the folder is held.</summary>
    private void Sweep()
    {
        foreach (string file in Directory.EnumerateFiles(Root, "*.tmp", SearchOption.AllDirectories))
            if (Temporary().IsMatch(file)) File.Delete(file);
    }

    /// <summary>As <see cref="AtomicFile"/> names them.</summary>
    [GeneratedRegex(@"\.[0-9]+\.tmp$")]
    private static partial Regex Temporary();
}
