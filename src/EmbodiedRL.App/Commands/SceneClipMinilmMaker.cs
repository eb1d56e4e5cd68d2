using System.Globalization;
using EmbodiedRL.App.Reporting;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary>
/// Trains the head of <c>scene-clip-minilm</c>, measures the model and puts it into a folder; what was there stays until all of that has
/// succeeded.
/// </summary>
internal sealed class SceneClipMinilmMaker(CommandServices services, RunServices runServices)
{
    private const string License = "MIT", Origin = "trained by this project";

    /// <summary>Makes the model.</summary>
    /// <param name="settings">Checked by the training.</param>
    /// <param name="folder">The model's own folder: new, empty, or of an older one.</param>
    /// <param name="files">Sentences that people wrote, to be counted.</param>
    /// <exception cref="AssetMissingException">The sentence encoder is not on this machine; says the command that pulls it.</exception>
    /// <exception cref="OperationCanceledException">It was interrupted; the folder is as it was.</exception>
    public ModelFigures Make(SentenceHeadSettings settings, string folder, IReadOnlyList<SentenceFile> files)
    {
        SceneClipMaker.RequireOurs(folder);
        using var training = new SentenceHeadTraining(settings, runServices, services.Time);
        using var staged = new StagedFolder(folder);
        var line = new ProgressLine(services.Error, services.Time, services.IsTerminal, training.Steps, "steps");
        training.Run(now => line.Report(now.Step, now.Clock, Note(now)), services.Cancel);
        line.Finish(training.Step, training.Clock, Note(training));
        string command = CommandOf(settings);
        training.Save(staged.Staging, new Dictionary<string, string> { ["command"] = command, ["license"] = License });

        string sceneClip = Path.Combine(runServices.Weights, SceneClip.CatalogName);
        using var model = SceneClipMinilm.Load(staged.Staging, sceneClip, name => runServices.TextEncoder(name, TorchSharp.torch.CPU));
        ModelFigures figures = new CaptionMeasurement(new MeasurementSettings(), runServices)
            .Measure(model, training.Environments, files, services.Error.WriteLine, services.Cancel);
        AtomicFile.WriteText(Path.Combine(staged.Staging, ModelCardPage.FileName), PageOf(training, settings, command, figures));
        staged.Publish();
        if (AssetManifest.AssetsOf(folder) is { } assets) AssetManifest.Refresh(assets, folder, License, Origin);
        return figures;
    }

    private static string CommandOf(SentenceHeadSettings settings) => string.Create(CultureInfo.InvariantCulture,
        $"./embodied models train {SceneClipMinilm.CatalogName} --seed {settings.Seed} --threads {settings.Threads}");

    private static string Note(SentenceHeadTraining training) =>
        double.IsNaN(training.Loss) ? "" : FormattableString.Invariant($"loss {training.Loss:0.0000}");

    private static string PageOf(SentenceHeadTraining training, SentenceHeadSettings settings, string command, ModelFigures figures)
    {
        using var tables = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        ModelFiguresAnswer.Write(tables, SceneClipMinilm.CatalogName, figures);
        return string.Create(CultureInfo.InvariantCulture, $"""
            # {SceneClipMinilm.CatalogName}

            scene-clip's images with another reader of sentences: {settings.Encoder}, which a user pulls
            (`./embodied models pull {settings.Encoder}`), and a small head that turns its vectors into scene-clip's text vectors.
            A word that scene-clip never read has the meaning that the sentence encoder gives it.

            - License: {License}
            - Origin: {Origin}: the head alone; the sentence encoder is its makers'
            - Made by: `{command}`
            - {settings.Sentences:N0} sentences of scene-clip's scenes, {settings.Epochs} times each
            - Loss at the end (1 - cosine): {training.Loss:0.000}
            - For the scene-clip of SHA-256 {training.ModelSettings.SceneClipSha256}

            ## Figures

            Those of `./embodied models eval {SceneClipMinilm.CatalogName}`.

            ```
            {tables}
            """).ReplaceLineEndings("\n").TrimEnd('\n') + "\n```\n";
    }
}
