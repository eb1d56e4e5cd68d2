using System.Text;
using EmbodiedRL.Core;

namespace EmbodiedRL.Contracts;

/// <summary>Damaged completions, the same for a seed: cut, doubled, nested without end, with numbers and letters that parsers trip
/// over.</summary>
public static class MalformedCompletions
{
    /// <summary>Length of the few that are large, in characters.</summary>
    public const int Large = 1_000_000;

    private static readonly string[] Tricks =
    [
        "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e-999", "null", "true", "９", "٣", "½", "Ⅷ", "\ud800", "\udc00", "\ud83d", "\0",
        "\u202e", "\u200b", "\ufeff", "А", "＜answer＞", "<answer>", "</answer>", "<think>", "</think>", "<answer", "answer>", "<<", ">>",
            "</",
        "[", "]", "{", "}", "[[", "]]", "{\"", "\"", "'", "\\", "\\u12", "\\ud800", ",", ",,", ":", "-", "--", "−", "+", ".", "1.2.3",
            "1/0", "0/0",
        "%", "°", "all of the above", "A or B", "```json", "```", "\r\n", "\t", "  ", "e", "1e", "0x1F", "1,2,3", "{\"box\":",
            "\"box\":[NaN,0,1,1]",
        "[1e308,1e308,-1e308,-1e308]", "{\"name\":", "{\"size\":[99999,99999],\"counts\":[]}", "𝟛", "três", "<|im_end|>", "<|endoftext|>",
    ];

    private static readonly string[] Repeated =
    [
        "[", "{\"a\":", "<answer>", "<think>", "</answer>", "<answer></answer>", "<answer>1</answer>", "9", "\\", "\"", "[1,", "[1] ",
            "{} ", "a ",
        "<", "</", "1,", "1,000", "\ud800", " ", "one ", "A. ", "(B) ", ". ", "'", "[[1,2,3,4],", "{\"name\":\"a\"}", "<tool_call>", "\n",
    ];

    /// <summary>Damaged completions.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Of the damage.</param>
    /// <param name="sound">Completions without damage, which it begins from.</param>
    /// <param name="largeEvery">Every so many-th is of <see cref="Large"/> characters; 0 for none.</param>
    public static IEnumerable<string> Of(int count, ulong seed, IReadOnlyList<string> sound, int largeEvery = 5000)
    {
        var rng = Rng.For(seed, "malformed completions");
        for (int i = 0; i < count; i++)
        {
            string text = sound[rng.Below(sound.Count)];
            if (largeEvery > 0 && i % largeEvery == largeEvery - 1)
            {
                yield return Grown(text, Repeated[i / largeEvery % Repeated.Length], ref rng);
                continue;
            }

            for (int damage = 1 + rng.Below(4); damage > 0; damage--) text = Damaged(text, ref rng);
            yield return text;
        }
    }

    private static string Grown(string text, string part, ref Rng rng)
    {
        var grown = new StringBuilder(Large + 100);
        int at = rng.Below(text.Length + 1);
        grown.Append(text, 0, at);
        while (grown.Length < Large) grown.Append(part);
        return grown.Append(text, at, text.Length - at).ToString();
    }

    private static string Damaged(string text, ref Rng rng)
    {
        int from = rng.Below(text.Length + 1), to = from + rng.Below(text.Length - from + 1);
        string trick = Tricks[rng.Below(Tricks.Length)];
        switch (rng.Below(9))
        {
            case 0: return text[..from];
            case 1: return text[from..];
            case 2: return text[..from] + text[to..];
            case 3: return text[..to] + text[from..];
            case 4: return text[..from] + trick + text[from..];
            case 5: return text[..from] + trick + text[to..];
            case 6:
                var nested = new StringBuilder(text, 0, from, 256);
                for (int depth = rng.Below(rng.Below(10) == 0 ? 5000 : 50); depth >= 0; depth--) nested.Append(trick);
                return nested.Append(text, from, text.Length - from).ToString();
            case 7:
                char[] letters = text.ToCharArray();
                for (int i = 0; i < letters.Length; i++)
                    if (char.IsAsciiDigit(letters[i]) && rng.Below(3) == 0) letters[i] = (char)(' ' + rng.Below(95));
                return new string(letters);
            default:
                return text.Replace(rng.Below(2) == 0 ? "</answer>" : "<answer>", rng.Below(2) == 0 ? "" : trick, StringComparison.Ordinal);
        }
    }
}
