using EmbodiedRL.Core;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Composition;

/// <summary>
/// What a run begins with that goes on from another's weights; the run keeps its own copy, so that it
/// can be begun anew after the other changes.
/// </summary>
/// <param name="Settings">Of the other run.</param>
/// <param name="Update">Of its newest checkpoint.</param>
/// <param name="Snapshot">That checkpoint.</param>
internal sealed record WarmStart(RunSettings Settings, long Update, Snapshot Snapshot)
{
    internal const string Folder = "from";

    /// <summary>Reads the run that the settings begin with; null if they begin from nothing.</summary>
    /// <param name="settings">Checked.</param>
    /// <param name="from">Folder that their paths are relative to.</param>
    /// <param name="services">Environments by name.</param>
    /// <exception cref="EmbodiedException">There is no such run, or it does not fit; says why.</exception>
    public static WarmStart? Read(RunSettings settings, string from, RunServices services)
    {
        if (settings.From is not { Length: > 0 } path) return null;
        RunFolder folder = RunFolder.Open(Path.Combine(from, path));
        RunSettings other = SettingsFile.Read(folder.Settings, services);
        if (other.Agent.Algorithm != settings.Agent.Algorithm)
            throw new SettingsException("from",
                [$"expected a run of '{settings.Agent.Algorithm}', found one of '{other.Agent.Algorithm}' in '{folder.Root}'."]);
        string asked = Normalizers(settings), found = Normalizers(other);
        if (asked != found)
            throw new SettingsException("from",
                [$"expected a run with the same wrappers where any of them normalizes ({asked}), found {found} in '{folder.Root}'."]);
        (long update, Snapshot snapshot) = new CheckpointStore(folder.Checkpoints, keep: 1, writes: false).LoadNewest();
        return new WarmStart(other, update, snapshot);
    }

    /// <summary>Whether the reward's own statistics can be taken over: they are those of this very reward.</summary>
    public bool HasRewardOf(RunSettings settings) =>
        RunJson.Of(Settings.Reward with { Device = "" }) == RunJson.Of(settings.Reward with { Device = "" })
            && Settings.Goal == settings.Goal;

    /// <summary>Copies the checkpoint into the run folder.</summary>
    /// <returns>The settings with the name of the copy.</returns>
    public static RunSettings CopyInto(RunFolder folder, RunSettings settings, WarmStart? start)
    {
        if (start is null) return settings with { From = null };
        string copy = Path.Combine(folder.Root, Folder);
        new CheckpointStore(Path.Combine(copy, "checkpoints"), keep: 1).Save(start.Update, start.Snapshot);
        SettingsFile.Write(Path.Combine(copy, "settings.json"), start.Settings, new Dictionary<string, string>());
        return settings with { From = Folder };
    }

    private static string Normalizers(RunSettings settings)
    {
        string[] names = [.. settings.Env.Wrappers.Select(wrapper => wrapper.Name)];
        bool normalizes = names.Any(name => name.StartsWith("normal", StringComparison.Ordinal));
        // staggering is a wrapper too, around the others
        return normalizes ? string.Join(", ", settings.Env.Stagger ? names.Append("env.stagger") : names) : "none";
    }
}
