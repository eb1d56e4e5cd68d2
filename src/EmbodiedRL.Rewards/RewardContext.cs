using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Rewards.Verifiers.Checks;

namespace EmbodiedRL.Rewards;

/// <summary>What a run lends to its reward; the same for trajectories of bodies and for completions.</summary>
public sealed record RewardContext
{
    /// <summary>The environment whose trajectories are scored; null where completions are.</summary>
    public EnvironmentInfo? Info { get; init; }

    /// <summary>The environment, for a part that cannot do without.</summary>
    /// <exception cref="SpecMismatchException">There is none; names the term.</exception>
    public EnvironmentInfo RequiredInfo =>
        Info
            ?? throw new SpecMismatchException($"reward '{Term}'",
                "trajectories of an environment, whose fields it names", "batches of none");

    /// <summary>Name of the term that is being made; its source takes it as its own.</summary>
    public string Term { get; init; } = "";

    /// <summary>Sentences for the goal; a term may name its own.</summary>
    public IReadOnlyList<string> Goals { get; init; } = [];

    /// <summary>Sentences for what is always seen; a term may name its own.</summary>
    public IReadOnlyList<string> Baselines { get; init; } = [];

    /// <summary>
    /// Success measures of the environment that the goal is judged by; empty where none fits. A teacher of a learned reward may read them,
    /// a reward that scores must not.
    /// </summary>
    public IReadOnlyList<string> JudgedBy { get; init; } = [];

    /// <summary>Gives the image-text model of a name, the same one each time. The giver owns it and disposes it after the reward.</summary>
    public Func<string, IImageTextModel> Models { get; init; } =
        name => throw new UnknownNameException(PartKinds.ImageTextModel, name, []);

    /// <summary>
    /// Makes another source of the same run by its name, with its defaults and the run's sentences: the teacher of a learned reward. The
    /// caller owns it.
    /// </summary>
    public Func<string, IReward> Teachers { get; init; } =
        name => throw new UnknownNameException(PartKinds.RewardSource, name, []);

    /// <summary>
    /// Gives the language model of a name, which says how likely texts are. The giver owns it and disposes it after the reward.
    /// </summary>
    public Func<string, ILikelihoodModel> LanguageModels { get; init; } =
        name => throw new UnknownNameException(PartKinds.LanguageModel, name, []);

    /// <summary>Gives the listener of a name, a model that answers by choice. The giver owns it and disposes it after the reward.</summary>
    public Func<string, IChoiceScorer> Listeners { get; init; } =
        name => throw new UnknownNameException(PartKinds.Listener, name, []);

    /// <summary>
    /// Gives the text model of a name, which judges completions or answers from them. The giver owns it and disposes it after the reward.
    /// </summary>
    public Func<string, ITextModel> TextModels { get; init; } =
        name => throw new UnknownNameException(PartKinds.TextModel, name, []);

    /// <summary>
    /// Gives the vision-language model of a name, which answers questions about frames. The giver owns it and disposes it after the reward.
    /// </summary>
    public Func<string, IVisualAnswerer> VisualAnswerers { get; init; } =
        name => throw new UnknownNameException(PartKinds.VisualAnswerer, name, []);

    /// <summary>Answer checks by name, of which verifiers pick; one of a run's own is added to a copy of those that ship.</summary>
    public IReadOnlyDictionary<string, AnswerCheck> Checks { get; init; } = AnswerChecks.Shipped;

    /// <summary>Discount per step of the algorithm that learns from the reward; null where none does, or where it has none.</summary>
    public float? Discount { get; init; }

    /// <summary>The clock that speeds are measured by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where files named in the settings are looked for.</summary>
    public string Folder { get; init; } = ".";

    /// <summary>What the run's batches will hold. Frames are drawn in whatever size the reward asks for.</summary>
    public BatchFields Available { get; init; } =
        BatchFields.Observations | BatchFields.Actions | BatchFields.States | BatchFields.TaskRewards
            | BatchFields.LogProbabilities | BatchFields.Frames;

    /// <summary>Whether completions are scored, and not trajectories of bodies.</summary>
    public bool OfCompletions => Available.HasFlag(BatchFields.Texts);

    /// <summary>What is scored, as messages call it.</summary>
    internal string Collected => OfCompletions ? "completions of a language model" : "trajectories of bodies";

    /// <summary>The language model that an option of the term names.</summary>
    /// <exception cref="SettingsException">There is none; names the term, those there are, and how one is registered.</exception>
    internal ILikelihoodModel LanguageModel(string name) => Lent(LanguageModels, name, nameof(LanguageModels));

    /// <summary>The listener that an option of the term names.</summary>
    /// <exception cref="SettingsException">There is none; names the term, those there are, and how one is registered.</exception>
    internal IChoiceScorer Listener(string name) => Lent(Listeners, name, nameof(Listeners));

    /// <summary>The text model that an option of the term names.</summary>
    /// <exception cref="SettingsException">There is none; names the term, those there are, and how one is registered.</exception>
    internal ITextModel TextModel(string name) => Lent(TextModels, name, nameof(TextModels));

    /// <summary>The vision-language model that an option of the term names.</summary>
    /// <exception cref="SettingsException">There is none; names the term, those there are, and how one is registered.</exception>
    internal IVisualAnswerer VisualAnswerer(string name) => Lent(VisualAnswerers, name, nameof(VisualAnswerers));

    /// <summary>What is scored, for messages.</summary>
    internal string Subject => Info is { } info ? $"environment '{info.Name}'" : "this run";

    private T Lent<T>(Func<string, T> models, string name, string registry)
    {
        try
        {
            return models(name);
        }
        catch (UnknownNameException unknown)
        {
            throw new SettingsException("settings",
                [$"model of the reward term '{Term}': {unknown.Message} One of your own is added in code to a copy of the {registry} of "
                    + "RunServices and then named here (README, \"Extending it\")."]);
        }
    }
}
