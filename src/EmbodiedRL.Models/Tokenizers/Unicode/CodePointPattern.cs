using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Tokenizers.Unicode;

/// <summary>Code point pattern: a regular expression whose classes see whole code points, not halves of surrogate pairs.</summary>
/// <remarks>
/// The runtime's expressions match UTF-16 units, so that no letter beyond U+FFFF is a letter. Here every such code point is replaced by
/// one rarely used character of the same category before matching, and places are mapped back.
/// </remarks>
internal sealed class CodePointPattern
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly Lazy<char[]> StandIns = new(FindStandIns);

    private readonly Regex _pattern;

    /// <summary>A pattern in the syntax that tokenizer files use.</summary>
    /// <param name="pattern">Classes <c>\w</c> and <c>\W</c> have the meaning of Unicode's regular expressions.</param>
    /// <exception cref="ArgumentException">The pattern is invalid.</exception>
    public CodePointPattern(string pattern)
        : this(new Regex(Translate(pattern), RegexOptions.CultureInvariant | RegexOptions.Compiled, Patience))
    {
    }

    /// <summary>A pattern made before.</summary>
    public CodePointPattern(Regex pattern) => _pattern = pattern;

    /// <summary>Whether something matches.</summary>
    public bool IsMatch(string text) => _pattern.IsMatch(StandIn(text, out _));

    /// <summary>Places of all matches, from left to right; matches without a character are left out.</summary>
    /// <exception cref="EmbodiedException">The pattern takes too long on this text.</exception>
    public List<Range> Matches(string text)
    {
        string shown = StandIn(text, out int[]? places);
        var ranges = new List<Range>();
        try
        {
            foreach (ValueMatch match in _pattern.EnumerateMatches(shown))
                if (match.Length > 0)
                    ranges.Add(places is null
                        ? new Range(match.Index, match.Index + match.Length)
                        : new Range(places[match.Index], places[match.Index + match.Length]));
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new EmbodiedException(
                $"The pattern {_pattern} takes too long on a text of {text.Length} characters. Shorten the text, or simplify the pattern.",
                error);
        }

        return ranges;
    }

    /// <summary>Replaces all matches.</summary>
    public string Replace(string text, Func<string, string> replacement)
    {
        var result = new StringBuilder(text.Length);
        int done = 0;
        foreach (Range match in Matches(text))
        {
            result.Append(text, done, match.Start.Value - done).Append(replacement(text[match]));
            done = match.End.Value;
        }

        return done == 0 ? text : result.Append(text, done, text.Length - done).ToString();
    }

    private static string StandIn(string text, out int[]? places)
    {
        places = null;
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return text;
        char[] shown = new char[text.Length];
        places = new int[text.Length + 1];
        int count = 0;
        for (int i = 0, length; i < text.Length; i += length)
        {
            int point = Characters.At(text, i, out length);
            places[count] = i;
            shown[count++] = length == 1 ? text[i] : StandIns.Value[(int)CharUnicodeInfo.GetUnicodeCategory(point)];
        }

        places[count] = text.Length;
        return new string(shown, 0, count);
    }

    /// <summary>One character of each category, from where scripts are little used.</summary>
    private static char[] FindStandIns()
    {
        char[] found = new char[32];
        for (int i = 0; i < 0x10000; i++)
        {
            char candidate = (char)((0xABFF - i) & 0xFFFF);
            if (char.IsSurrogate(candidate)) continue;
            ref char place = ref found[(int)char.GetUnicodeCategory(candidate)];
            if (place == 0) place = candidate;
        }

        return found;
    }

    private static string Translate(string pattern)
    {
        if (!pattern.Contains(@"\w", StringComparison.OrdinalIgnoreCase)) return pattern;
        const string Word = @"\p{L}\p{M}\p{N}\p{Pc}";
        var result = new StringBuilder();
        bool inside = false;
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\' && i + 1 < pattern.Length)
            {
                char escaped = pattern[++i];
                if (escaped == 'w') result.Append(inside ? Word : $"[{Word}]");
                else if (escaped == 'W' && !inside) result.Append($"[^{Word}]");
                else result.Append('\\').Append(escaped);
                continue;
            }

            inside = pattern[i] == '[' || (inside && pattern[i] != ']');
            result.Append(pattern[i]);
        }

        return result.ToString();
    }
}
