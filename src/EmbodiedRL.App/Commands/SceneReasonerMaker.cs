using System.Globalization;
using EmbodiedRL.App.Reporting;
using EmbodiedRL.Core;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Rendering;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Reasoning;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary>
/// Trains and measures <c>scene-reasoner</c> and puts it into a folder, with its record; the old one stays until all of that has succeeded.
/// </summary>
/// <remarks>
/// A checkpoint lies in FOLDER.training after each stage: the same command after an interruption goes on with the stage that was
/// interrupted.
/// </remarks>
internal sealed class SceneReasonerMaker(CommandServices services, RunServices runServices)
{
    private const string License = "MIT", Origin = "trained by this project; no outside data, no outside weights";

    /// <summary>Makes the model.</summary>
    /// <param name="settings">Checked by the training.</param>
    /// <param name="folder">The model's own folder: new, empty, or of an older one.</param>
    /// <exception cref="SettingsException">A setting cannot be used, or the folder holds something else.</exception>
    /// <exception cref="RunInUseException">Another process trains into this folder; names it.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted; the folder is as it was.</exception>
    public ReasonerRecord Make(SceneReasonerTrainingSettings settings, string folder)
    {
        SceneClipMaker.RequireOurs(folder);
        services.TellDrawing(DrawingDevice.Find());
        using var training = new SceneReasonerTraining(settings, runServices, services.Time);
        using var staged = new StagedFolder(folder);
        string interrupted = Path.TrimEndingDirectorySeparator(folder) + ".training";
        Directory.CreateDirectory(interrupted);
        using RunLock held = RunLock.Take(interrupted);
        var checkpoints = new CheckpointStore(interrupted, 1);
        Continue(training, checkpoints, interrupted);
        try
        {
            Train(training, checkpoints);
            ReasonerRecord record = RecordOf(training, training.Measure(runServices, services.Cancel));
            training.Model.Save(staged.Staging, new Dictionary<string, string> { ["command"] = record.Command, ["license"] = License });
            record.Write(staged.Staging);
            staged.Publish();
            Directory.Delete(interrupted, recursive: true);
            if (AssetManifest.AssetsOf(folder) is { } assets) AssetManifest.Refresh(assets, folder, License, "trained by this project");
            return record;
        }
        catch (OperationCanceledException)
        {
            services.Error.WriteLine($"\nStopped after {training.Step} of {Steps(settings)} batches; {folder} is as it was. "
                + "The same command goes on with the stage that was interrupted.");
            throw;
        }
        finally
        {
            if (Directory.Exists(interrupted) && checkpoints.Updates.Count == 0) Directory.Delete(interrupted, recursive: true);
        }
    }

    private static int Steps(SceneReasonerTrainingSettings settings) => settings.EyeSteps + settings.ListSteps + settings.AnswerSteps;

    private void Continue(SceneReasonerTraining training, CheckpointStore checkpoints, string folder)
    {
        if (checkpoints.Updates.Count == 0) return;
        try
        {
            training.Load(checkpoints.LoadNewest().Snapshot);
        }
        catch (SpecMismatchException)
        {
            throw new SettingsException("models train", [$"{folder} holds an interrupted training of other settings. Delete it, or name "
                + "another folder by --out."]);
        }

        services.Error.WriteLine($"Goes on after {training.Step} of {Steps(training.Settings)} batches.");
    }

    private void Train(SceneReasonerTraining training, CheckpointStore checkpoints)
    {
        var line = new ProgressLine(services.Error, services.Time, services.IsTerminal, Steps(training.Settings), "batches", training.Step);
        training.Run(now =>
        {
            line.Report(now.Step, now.Clock, FormattableString.Invariant($"loss {now.Loss:0.0000}"));
            if (now.StageStep > 0) return;
            var snapshot = new Snapshot();
            now.Save(snapshot);
            checkpoints.Save(now.Step, snapshot);
        }, services.Cancel);
        line.Finish(training.Step, training.Clock, FormattableString.Invariant($"loss {training.Loss:0.0000}"));
    }

    private static ReasonerRecord RecordOf(SceneReasonerTraining training, ReasonerFigures figures)
    {
        SceneReasonerTrainingSettings settings = training.Settings;
        SortedDictionary<string, string> versions = Versions.OfProcess();
        versions["libtorch"] = TorchRuntime.Version;
        return new ReasonerRecord(CommandOf(settings), License, Origin, settings, training.Model.ParameterCount,
            training.Model.Spec.VocabularySize, training.Clock.Seconds, versions, figures);
    }

    private static string CommandOf(SceneReasonerTrainingSettings settings) => string.Create(CultureInfo.InvariantCulture,
        $"./embodied models train {SceneReasoner.CatalogName} --seed {settings.Seed} --threads {settings.Threads}");
}
