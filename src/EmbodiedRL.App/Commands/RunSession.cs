using EmbodiedRL.App.Reporting;
using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Models;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary>One sitting of a run, from its settings or its folder to summary, videos and report.</summary>
internal sealed class RunSession(CommandServices services, RunServices runServices)
{
    private const int Filmed = 4;

    /// <summary>The folder to resume after an interruption, if the run is one of several; null for its own.</summary>
    public string? Whole { get; init; }

    /// <summary>Begins a run in a new folder and trains it to the end.</summary>
    /// <param name="settings">Checked.</param>
    /// <param name="from">Folder that the settings' paths are relative to.</param>
    /// <param name="path">The run folder; null for <c>runs/NAME-DATE</c>.</param>
    /// <exception cref="OperationCanceledException">Interrupted; it was said how to go on.</exception>
    public async Task<(RunFolder Folder, RunSummary Summary)> BeginAsync(RunSettings settings, string from, string? path)
    {
        using TrainingRun run = TrainingRun.Compose(settings, from, runServices, services.Time);
        Require(run);
        WarmStart? start = WarmStart.Read(run.Settings, from, runServices);
        if (start is not null) run.Adopt(start);
        using RunFolder folder = RunFolder.Create(path, settings.Env.Name, services.Time);
        Trainer trainer;
        try
        {
            Tell(run, folder);
            RunSettings kept = WarmStart.CopyInto(folder,
                MjcfFiles.CopyInto(folder, RewardPrograms.CopyInto(folder, run.Settings, from), from), start);
            SettingsFile.Write(folder.Settings, kept, VersionsOf(run), RunInputs.Of(folder, kept, runServices, run.Models));
            trainer = Open(run, folder);
            trainer.Begin();
        }
        catch
        {
            folder.Abandon(); // there is nothing yet that could be resumed
            throw;
        }

        return (folder, await TrainAsync(run, trainer, folder));
    }

    /// <summary>
    /// Goes on with a run; one that has ended is summed up again, and one that was stopped before its first checkpoint is begun anew.
    /// </summary>
    /// <param name="path">The run folder.</param>
    /// <param name="choices">What is to be otherwise than before.</param>
    /// <exception cref="OperationCanceledException">Interrupted; it was said how to go on.</exception>
    /// <exception cref="EmbodiedException">It cannot go on as it was; says what has changed.</exception>
    public async Task<(RunFolder Folder, RunSummary Summary)> ResumeAsync(string path, ResumeChoices choices)
    {
        using RunFolder folder = RunFolder.OpenToWrite(path);
        RunSettings settings = new RunRevision(folder, runServices, services.Error).Settings(choices);
        using TrainingRun run = TrainingRun.Compose(settings, folder.Root, runServices, services.Time);
        Trainer trainer = Open(run, folder);
        if (trainer.HasCheckpoint)
        {
            MetricsRepair repair = trainer.Resume();
            services.Error.WriteLine($"Going on after update {trainer.Update} of {trainer.Updates}.");
            foreach (string sentence in repair.Sentences(folder.Metrics)) services.Error.WriteLine(sentence);
        }
        else
        {
            services.Error.WriteLine("The run was stopped before its first checkpoint; it begins anew.");
            if (WarmStart.Read(run.Settings, folder.Root, runServices) is { } start) run.Adopt(start);
            trainer.Begin();
        }

        Warn(run);
        return (folder, await TrainAsync(run, trainer, folder));
    }

    /// <summary>Judges a run's policy anew and writes what it finds into a folder of its own.</summary>
    /// <param name="path">The run folder.</param>
    /// <param name="episodes">Fresh episodes; null for as many as the run's own evaluations.</param>
    /// <param name="seed">Of their starts; null for those of the run's own evaluations.</param>
    /// <param name="into">The new folder; null for <c>runs/NAME-evaluation-DATE</c>.</param>
    public async Task<(RunFolder Folder, RunSummary Summary)> EvaluateAsync(string path, int? episodes, ulong? seed, string? into)
    {
        RunFolder source = RunFolder.Open(path);
        RunSettings settings = SettingsFile.Read(source.Settings, runServices);
        if (episodes is { } count) settings = settings with { Evaluate = settings.Evaluate with { Episodes = count } };
        IReadOnlyList<string> notes = new RunRevision(source, runServices, services.Error).Notes(settings);
        using TrainingRun run = TrainingRun.Compose(settings, source.Root, runServices, services.Time);
        TrainedState trained = run.Load(source);
        Warn(run);

        using RunFolder folder = RunFolder.Create(into, $"{settings.Env.Name}-evaluation", services.Time);
        RunSettings kept = MjcfFiles.CopyInto(folder, RewardPrograms.CopyInto(folder, run.Settings, source.Root), source.Root) with
        {
            From = null
        };
        SettingsFile.Write(folder.Settings, kept, VersionsOf(run), RunInputs.Of(folder, kept, runServices, run.Models), notes);
        using Evaluator? other = seed is { } start ? run.NewEvaluator(start) : null;
        Evaluator evaluator = other ?? run.Evaluator;
        EvaluationOutcome outcome;
        using (run.Clock.Measure("evaluate")) outcome = evaluator.Evaluate(run.Policy, services.Cancel);
        BaselineOutcomes? baselines = Baselines(run, evaluator);
        await RecordAsync(run, folder, "evaluated", $"After {trained.Step:N0} steps of training");
        return (folder, SumUp(run, folder, outcome, trained.Before, baselines, trained.Step));
    }

    private Trainer Open(TrainingRun run, RunFolder folder)
    {
        ProgressLine? line = null;
        bool hasDiverged = false;
        return run.CreateTrainer(folder, services.Time, trainer =>
        {
            string note = NoteOf(trainer);
            if (trainer.Divergences > 0 && !hasDiverged)
            {
                services.Error.WriteLine($"\nWarning: {DivergenceWarning.Of(trainer.Divergences, "so far")}");
                hasDiverged = true;
            }

            if (trainer.Update < trainer.Updates)
            {
                line ??= new ProgressLine(services.Error, services.Time, services.IsTerminal, trainer.Steps, from: trainer.Step);
                line.Report(trainer.Step, run.Clock, note);
            }
            else line?.Finish(trainer.Step, run.Clock, note);
        });
    }

    private static string NoteOf(Trainer trainer)
    {
        var parts = new List<string>();
        if (trainer.Latest?.Success is { } success) parts.Add(FormattableString.Invariant($"success {success:0.00}"));
        if (trainer.Episodes?.Figures is { } played)
            parts.Add(FormattableString.Invariant($"return {played.Return.Mean:0.#} of {played.Length.Mean:0} steps"));
        return string.Join("  ", parts);
    }

    private BaselineOutcomes? Baselines(TrainingRun run, Evaluator evaluator)
    {
        if (!run.Settings.Evaluate.Baselines) return null;
        using (run.Clock.Measure("evaluate")) return evaluator.EvaluateBaselines(services.Cancel);
    }

    private async Task<RunSummary> TrainAsync(TrainingRun run, Trainer trainer, RunFolder folder)
    {
        BaselineOutcomes? baselines;
        try
        {
            if (trainer.Update == 0) await RecordAsync(run, folder, "before", "Before training");
            await trainer.RunAsync(services.Cancel);
            baselines = Baselines(run, run.Evaluator);
            await RecordAsync(run, folder, "after", "After training");
        }
        catch (OperationCanceledException)
        {
            services.Error.WriteLine($"\nSaved after update {trainer.Update} of {trainer.Updates}. Go on with: ./embodied resume "
                + $"{Whole ?? folder.Root}");
            throw;
        }

        return SumUp(run, folder, trainer.Latest!, trainer.Before!, baselines, trainer.Step, trainer.Divergences);
    }

    private RunSummary SumUp(TrainingRun run, RunFolder folder, EvaluationOutcome outcome, EvaluationOutcome before,
        BaselineOutcomes? baselines, long steps, long divergences = 0)
    {
        RunSettings settings = run.Settings;
        IReadOnlyList<TermPrompts> prompts = TermPrompts.Of(run.Reward);
        string[] diverged = [.. DivergenceWarning.All(divergences, run.Evaluator.Divergences)];
        foreach (string warning in diverged) services.Error.WriteLine($"Warning: {warning}");
        var strictness = StrictnessSummary.Of(outcome, baselines, run.Info, run.Assessment.JudgedBy);
        var summary = new RunSummary
        {
            Success = outcome.Success,
            SuccessInterval = outcome.Interval is { } interval ? [interval.Low, interval.High] : null,
            SuccessBefore = before.Success,
            Measures = outcome.Measures,
            MeasuresBefore = before.Measures,
            Returns = ReturnSummary.Of(outcome.Figures, before.Figures),
            TaskStart = TaskStartSummary.Of(outcome.TaskStart, before.TaskStart),
            Strictness = strictness,
            Steps = steps,
            Seconds = run.Clock.Seconds,
            Seed = settings.Env.Seed,
            Versions = VersionsOf(run),
            Environment = settings.Env.Name,
            Goal = settings.Goal.Prompt,
            Prompts = prompts,
            Baseline = string.Join("; ", prompts.SelectMany(term => term.Baselines).Distinct()),
            GoalKind = run.Assessment.Kind,
            GoalAgreement = run.Assessment.Agreement,
            Verdict = run.Assessment.Verdict?.Trust.ToString().ToLowerInvariant() ?? "",
            JudgedBy = run.Assessment.JudgedBy,
            Meanings = run.Info.Measures.ToDictionary(measure => measure.Name, Meaning, StringComparer.Ordinal),
            Episodes = outcome.Episodes,
            Warnings = [.. run.Assessment.Warnings, .. SettingsFile.ReadStamp(folder.Settings).Notes, .. diverged,
                .. strictness.Warning is { } worthless ? new[] { worthless } : []],
            Controls = settings.ShuffleWeights ? [ShuffledWeights.Outcome(outcome)] : [],
        };
        summary.Write(folder.Summary);
        ReportPage.Write(folder, runServices.Rewards);
        return summary;
    }

    private static string Meaning(SuccessMeasure measure) =>
        FormattableString.Invariant($"{measure.Meaning.TrimEnd('.')}, in {measure.Share * 100:0.#} % of the last {measure.Window} steps");

    /// <summary>Films a few episodes; a machine without ffmpeg trains all the same.</summary>
    private async Task RecordAsync(TrainingRun run, RunFolder folder, string name, string title)
    {
        using IVectorEnvironment environments = run.CreateEvaluationEnvironments(Filmed);
        if (FrameSources.CamerasOf(environments).Count == 0) return;
        try
        {
            using (run.Clock.Measure("film"))
                await run.Recording(environments).WriteAsync(Path.Combine(folder.Videos, name), title, services.Cancel);
        }
        catch (AssetMissingException missing)
        {
            services.Error.WriteLine($"Warning: no video. {missing.Message}");
        }
    }

    private void Tell(TrainingRun run, RunFolder folder)
    {
        GoalAssessment judgment = run.Assessment;
        string kind = judgment.Kind.Length > 0 ? $" ({judgment.Kind})" : "";
        services.Error.WriteLine($"Goal: \"{run.Settings.Goal.Prompt}\"{kind} in {run.Settings.Env.Name}, into {folder.Root}");
        IReadOnlyList<TermPrompts> prompts = TermPrompts.Of(run.Reward);
        if (!TermPrompts.AreGoalAlone(prompts, run.Settings.Goal.Prompt))
            services.Error.WriteLine($"Prompts: {string.Join("; ", prompts)}.");
        services.Error.WriteLine(RewardLine.Of(run.Settings, runServices));
        RewardLine.TellLeftOut(run.Settings, runServices, services.Error, ofCompletions: false);
        if (run.Drawing is { } device) services.TellDrawing(device);
        Warn(run);
        if (judgment.Kind == "unseen" && judgment.KnownPhrases.Count > 0)
            services.Error.WriteLine($"Sentences it knows: {string.Join("; ", judgment.KnownPhrases)}.");
    }

    /// <summary>Refuses a reward that does not follow its goal, unless it is asked for all the same or is a negative control.</summary>
    /// <exception cref="RewardRefusedException">It is refused.</exception>
    private static void Require(TrainingRun run)
    {
        RunSettings settings = run.Settings;
        if (run.Assessment.Verdict is { Trust: RewardTrust.Refuse } && !settings.Goal.Untrusted && !settings.ShuffleWeights)
            throw new RewardRefusedException(settings.Goal.Prompt, settings.Env.Name, run.Assessment);
    }

    private void Warn(TrainingRun run)
    {
        foreach (string warning in run.Assessment.Warnings) services.Error.WriteLine($"Warning: {warning}");
    }

    internal static SortedDictionary<string, string> VersionsOf(TrainingRun run)
    {
        SortedDictionary<string, string> versions = Versions.OfProcess();
        versions["libtorch"] = TorchRuntime.Version;
        if (run.Drawing is { } device) versions["GL"] = device.Name;
        return versions;
    }
}
