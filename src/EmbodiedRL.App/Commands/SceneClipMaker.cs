using System.Globalization;
using EmbodiedRL.App.Reporting;
using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Core;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rendering;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary>
/// Trains and measures <c>scene-clip</c> and puts it into a folder, with its card; the old one stays until all of that has succeeded.
/// </summary>
/// <remarks>
/// Checkpoints lie in FOLDER.training meanwhile: the same command after an interruption, or a kill, goes on from the newest.
/// </remarks>
internal sealed class SceneClipMaker(CommandServices services, RunServices runServices)
{
    private const int CheckpointEvery = 500;

    /// <summary>Makes the model.</summary>
    /// <param name="settings">Checked here.</param>
    /// <param name="folder">The model's own folder: new, empty, or of an older scene-clip.</param>
    /// <param name="files">Sentences that people wrote, for the card.</param>
    /// <exception cref="SettingsException">A setting cannot be used, or the folder holds something else.</exception>
    /// <exception cref="RunInUseException">Another process trains into this folder; names it.</exception>
    /// <exception cref="CorruptFileException">A checkpoint of an interrupted training is damaged.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted; the folder is as it was.</exception>
    public ModelCard Make(CaptioningSettings settings, string folder, IReadOnlyList<SentenceFile> files)
    {
        RequireOurs(folder);
        using var training = new CaptionTraining(settings, runServices, services.Time);
        using var staged = new StagedFolder(folder);
        string interrupted = Path.TrimEndingDirectorySeparator(folder) + ".training";
        Directory.CreateDirectory(interrupted);
        using RunLock held = RunLock.Take(interrupted);
        var checkpoints = new CheckpointStore(interrupted, 1);
        Continue(training, checkpoints, interrupted);
        services.TellDrawing(DrawingDevice.Find());
        try
        {
            Train(training, checkpoints);
            ModelCard card = CardOf(training, training.Measure(files, services.Cancel));
            training.Model.Save(staged.Staging, new Dictionary<string, string> { ["command"] = card.Command, ["license"] = card.License });
            card.Write(staged.Staging);
            staged.Publish();
            Directory.Delete(interrupted, recursive: true);
            if (AssetManifest.AssetsOf(folder) is { } assets) AssetManifest.Refresh(assets, folder, card.License, card.Origin);
            return card;
        }
        catch (OperationCanceledException)
        {
            if (training.Step > 0) Keep(training, checkpoints);
            services.Error.WriteLine($"\nStopped after {training.Step} of {settings.Steps} batches; {folder} is as it was. "
                + "The same command goes on from there.");
            throw;
        }
        finally
        {
            if (Directory.Exists(interrupted) && checkpoints.Updates.Count == 0) Directory.Delete(interrupted, recursive: true);
        }
    }

    /// <summary>The command that makes the same weights.</summary>
    internal static string CommandOf(CaptioningSettings settings)
    {
        string without = settings.Without.Count > 0 ? $" --without {string.Join(',', settings.Without)}" : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"./embodied models train {SceneClip.CatalogName} --envs {string.Join(',', settings.Environments)} --steps {settings.Steps} "
                + $"--seed {settings.Seed} --threads {settings.Threads}{without}");
    }

    /// <summary>Refuses a folder that holds something else than a model.</summary>
    internal static void RequireOurs(string folder)
    {
        if (File.Exists(folder)) throw new SettingsException("--out", [$"'{folder}' is a file. Name a folder that is new or empty."]);
        if (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any()) return;
        if (!File.Exists(Path.Combine(folder, "model.safetensors")))
            throw new SettingsException("--out", [$"'{folder}' is not empty and holds no model. Name a folder that is new or empty."]);
    }

    private void Continue(CaptionTraining training, CheckpointStore checkpoints, string folder)
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

        services.Error.WriteLine($"Goes on after {training.Step} of {training.Settings.Steps} batches.");
    }

    private void Train(CaptionTraining training, CheckpointStore checkpoints)
    {
        var line = new ProgressLine(services.Error, services.Time, services.IsTerminal, training.Settings.Steps, "batches", training.Step);
        training.Run(Tell, services.Cancel);
        line.Finish(training.Step, training.Clock, Note(training));

        void Tell(CaptionTraining now)
        {
            line.Report(now.Step, now.Clock, Note(now));
            if (now.Step % CheckpointEvery == 0) Keep(now, checkpoints);
        }
    }

    private static void Keep(CaptionTraining training, CheckpointStore checkpoints)
    {
        var snapshot = new Snapshot();
        training.Save(snapshot);
        checkpoints.Save(training.Step, snapshot);
    }

    private static string Note(CaptionTraining training) => FormattableString.Invariant($"loss {training.Loss:0.0000}");

    private static ModelCard CardOf(CaptionTraining training, ModelFigures figures)
    {
        CaptioningSettings settings = training.Settings;
        SortedDictionary<string, string> versions = Versions.OfProcess();
        versions["libtorch"] = TorchRuntime.Version;
        return new ModelCard
        {
            Edition = ModelCard.LatestEdition,
            Name = SceneClip.CatalogName,
            Command = CommandOf(settings),
            Environments = settings.Environments,
            Seed = settings.Seed,
            Steps = settings.Steps,
            Pictures = settings.Pictures,
            Sentences = settings.Sentences,
            Measured = figures.Environments[0].Images,
            Threads = settings.Threads,
            Vocabulary = training.Model.Words.Count(),
            Parameters = training.Model.ParameterCount,
            Seconds = training.Seconds,
            Versions = versions,
            Figures = figures.Kinds,
            BySentence = figures.Sentences,
            ByEnvironment = figures.Environments,
            Written = figures.Written,
        };
    }
}
