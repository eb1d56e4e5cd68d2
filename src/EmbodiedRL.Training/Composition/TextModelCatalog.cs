using EmbodiedRL.Core.Registry;
using EmbodiedRL.Models;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Training.Composition;

/// <summary>Registries of models that rewards of completions read: none ship, one of your own is added to a copy.</summary>
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
}
