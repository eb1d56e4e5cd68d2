namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>What an algorithm asks of the completions that it learns from; whoever collects them reads it.</summary>
public interface ICompletionOptions
{
    /// <summary>Prompts of an update, B.</summary>
    int Prompts { get; }

    /// <summary>Completions of each prompt, G.</summary>
    int Completions { get; }

    /// <summary>The most tokens of a completion.</summary>
    int MaximumTokens { get; }

    /// <summary>Logits are divided by it when completions are sampled.</summary>
    double Temperature { get; }

    /// <summary>Whether completions are those of the model that learns; else the worked answers of questions are imitated.</summary>
    bool Samples { get; }
}
