using EmbodiedRL.Core.Registry;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Reasoning;

namespace EmbodiedRL.Training.Composition;

/// <summary>
/// Registries of language models that rewards read: but for the one that answers about frames none ship; one of your own is added to a
/// copy.
/// </summary>
public static class TextModelCatalog
{
    /// <summary>Models that say how likely texts are.</summary>
    public static Registry<ModelContext, ILikelihoodModel> LanguageModels { get; } =
        new Registry<ModelContext, ILikelihoodModel>(PartKinds.LanguageModel).Seal();

    /// <summary>Models that answer questions by choice.</summary>
    public static Registry<ModelContext, IChoiceScorer> Listeners { get; } =
        new Registry<ModelContext, IChoiceScorer>(PartKinds.Listener).Seal();

    /// <summary>Models that reply to prompts: judges and reasoners.</summary>
    public static Registry<ModelContext, ITextModel> TextModels { get; } =
        new Registry<ModelContext, ITextModel>(PartKinds.TextModel).Seal();

    /// <summary>Models that answer questions about frames.</summary>
    public static Registry<ModelContext, IVisualAnswerer> VisualAnswerers { get; } =
        new Registry<ModelContext, IVisualAnswerer>(PartKinds.VisualAnswerer)
        .Add(SceneReasoner.CatalogName, "a small vision-language model that the project trained on questions about its own renders",
            run => ReasonerAnswerer.Load(run.FolderOf(SceneReasoner.CatalogName), SceneReasoner.CatalogName, run.Device))
        .Seal();
}
