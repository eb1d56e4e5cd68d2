using System.Globalization;
using System.Text.Json;
using EmbodiedRL.App.Reporting;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary>Runs that differ in nothing but their seed, 1 to K, one after the other, and what came of them together.</summary>
/// <remarks>
/// The folder of all holds <c>plan</c> (their settings, with copies of what these name), <c>seeds.json</c>, a run folder for each seed, and
/// in the end <c>summary.json</c> and <c>report.html</c>. Whatever interrupts it, runs that have ended
/// are kept and the one under way goes on.
/// </remarks>
internal sealed class SeedRuns(CommandServices services, RunServices runServices)
{
    private const string ListName = RunFolder.SeedList, PlanFolder = RunFolder.SeedPlanFolder;
    private const int Most = 1000;

    /// <summary>Whether a folder holds runs of several seeds.</summary>
    public static bool IsIn(string path) => File.Exists(Path.Combine(path, ListName));

    /// <summary>Begins in a new folder.</summary>
    /// <param name="settings">Checked; their seed is not used.</param>
    /// <param name="from">Folder that their paths are relative to.</param>
    /// <param name="into">The folder of all; null for <c>runs/NAME-seeds-DATE</c>.</param>
    /// <param name="count">K.</param>
    /// <param name="asJson">How to answer.</param>
    public async Task<int> BeginAsync(RunSettings settings, string from, string? into, int count, bool asJson)
    {
        if (count is < 1 or > Most) throw new SettingsException("--seeds", [$"expected 1 to {Most}, found {count}."]);
        (RunSettings resolved, string[] models, SortedDictionary<string, string> versions) = Tried(settings, from);
        using RunFolder all = RunFolder.Create(into, $"{NameOf(settings)}-seeds", services.Time);
        using (RunFolder plan = RunFolder.Create(Path.Combine(all.Root, PlanFolder)))
        {
            RunSettings kept = WarmStart.CopyInto(plan, MjcfFiles.CopyInto(plan, RewardPrograms.CopyInto(plan, resolved, from), from),
                WarmStart.Read(resolved, from, runServices));
            SettingsFile.Write(plan.Settings, kept, versions, RunInputs.Of(plan, kept, runServices, models));
        }

        Write(all,
            [.. Enumerable.Range(1, count)
                .Select(seed => new SeedOutcome((ulong)seed, string.Create(CultureInfo.InvariantCulture, $"seed-{seed}")))]);
        return await RunAsync(all, new ResumeChoices(), asJson);
    }

    /// <summary>Goes on; what has ended is summed up again.</summary>
    public async Task<int> ResumeAsync(string path, ResumeChoices choices, bool asJson)
    {
        RunFolder.Open(Path.Combine(path, PlanFolder));
        using RunFolder all = RunFolder.OpenSeeds(path);
        return await RunAsync(all, choices, asJson);
    }

    private async Task<int> RunAsync(RunFolder all, ResumeChoices choices, bool asJson)
    {
        RunSettings settings;
        using (RunFolder plan = RunFolder.OpenToWrite(Path.Combine(all.Root, PlanFolder)))
            settings = new RunRevision(plan, runServices, services.Error).Settings(choices);
        SeedOutcome[] outcomes = Read(all);
        var summaries = new List<RunSummary>();
        for (int i = 0; i < outcomes.Length; i++)
        {
            RunSummary summary = await RunOneAsync(all, settings, outcomes[i], choices.AcceptsChanges);
            summaries.Add(summary);
            outcomes[i] = SeedOutcome.Of(outcomes[i].Seed, outcomes[i].Folder, summary);
            Write(all, outcomes);
            if (!asJson)
                services.Output.WriteLine($"Seed {outcomes[i].Seed}: {RunAnswer.Line(summary)} "
                    + $"{Path.Combine(all.Root, outcomes[i].Folder, "report.html")}");
        }

        var together = SeedsSummary.Of(outcomes, summaries);
        AtomicFile.WriteText(all.Summary, RunJson.Of(together));
        SeedsPage.Write(all, together);
        if (asJson) services.Output.Write(RunJson.Of(together));
        else SeedsAnswer.Write(services.Output, all, together);
        return ExitCode.Done;
    }

    private async Task<RunSummary> RunOneAsync(RunFolder all, RunSettings plan, SeedOutcome one, bool accepts)
    {
        string path = Path.Combine(all.Root, one.Folder), file = Path.Combine(path, "settings.json");
        var bodies = new RunSession(services, runServices) { Whole = all.Root };
        var reasoning = new ReasoningSession(services, runServices) { Whole = all.Root };
        if (!File.Exists(file))
        {
            RunSettings own = plan with { Env = plan.Env with { Seed = one.Seed } };
            string from = Path.Combine(all.Root, PlanFolder);
            return (own.Reasoning is null ? await bodies.BeginAsync(own, from, path) : await reasoning.BeginAsync(own, from, path)).Summary;
        }

        bool isLonger = SettingsFile.Read(file, runServices).PlannedSteps() < plan.PlannedSteps();
        string summary = Path.Combine(path, "summary.json");
        if (!isLonger && File.Exists(summary)) return RunSummary.Read(summary);
        var choices = new ResumeChoices(isLonger ? plan.PlannedSteps() : null, accepts);
        return (plan.Reasoning is null ? await bodies.ResumeAsync(path, choices) : await reasoning.ResumeAsync(path, choices)).Summary;
    }

    /// <summary>Composes a run once, so that what cannot be made is known before a folder is.</summary>
    private (RunSettings Settings, string[] Models, SortedDictionary<string, string> Versions) Tried(RunSettings settings, string from)
    {
        if (settings.Reasoning is not null)
        {
            using ReasoningRun tried = ReasoningRun.Compose(settings, from, runServices, services.Time);
            return (tried.WithFullPaths(), [.. tried.Models], ReasoningSession.VersionsOf());
        }

        using TrainingRun run = TrainingRun.Compose(settings, from, runServices, services.Time);
        if (WarmStart.Read(run.Settings, from, runServices) is { } start) run.Adopt(start);
        return (run.Settings, [.. run.Models], RunSession.VersionsOf(run));
    }

    private static string NameOf(RunSettings settings) => settings.Reasoning is null ? settings.Env.Name : "finetune";

    private static void Write(RunFolder all, SeedOutcome[] outcomes) =>
        AtomicFile.WriteText(Path.Combine(all.Root, ListName), RunJson.Of(outcomes));

    private static SeedOutcome[] Read(RunFolder all)
    {
        string path = Path.Combine(all.Root, ListName);
        try
        {
            SeedOutcome[] outcomes = JsonSerializer.Deserialize<SeedOutcome[]>(File.ReadAllBytes(path), RunJson.Options) ?? [];
            if (outcomes.Length > 0) return outcomes;
            throw new CorruptFileException(path, "a list of seeds", "an empty one",
                "Begin anew with ./embodied train --seeds and a new --out.");
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path, "a list of seeds", error.Message,
                "Begin anew with ./embodied train --seeds and a new --out.", error);
        }
    }
}
