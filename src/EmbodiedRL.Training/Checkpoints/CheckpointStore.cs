using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Checkpoints;

/// <summary>Checkpoint store of a run: <c>update-000123/</c> holds everything needed to resume from update 123, bit for bit.</summary>
/// <remarks>
/// A checkpoint is written beside its place, flushed to the disk and only then renamed, so that whatever happens in between the older ones
/// are whole. Not thread-safe.
/// </remarks>
public sealed class CheckpointStore
{
    private const string Prefix = "update-", Temporary = ".tmp";

    private readonly string _folder;
    private readonly int _keep;

    /// <summary>Opens the folder of a run's checkpoints; what an interrupted writer left behind is removed.</summary>
    /// <param name="folder">Made when the first checkpoint is written.</param>
    /// <param name="keep">How many of the newest stay.</param>
    /// <param name="writes">False for who only reads: a run that is under way is not disturbed.</param>
    public CheckpointStore(string folder, int keep, bool writes = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(keep);
        (_folder, _keep) = (folder, keep);
        if (!writes || !Directory.Exists(folder)) return;
        foreach (string leftover in Directory.EnumerateDirectories(folder, $"{Prefix}*{Temporary}")) Forget(leftover);
    }

    /// <summary>Updates of the checkpoints there are, newest first; whether they are whole shows when they are read.</summary>
    public IReadOnlyList<long> Updates => !Directory.Exists(_folder)
        ? []
        : [.. Directory.EnumerateDirectories(_folder, $"{Prefix}*").Select(UpdateOf).Where(update => update >= 0).OrderDescending()];

    /// <summary>Where the checkpoint of an update lies.</summary>
    public string PathOf(long update) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{update:D6}"));

    /// <summary>Puts a run away, then removes what is older than the newest few.</summary>
    /// <exception cref="EmbodiedException">The disk is full or refuses; earlier checkpoints are as they were.</exception>
    public void Save(long update, Snapshot snapshot)
    {
        string path = PathOf(update), temporary = path + Temporary;
        try
        {
            Directory.CreateDirectory(temporary);
            CheckpointFiles.Write(temporary, update, snapshot);
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true); // the same update, reached again after a resume
            Directory.Move(temporary, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Forget(temporary);
            throw AtomicFile.Refused(path, error);
        }

        foreach (long old in Updates.Skip(_keep)) Forget(PathOf(old));
    }

    /// <summary>Reads the newest checkpoint.</summary>
    /// <exception cref="AssetMissingException">There is none.</exception>
    /// <exception cref="CorruptFileException">It is cut off, altered or foreign; names the newest older one that is whole.</exception>
    public (long Update, Snapshot Snapshot) LoadNewest()
    {
        IReadOnlyList<long> updates = Updates;
        if (updates.Count == 0)
            throw new AssetMissingException("A checkpoint", _folder,
                $"The run had not got as far as its first one: ./embodied resume {RunPath} begins it anew.");
        try
        {
            return (updates[0], CheckpointFiles.Read(PathOf(updates[0]), updates[0]));
        }
        catch (CheckpointDamage damage)
        {
            throw new CorruptFileException(damage.File, damage.Expected, damage.Found, Remedy(updates), damage);
        }
    }

    private string RunPath => Path.GetDirectoryName(_folder) is { Length: > 0 } run ? run : ".";

    private string Remedy(IReadOnlyList<long> updates)
    {
        foreach (long older in updates.Skip(1))
        {
            try
            {
                CheckpointFiles.Read(PathOf(older), older);
                return $"The older checkpoint {PathOf(older)} is whole: delete {PathOf(updates[0])} and everything newer than it, and "
                    + "resume again; the updates in between are played again.";
            }
            catch (CheckpointDamage)
            {
                // Look further back.
            }
        }

        return $"No older checkpoint is whole; repeat the run with ./embodied train --settings {Path.Combine(RunPath, "settings.json")} "
            + "and a new --out.";
    }

    private static long UpdateOf(string path) =>
        long.TryParse(Path.GetFileName(path).AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long update)
            ? update
            : -1;

    private static void Forget(string folder)
    {
        try
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It only costs space, and the next run of the store tries again.
        }
    }
}
