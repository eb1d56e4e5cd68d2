using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>
/// Reasoning pattern reward: phrases of reasoning in a text, less repetition and invented turns, in [0, 1]. Says nothing of right or wrong.
/// </summary>
[Paper("2505.22653", "The Climb Carves Wisdom Deeper Than the Summit: On the Noisy Rewards in Learning to Reason",
    Year = 2025, Method = "S68")]
public static class ReasoningPattern
{
    /// <summary>max(0, min(1, phrases / full) - repetition - turns).</summary>
    /// <param name="phrases">How many different phrases the text holds.</param>
    /// <param name="full">How many of them make 1.</param>
    /// <param name="repetition">See <see cref="Repetition"/>.</param>
    /// <param name="turns">How often the text speaks for the user.</param>
    public static double Reward(int phrases, int full, double repetition, int turns) =>
        Math.Max(0, Math.Min(1, (double)phrases / full) - repetition - turns);

    /// <summary>Different runs of n words that occur more than once, over all runs of n words; 0 of fewer words.</summary>
    /// <param name="words">Of the text, in order.</param>
    /// <param name="n">Words in a run, at least 1.</param>
    public static double Repetition(IReadOnlyList<string> words, int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        int runs = words.Count - n + 1;
        if (runs <= 0) return 0;
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int start = 0; start < runs; start++)
        {
            string run = string.Join(' ', words.Skip(start).Take(n));
            counts[run] = counts.GetValueOrDefault(run) + 1;
        }

        return (double)counts.Values.Count(count => count > 1) / runs;
    }

    /// <summary>How often a phrase stands in a text as whole words, whatever the case of its letters.</summary>
    /// <param name="text">Any.</param>
    /// <param name="phrase">At least one character.</param>
    public static int Count(string text, string phrase)
    {
        ArgumentException.ThrowIfNullOrEmpty(phrase);
        int count = 0;
        for (int at = 0; (at = text.IndexOf(phrase, at, StringComparison.OrdinalIgnoreCase)) >= 0; at += phrase.Length)
            if (IsEdge(text, at) && IsEdge(text, at + phrase.Length)) count++;
        return count;
    }

    // Between two letters lies no edge of a word.
    private static bool IsEdge(string text, int at) =>
        at == 0 || at >= text.Length || !char.IsLetterOrDigit(text[at - 1]) || !char.IsLetterOrDigit(text[at]);
}
