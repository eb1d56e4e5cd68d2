using System.Text;

namespace EmbodiedRL.Rewards.Verifiers.Parsing;

/// <summary>Texts as words: what two answers have in common, and how often a text repeats itself.</summary>
public static class WordText
{
    /// <summary>Words in lower case, without the punctuation around them.</summary>
    /// <param name="text">Any.</param>
    /// <param name="work">Counts characters.</param>
    public static List<string> Words(ReadOnlySpan<char> text, ParseWork? work = null)
    {
        work?.Add(text.Length);
        var words = new List<string>();
        int start = 0;
        for (int at = 0; at <= text.Length; at++)
        {
            if (at < text.Length && !char.IsWhiteSpace(text[at])) continue;
            ReadOnlySpan<char> word = Bare(text[start..at]);
            if (word.Length > 0) words.Add(word.ToString().ToLowerInvariant());
            start = at + 1;
        }

        return words;
    }

    /// <summary>Words in lower case with one space between: how two short answers are compared.</summary>
    public static string Normalized(ReadOnlySpan<char> text, ParseWork? work = null) => string.Join(' ', Words(text, work));

    /// <summary>A text without the punctuation and markup around it; a sign, a percent or degree sign, and brackets of JSON stay.</summary>
    public static ReadOnlySpan<char> Bare(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        int start = 0, end = text.Length;
        while (start < end && IsAround(text[start])) start++;
        while (end > start && IsAround(text[end - 1])) end--;
        return text[start..end];
    }

    /// <summary>Sentences: parts that end with a full stop, a question mark, an exclamation mark or a line.</summary>
    public static List<string> Sentences(string text, ParseWork? work = null)
    {
        work?.Add(text.Length);
        var sentences = new List<string>();
        int start = 0;
        for (int at = 0; at < text.Length; at++)
        {
            bool isEnd = text[at] == '\n' || (text[at] is '.' or '!' or '?' && (at + 1 == text.Length || char.IsWhiteSpace(text[at + 1])));
            if (!isEnd) continue;
            Add(at + 1);
        }

        Add(text.Length);
        return sentences;

        void Add(int end)
        {
            string sentence = text[start..end].Trim();
            if (sentence.Length > 0) sentences.Add(sentence);
            start = end;
        }
    }

    /// <summary>Harmonic mean of precision and recall over words, each counted as often as it occurs; 1 for two empty texts.</summary>
    public static double F1(IReadOnlyList<string> found, IReadOnlyList<string> truth)
    {
        if (found.Count == 0 || truth.Count == 0) return found.Count == truth.Count ? 1 : 0;
        int shared = Multisets.Shared(found, truth);
        return 2.0 * shared / (found.Count + truth.Count);
    }

    /// <summary>Share of runs of n words that are different ones, in (0, 1]; 1 of fewer than n words.</summary>
    /// <param name="words">In order.</param>
    /// <param name="n">Words in a run, at least 1.</param>
    public static double DistinctRuns(IReadOnlyList<string> words, int n)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(n);
        int runs = words.Count - n + 1;
        if (runs <= 0) return 1;
        // Two rolling hashes of 64 bits: a run costs two products whatever its length, and equal hashes mean equal runs in practice.
        const ulong First = 0x9E3779B97F4A7C15, Second = 0xC2B2AE3D27D4EB4F;
        (ulong firstPower, ulong secondPower) = (1, 1);
        for (int i = 1; i < n; i++) (firstPower, secondPower) = (firstPower * First, secondPower * Second);
        Dictionary<string, ulong> ids = new(StringComparer.Ordinal);
        ulong[] codes = new ulong[words.Count];
        for (int i = 0; i < codes.Length; i++)
        {
            if (!ids.TryGetValue(words[i], out codes[i])) ids.Add(words[i], codes[i] = Mixed((ulong)ids.Count + 1));
        }

        HashSet<(ulong, ulong)> distinct = [];
        (ulong first, ulong second) = (0, 0);
        for (int i = 0; i < codes.Length; i++)
        {
            if (i >= n) (first, second) = (first - (codes[i - n] * firstPower), second - (codes[i - n] * secondPower));
            (first, second) = ((first * First) + codes[i], (second * Second) + codes[i]);
            if (i >= n - 1) distinct.Add((first, second));
        }

        return (double)distinct.Count / runs;
    }

    /// <summary>Letters and digits alone, in lower case with single spaces: how a statement is looked for in a text.</summary>
    public static string Plain(string text, ParseWork? work = null)
    {
        work?.Add(text.Length);
        var plain = new StringBuilder(text.Length + 2).Append(' ');
        foreach (char letter in text)
        {
            if (char.IsLetterOrDigit(letter)) plain.Append(char.ToLowerInvariant(letter));
            else if (letter is not ('\'' or '’') && plain[^1] != ' ') plain.Append(' ');
        }

        if (plain[^1] != ' ') plain.Append(' ');
        return plain.ToString();
    }

    private static bool IsAround(char letter) =>
        letter is '.' or ',' or ';' or ':' or '!' or '?' or '"' or '\'' or '*' or '`' or '_' or '(' or ')'
        or '“' or '”' or '‘' or '’' || char.IsWhiteSpace(letter);

    private static ulong Mixed(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
