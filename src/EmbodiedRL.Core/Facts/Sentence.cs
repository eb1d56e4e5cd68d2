namespace EmbodiedRL.Core.Facts;

/// <summary>Normalization of sentences to lists of words, so that capitals, commas and spaces never matter.</summary>
public static class Sentence
{
    /// <summary>Lower-case runs of letters and digits, in order.</summary>
    public static string[] Words(string text)
    {
        var words = new List<string>();
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            while (end < text.Length && char.IsLetterOrDigit(text[end])) end++;
            if (end > start) words.Add(text[start..end].ToLowerInvariant());
            start = Math.Max(end, start + 1);
        }

        return [.. words];
    }

    /// <summary>The words, joined by single spaces.</summary>
    public static string Normalize(string text) => string.Join(' ', Words(text));

    /// <summary>The words but for "a", "an" and "the": two sentences that differ in articles alone say the same.</summary>
    public static string WithoutArticles(string text) => string.Join(' ', Words(text).Where(word => !IsArticle(word)));

    /// <summary>Whether a word is "a", "an" or "the".</summary>
    internal static bool IsArticle(string word) => word is "a" or "an" or "the";
}
