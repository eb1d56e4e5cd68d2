using System.Globalization;
using EmbodiedRL.App.Reporting;
using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Core;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rendering;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary>
/// Trains and measures <c>scene-clip</c> and puts it into a folder, with its card; the old one stays until all of that has succeeded.
/// </summary>
internal sealed class SceneClipMaker(CommandServices services, RunServices runServices)
{
    /// <summary>Makes the model.</summary>
    /// <param name="settings">Checked here.</param>
    /// <param name="folder">The model's own folder: new, empty, or of an older scene-clip.</param>
    /// <param name="files">Sentences that people wrote, for the card.</param>
    /// <exception cref="SettingsException">A setting cannot be used, or the folder holds something else.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted; the folder is as it was.</exception>
    public ModelCard Make(CaptioningSettings settings, string folder, IReadOnlyList<SentenceFile> files)
    {
        RequireOurs(folder);
        using var training = new CaptionTraining(settings, runServices, services.Time);
        using var staged = new StagedFolder(folder);
        services.TellDrawing(DrawingDevice.Find());
        try
        {
            Train(training);
            ModelCard card = CardOf(training, training.Measure(files, services.Cancel));
            training.Model.Save(staged.Staging, new Dictionary<string, string> { ["command"] = card.Command, ["license"] = card.License });
            card.Write(staged.Staging);
            staged.Publish();
            if (AssetManifest.AssetsOf(folder) is { } assets) AssetManifest.Refresh(assets, folder, card.License, card.Origin);
            return card;
        }
        catch (OperationCanceledException)
        {
            services.Error.WriteLine($"\nStopped after {training.Step} of {settings.Steps} batches; {folder} is as it was.");
            throw;
        }
    }

    /// <summary>The command that makes the same weights.</summary>
    internal static string CommandOf(CaptioningSettings settings) => string.Create(CultureInfo.InvariantCulture,
        $"./embodied models train {SceneClip.CatalogName} --envs {string.Join(',', settings.Environments)} --steps {settings.Steps} "
            + $"--seed {settings.Seed} --threads {settings.Threads}");

    private static void RequireOurs(string folder)
    {
        if (File.Exists(folder)) throw new SettingsException("--out", [$"'{folder}' is a file. Name a folder that is new or empty."]);
        if (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any()) return;
        if (!File.Exists(Path.Combine(folder, "model.safetensors")))
            throw new SettingsException("--out", [$"'{folder}' is not empty and holds no model. Name a folder that is new or empty."]);
    }

    private void Train(CaptionTraining training)
    {
        var line = new ProgressLine(services.Error, services.Time, services.IsTerminal, training.Settings.Steps, "batches");
        training.Run(Tell, services.Cancel);
        line.Finish(training.Step, training.Clock, Note(training));

        void Tell(CaptionTraining now) => line.Report(now.Step, now.Clock, Note(now));
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
            Seconds = training.Clock.Seconds,
            Versions = versions,
            Figures = figures.Kinds,
            BySentence = figures.Sentences,
            ByEnvironment = figures.Environments,
            Written = figures.Written,
        };
    }
}
