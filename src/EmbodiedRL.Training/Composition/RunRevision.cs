using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Composition;

/// <summary>What is to be otherwise when a run goes on.</summary>
/// <param name="Steps">Environment steps of the whole run, more than were planned; null for as many as were.</param>
/// <param name="AcceptsChanges">Whether to go on although files that the run depends on are not what they were.</param>
internal sealed record ResumeChoices(long? Steps = null, bool AcceptsChanges = false);

/// <summary>
/// The settings of a run that was begun, checked against what it was begun with; what is changed on purpose is noted in the run.
/// </summary>
internal sealed class RunRevision(RunFolder folder, RunServices services, TextWriter error)
{
    /// <summary>The settings to go on with; the run's own file says them from here on.</summary>
    /// <exception cref="SettingsException">Inputs have changed, or fewer steps are asked for than were planned.</exception>
    public RunSettings Settings(ResumeChoices choices)
    {
        RunSettings settings = SettingsFile.Read(folder.Settings, services);
        RunStamp stamp = SettingsFile.ReadStamp(folder.Settings);
        RunStamp checkedStamp = Accept(settings, stamp, choices.AcceptsChanges);
        (RunSettings longer, RunStamp revised) = Extend(settings, checkedStamp, choices.Steps);
        if (ReferenceEquals(revised, stamp)) return settings;
        if (!ReferenceEquals(longer, settings)) SetSummaryAside(settings);
        SettingsFile.Write(folder.Settings, longer, revised.Versions, revised.Inputs, revised.Notes);
        return longer;
    }

    /// <summary>
    /// What a reader of a new evaluation must know of the run: its own notes, and inputs that are not what it was trained with.
    /// </summary>
    public IReadOnlyList<string> Notes(RunSettings settings)
    {
        RunStamp stamp = SettingsFile.ReadStamp(folder.Settings);
        if (Changed(settings, stamp) is not { Count: > 0 } changed) return stamp.Notes;
        string note = $"Changed since the run was trained: {string.Join(", ", changed)}. What is evaluated here is not quite what it was "
            + "trained with.";
        error.WriteLine($"Warning: {note}");
        return [.. stamp.Notes, note];
    }

    private RunStamp Accept(RunSettings settings, RunStamp stamp, bool accepts)
    {
        if (stamp.Inputs is null)
        {
            error.WriteLine("Warning: the run does not say what its inputs were (it was begun by an older version), so changes of "
                + "weights, reward programs and models go unnoticed.");
            return stamp;
        }

        if (Changed(settings, stamp) is not { Count: > 0 } changed) return stamp;
        string names = string.Join(", ", changed);
        if (!accepts)
        {
            throw new SettingsException(folder.Root,
                [$"what the run depends on has changed since it began: {names}. Put the old "
                    + $"{(changed.Count == 1 ? "file" : "files")} back, "
                    + $"begin a new run with ./embodied train --settings {folder.Settings}, or go on all the same with --accept-changes, "
                    + "which the run will say of itself."]);
        }

        string note = $"The run went on with inputs that had changed since it began: {names}. Its figures belong to no single settings.";
        error.WriteLine($"Warning: {note}");
        Dictionary<string, string> now = new(stamp.Inputs, StringComparer.Ordinal);
        foreach (string name in changed) now[name] = RunInputs.HashOf(name, folder, settings, services);
        return stamp with { Inputs = now, Notes = [.. stamp.Notes, note] };
    }

    private (RunSettings Settings, RunStamp Stamp) Extend(RunSettings settings, RunStamp stamp, long? steps)
    {
        long planned = settings.PlannedSteps();
        if (steps is not { } asked) return (settings, stamp);
        if (asked <= planned)
        {
            string hint = asked > 0
                ? $" It counts from the beginning of the run: for {asked} more say --steps {planned + (Int128)asked}."
                : "";
            throw new SettingsException("--steps", [$"expected more than {planned}, which the run is planned for, found {asked}.{hint}"]);
        }

        string note = string.Create(CultureInfo.InvariantCulture, $"Planned for {planned} steps at first, later for {asked}: ")
            + "schedules such as the learning rate's were those of the shorter plan until then.";
        RunSettings longer = settings.WithSteps(asked);
        string[] violations = [.. SettingsRules.Violations(longer, services, isRewardWhole: true)];
        if (violations.Length > 0) throw new SettingsException("--steps", violations);
        return (longer, stamp with { Notes = [.. stamp.Notes, note] });
    }

    /// <summary>The outcome of the shorter plan stays, under another name: the run has not ended any more.</summary>
    private void SetSummaryAside(RunSettings settings)
    {
        if (!File.Exists(folder.Summary)) return;
        File.Delete(folder.Report); // written again at the end
        File.Move(folder.Summary,
            Path.Combine(folder.Root, FormattableString.Invariant($"summary-{settings.PlannedSteps()}.json")), overwrite: true);
    }

    private IReadOnlyList<string> Changed(RunSettings settings, RunStamp stamp) =>
        stamp.Inputs is { } inputs ? RunInputs.Changed(inputs, folder, settings, services) : [];
}
