using EmbodiedRL.App.Reporting;
using EmbodiedRL.Core;
using EmbodiedRL.Models;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Reasoning;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary>One sitting of a run that fine-tunes a language model, from its settings or its folder to model, summary and report.</summary>
internal sealed class ReasoningSession(CommandServices services, RunServices runServices)
{
    private const int Shown = 3;

    /// <summary>The folder to resume after an interruption, if the run is one of several; null for its own.</summary>
    public string? Whole { get; init; }

    /// <summary>Begins a run in a new folder and trains it to the end.</summary>
    /// <param name="settings">Checked.</param>
    /// <param name="from">Folder that the settings' paths are relative to.</param>
    /// <param name="path">The run folder; null for <c>runs/finetune-DATE</c>.</param>
    /// <exception cref="OperationCanceledException">Interrupted; it was said how to go on.</exception>
    public async Task<(RunFolder Folder, RunSummary Summary)> BeginAsync(RunSettings settings, string from, string? path)
    {
        using ReasoningRun run = ReasoningRun.Compose(settings, from, runServices, services.Time);
        using RunFolder folder = RunFolder.Create(path, "finetune", services.Time);
        Trainer trainer;
        try
        {
            Tell(run, folder);
            RunSettings kept = RewardPrograms.CopyInto(folder, run.WithFullPaths(), from);
            SettingsFile.Write(folder.Settings, kept, VersionsOf(), RunInputs.Of(folder, kept, runServices, run.Models));
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
        using ReasoningRun run = ReasoningRun.Compose(settings, folder.Root, runServices, services.Time);
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
            trainer.Begin();
        }

        return (folder, await TrainAsync(run, trainer, folder));
    }

    /// <summary>What a run of this kind is made with.</summary>
    internal static SortedDictionary<string, string> VersionsOf()
    {
        SortedDictionary<string, string> versions = Versions.OfProcess();
        versions["libtorch"] = TorchRuntime.Version;
        return versions;
    }

    private Trainer Open(ReasoningRun run, RunFolder folder)
    {
        ProgressLine? line = null;
        return run.CreateTrainer(folder, services.Time, trainer =>
        {
            string note = trainer.Latest?.Success is { } success ? FormattableString.Invariant($"accuracy {success:0.000}") : "";
            if (trainer.Update < trainer.Updates)
            {
                line ??= new ProgressLine(services.Error, services.Time, services.IsTerminal, trainer.Steps, "completions", trainer.Step);
                line.Report(trainer.Step, run.Clock, note);
            }
            else line?.Finish(trainer.Step, run.Clock, note);
        });
    }

    private async Task<RunSummary> TrainAsync(ReasoningRun run, Trainer trainer, RunFolder folder)
    {
        try
        {
            if (trainer.Update == 0) await SampleAsync(run, folder, SampleFile.Before);
            await trainer.RunAsync(services.Cancel);
            await SampleAsync(run, folder, SampleFile.After);
            run.SaveModel(folder.Model);
        }
        catch (OperationCanceledException)
        {
            services.Error.WriteLine($"\nSaved after update {trainer.Update} of {trainer.Updates}. Go on with: ./embodied resume "
                + $"{Whole ?? folder.Root}");
            throw;
        }

        return SumUp(run, folder, trainer.Latest!, trainer.Before!, trainer.Step);
    }

    private async Task SampleAsync(ReasoningRun run, RunFolder folder, string name)
    {
        IReadOnlyList<SampleCompletion> samples = await run.SampleAsync(services.Cancel);
        SampleFile.Write(folder, name, samples);
        if (samples.Count == 0) return;
        services.Error.WriteLine($"Completions {name} training:");
        foreach (SampleCompletion sample in samples.Take(Shown)) services.Error.WriteLine($"  {SampleFile.Line(sample)}");
    }

    private RunSummary SumUp(ReasoningRun run, RunFolder folder, EvaluationOutcome outcome, EvaluationOutcome before, long steps)
    {
        RunSettings settings = run.Settings;
        var summary = new RunSummary
        {
            Success = outcome.Success,
            SuccessInterval = outcome.Interval is { } interval ? [interval.Low, interval.High] : null,
            SuccessBefore = before.Success,
            Measures = outcome.Measures,
            MeasuresBefore = before.Measures,
            Steps = steps,
            Seconds = run.Clock.Seconds,
            Seed = settings.Env.Seed,
            Versions = VersionsOf(),
            Model = settings.Reasoning!.Model,
            JudgedBy = ["the share of held-out questions that are answered rightly"],
            Episodes = outcome.Episodes,
            Warnings = SettingsFile.ReadStamp(folder.Settings).Notes,
        };
        summary.Write(folder.Summary);
        ReportPage.Write(folder, runServices.Rewards);
        return summary;
    }

    private void Tell(ReasoningRun run, RunFolder folder)
    {
        RunSettings settings = run.Settings;
        services.Error.WriteLine($"Fine-tuning {settings.Reasoning!.Model} by {settings.Reasoning.Algorithm}, into {folder.Root}");
        services.Error.WriteLine($"Reward: {string.Join(", ", run.Reward.Terms.Select(term => term.Name))}.");
        RewardLine.TellLeftOut(settings, runServices, services.Error, ofCompletions: true);
    }
}
