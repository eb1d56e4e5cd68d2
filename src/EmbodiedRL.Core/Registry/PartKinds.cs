namespace EmbodiedRL.Core.Registry;

/// <summary>Kinds of registered parts, as messages call them.</summary>
public static class PartKinds
{
    /// <summary>Scores a batch.</summary>
    public const string RewardSource = "reward source";

    /// <summary>Changes a term's scores.</summary>
    public const string RewardTransform = "reward transform";

    /// <summary>Joins terms.</summary>
    public const string RewardCombinator = "reward combinator";

    /// <summary>Learns.</summary>
    public const string Algorithm = "algorithm";

    /// <summary>Learns from completions of a language model.</summary>
    public const string CompletionAlgorithm = "completion algorithm";

    /// <summary>Is put around an environment.</summary>
    public const string Wrapper = "environment wrapper";

    /// <summary>Is acted in.</summary>
    public const string Environment = "environment";

    /// <summary>Embeds images and sentences.</summary>
    public const string ImageTextModel = "image-text model";

    /// <summary>Says how likely texts are.</summary>
    public const string LanguageModel = "language model";

    /// <summary>Answers questions by choice and says how sure it is.</summary>
    public const string Listener = "listener";

    /// <summary>Replies to prompts: a judge, or a reasoner.</summary>
    public const string TextModel = "text model";

    /// <summary>Answers questions about pictures by choice.</summary>
    public const string VisualAnswerer = "vision-language model";
}

/// <summary>The registries of a run, by kind.</summary>
public interface IRegistries
{
    /// <summary>The registry of a kind.</summary>
    /// <param name="kind">One of <see cref="PartKinds"/>.</param>
    IRegistry Of(string kind);
}
