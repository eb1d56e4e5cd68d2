using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Script that a text is written in: the cheap test of its language.</summary>
public static class WritingScript
{
    /// <summary>Share of a text's letters that must be of the script.</summary>
    public const double LeastShare = 0.8;

    private static readonly Dictionary<string, (int From, int To)[]> Ranges = new(StringComparer.Ordinal)
    {
        ["arabic"] = [(0x0600, 0x06FF), (0x0750, 0x077F)],
        ["cyrillic"] = [(0x0400, 0x052F)],
        ["devanagari"] = [(0x0900, 0x097F)],
        ["greek"] = [(0x0370, 0x03FF), (0x1F00, 0x1FFF)],
        ["han"] = [(0x4E00, 0x9FFF), (0x3400, 0x4DBF)],
        ["hangul"] = [(0xAC00, 0xD7AF), (0x1100, 0x11FF)],
        ["hebrew"] = [(0x0590, 0x05FF)],
        ["kana"] = [(0x3040, 0x30FF), (0x4E00, 0x9FFF)],
        ["latin"] = [('A', 'Z'), ('a', 'z'), (0x00C0, 0x024F), (0x1E00, 0x1EFF)],
        ["thai"] = [(0x0E00, 0x0E7F)],
    };

    /// <summary>Scripts that are known; <c>kana</c> takes Han characters too, as Japanese does.</summary>
    public static IReadOnlyCollection<string> Names { get; } = [.. Ranges.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Whether a text has letters, and most of them are of a script.</summary>
    public static bool IsWrittenIn(string text, string script, ParseWork? work = null)
    {
        work?.Add(text.Length);
        int letters = 0, own = 0;
        foreach (char letter in text)
        {
            if (!char.IsLetter(letter)) continue;
            letters++;
            if (Array.Exists(Ranges[script], range => letter >= range.From && letter <= range.To)) own++;
        }

        return letters > 0 && own >= LeastShare * letters;
    }
}
