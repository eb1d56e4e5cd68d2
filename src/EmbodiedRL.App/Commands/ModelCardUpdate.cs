using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.App.Commands;

/// <summary><c>models eval --card</c>: new figures for a card that is there already.</summary>
/// <remarks>Everything that can be refused is refused before anything is measured.</remarks>
internal sealed class ModelCardUpdate
{
    private const string Verb = "models eval";

    private readonly string _folder;
    private readonly ModelCard _card;
    private readonly (string Folder, ModelCard Card)[] _others;

    private ModelCardUpdate(string folder, ModelCard card, (string Folder, ModelCard Card)[] others) =>
        (_folder, _card, _others) = (folder, card, others);

    /// <summary>What was asked for.</summary>
    /// <param name="weights">Where models that ship lie.</param>
    /// <param name="isAsked">Whether the card is to be written.</param>
    /// <param name="model">As it was named.</param>
    /// <param name="environments">Those that are measured.</param>
    /// <param name="leftOut">Folders of models that were trained without something.</param>
    /// <param name="hasSentences">Whether sentences of people are measured.</param>
    /// <returns>Null if nothing was.</returns>
    /// <exception cref="SettingsException">A folder has no card, or the figures would say less than the card does.</exception>
    /// <exception cref="CorruptFileException">A card is damaged.</exception>
    public static ModelCardUpdate? Of(string weights, bool isAsked, string model, IReadOnlyList<string> environments,
        IReadOnlyList<string> leftOut, bool hasSentences)
    {
        if (!isAsked && leftOut.Count == 0) return null;
        if (!isAsked) throw new SettingsException(Verb, ["--left-out: expected --card beside it, since its figures stand in the card."]);
        string folder = Directory.Exists(model) ? model : Path.Combine(weights, model);
        ModelCard card = Require("--card", folder);
        if (card.Environments.Except(environments).FirstOrDefault() is { } missing)
            throw new SettingsException(Verb,
                [$"--card: expected all environments of the model, but '{missing}' is not among them. Leave --envs out."]);
        if (card.Written.Count > 0 && !hasSentences)
            throw new SettingsException(Verb, ["--card: the card counts sentences of people. Give their folder by --sentences."]);
        return new ModelCardUpdate(folder, card, [.. leftOut.Select(other => (other, Require("--left-out", other)))]);
    }

    /// <summary>Measures the models without something, and writes the card, its page and, in a checkout, the manifest.</summary>
    public void Write(ModelFigures figures, CaptionMeasurement measurement, IReadOnlyList<string> environments, Action<string> progress,
        CancellationToken cancel)
    {
        ModelCard card = _card with
        {
            Edition = ModelCard.LatestEdition,
            Measured = figures.Environments[0].Images,
            Figures = figures.Kinds,
            BySentence = figures.Sentences,
            ByEnvironment = figures.Environments,
            Written = figures.Written,
        };
        if (_others.Length > 0)
        {
            var rows = new List<LeftOutFigure>();
            foreach ((string folder, ModelCard _) in _others)
            {
                using SceneClip other = SceneClip.Load(folder);
                rows.AddRange(measurement.MeasureLeftOut(other, environments, progress, cancel));
            }

            card = card with { LeftOut = rows, LeftOutCommands = [.. _others.Select(other => other.Card.Command)] };
        }

        card.Write(_folder);
        if (AssetManifest.AssetsOf(_folder) is { } assets) AssetManifest.Refresh(assets, _folder, card.License, card.Origin);
    }

    private static ModelCard Require(string option, string folder) => ModelCard.Read(folder)
        ?? throw new SettingsException(Verb,
            [$"{option}: expected a folder with a card, as models train makes it, found none in '{folder}'."]);
}
