namespace EmbodiedRL.Models.Language.Generation;

/// <summary>How tokens are drawn, in this order: penalty, n-grams, temperature, top-k, top-p, min-p, typical-p.</summary>
public sealed record SamplingSettings
{
    /// <summary>The most new tokens of a completion, at least 1.</summary>
    public int MaximumTokens { get; init; } = 256;

    /// <summary>Whether the likeliest token is always taken; then only penalty and n-grams change anything.</summary>
    public bool Greedy { get; init; }

    /// <summary>Logits are divided by it; positive.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Only so many likeliest tokens, with all that tie with the last; 0 for all.</summary>
    public int TopK { get; init; }

    /// <summary>Only the likeliest tokens until their sum reaches this, the one that crosses it included; in [0, 1], 1 for all.</summary>
    public double TopP { get; init; } = 1;

    /// <summary>Only tokens at least this share as likely as the likeliest; in [0, 1], 0 for all.</summary>
    public double MinP { get; init; }

    /// <summary>Only tokens whose surprise is nearest to the mean, until their sum reaches this; in (0, 1], 1 for all.</summary>
    public double TypicalP { get; init; } = 1;

    /// <summary>Positive logits of tokens that were there are divided by it, negative ones multiplied; positive, 1 for none.</summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>No sequence of so many tokens occurs twice, prompt included; 0 for no such rule.</summary>
    public int NoRepeatNgram { get; init; }

    /// <summary>A completion ends where one of these occurs, and its text before it.</summary>
    public IReadOnlyList<string> Stops { get; init; } = [];

    /// <summary>What ends a completion; null for the model's own.</summary>
    public IReadOnlyList<int>? EndIds { get; init; }

    /// <summary>What is wrong with the settings, one sentence each.</summary>
    public IEnumerable<string> Violations()
    {
        if (MaximumTokens < 1) yield return Wrong("maximumTokens", "at least 1", MaximumTokens);
        if (!(Temperature > 0) || !double.IsFinite(Temperature)) yield return Wrong("temperature", "a positive number", Temperature);
        if (TopK < 0) yield return Wrong("topK", "0 or more", TopK);
        if (!(TopP is >= 0 and <= 1)) yield return Wrong("topP", "a number in [0, 1]", TopP);
        if (!(MinP is >= 0 and <= 1)) yield return Wrong("minP", "a number in [0, 1]", MinP);
        if (!(TypicalP is > 0 and <= 1)) yield return Wrong("typicalP", "a number in (0, 1]", TypicalP);
        if (!(RepetitionPenalty > 0)) yield return Wrong("repetitionPenalty", "a positive number", RepetitionPenalty);
        if (NoRepeatNgram < 0) yield return Wrong("noRepeatNgram", "0 or more", NoRepeatNgram);
        if (Stops.Any(stop => stop.Length == 0)) yield return "stops: expected texts, found an empty one.";
    }

    private static string Wrong(string name, string expected, double found) =>
        FormattableString.Invariant($"{name}: expected {expected}, found {found}.");
}
