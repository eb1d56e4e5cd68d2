namespace EmbodiedRL.Core.Facts;

/// <summary>Normalization of sentences to lists of words, so that capitals, commas, contractions and spaces never matter.</summary>
public static class Sentence
{
    // What stands before and after the apostrophe of a contraction, where it is not spelled out by the rule.
    private static readonly Dictionary<string, string> Irregular = new(StringComparer.Ordinal)
    {
        ["can"] = "can",
        ["won"] = "will",
        ["shan"] = "shall",
    };

    private static readonly Dictionary<string, string> Endings = new(StringComparer.Ordinal)
    {
        ["s"] = "is",
        ["re"] = "are",
        ["d"] = "would",
        ["ll"] = "will",
        ["ve"] = "have",
        ["m"] = "am",
    };

    /// <summary>
    /// Lower-case runs of letters and digits, in order; contractions are two words: "isn't" is "is not", "it's" is "it is".
    /// </summary>
    public static string[] Words(string text)
    {
        var words = new List<string>();
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            while (end < text.Length && char.IsLetterOrDigit(text[end])) end++;
            if (end > start)
            {
                bool contracted = start > 1 && text[start - 1] is '\'' or '\u2019' && char.IsLetter(text[start - 2]);
                Add(words, text[start..end].ToLowerInvariant(), contracted);
            }

            start = Math.Max(end, start + 1);
        }

        return [.. words];
    }

    /// <summary>The words, with one "," where a mark of any kind parts them.</summary>
    internal static string[] Spoken(string text)
    {
        var spoken = new List<string>();
        foreach (string part in text.Split([',', ';', ':', '.', '!', '?', '\u2014'], StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = Words(part);
            if (words.Length == 0) continue;
            if (spoken.Count > 0) spoken.Add(",");
            spoken.AddRange(words);
        }

        return [.. spoken];
    }

    /// <summary>The words, joined by single spaces.</summary>
    public static string Normalize(string text) => string.Join(' ', Words(text));

    /// <summary>The words but for "a", "an" and "the": two sentences that differ in articles alone say the same.</summary>
    public static string WithoutArticles(string text) => string.Join(' ', Words(text).Where(word => !IsArticle(word)));

    /// <summary>Whether a word is "a", "an" or "the".</summary>
    internal static bool IsArticle(string word) => word is "a" or "an" or "the";

    private static void Add(List<string> words, string word, bool contracted)
    {
        if (contracted && word == "t" && words[^1].Length > 1 && words[^1][^1] == 'n')
        {
            string verb = words[^1][..^1];
            words[^1] = Irregular.GetValueOrDefault(words[^1], verb);
            words.Add("not");
        }
        else if (contracted && Endings.TryGetValue(word, out string? spelled)) words.Add(spelled);
        else if (word == "cannot") words.AddRange(["can", "not"]);
        else words.Add(word);
    }
}
