using System.Text;
using EmbodiedRL.Models.Tokenizers.Unicode;

namespace EmbodiedRL.Models.Tokenizers.Components;

/// <summary>Normalizer: rewrites a text before it is cut into pieces.</summary>
internal interface INormalizer
{
    /// <summary>The rewritten text.</summary>
    string Normalize(string text);
}

/// <summary>Normalizer of one function.</summary>
internal sealed class FunctionNormalizer(Func<string, string> function) : INormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text) => function(text);
}

/// <summary>Normalizers one after the other.</summary>
internal sealed class SequenceNormalizer(IReadOnlyList<INormalizer> parts) : INormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text)
    {
        foreach (INormalizer part in parts) text = part.Normalize(text);
        return text;
    }
}

/// <summary>Replaces a literal text, or what a pattern matches.</summary>
internal sealed class ReplaceNormalizer(string? literal, CodePointPattern? pattern, string content) : INormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text) => literal is not null
        ? literal.Length == 0 ? text : text.Replace(literal, content, StringComparison.Ordinal)
        : pattern!.Replace(text, _ => content);
}

/// <summary>Normalizer of BERT: clean, set ideographs apart, strip accents, lower-case.</summary>
internal sealed class BertNormalizer(bool cleanText, bool ideographs, bool stripAccents, bool lowerCase) : INormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text)
    {
        var result = new StringBuilder(text.Length + 8);
        for (int i = 0, length; i < text.Length; i += length)
        {
            int point = Characters.At(text, i, out length);
            ReadOnlySpan<char> character = text.AsSpan(i, length);
            if (cleanText)
            {
                bool space = Characters.IsWhiteSpace(point);
                if (point is 0 or 0xFFFD || (Characters.IsOther(point) && point is not ('\t' or '\n' or '\r'))) continue;
                if (space) character = " ";
            }

            if (ideographs && Characters.IsIdeograph(point)) result.Append(' ').Append(character).Append(' ');
            else result.Append(character);
        }

        string normalized = result.ToString();
        if (stripAccents) normalized = TextFilters.Without(UnicodeNormalization.Nfd(normalized), Characters.IsNonSpacingMark);
        return lowerCase ? Characters.Lower(normalized) : normalized;
    }
}

/// <summary>Filters of characters that several normalizers share.</summary>
internal static class TextFilters
{
    /// <summary>Leaves out the code points of a class.</summary>
    public static string Without(string text, Func<int, bool> dropped)
    {
        var result = new StringBuilder(text.Length);
        for (int i = 0, length; i < text.Length; i += length)
            if (!dropped(Characters.At(text, i, out length)))
                result.Append(text, i, length);
        return result.Length == text.Length ? text : result.ToString();
    }

    /// <summary>The <c>Nmt</c> normalizer: drops control characters, and makes spaces of others.</summary>
    public static string Nmt(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (char character in text)
        {
            if (character is (>= '\x01' and <= '\x08') or '\x0B' or (>= '\x0E' and <= '\x1F') or '\x7F' or '\x8F' or '\x9F') continue;
            bool space = character is '\t' or '\n' or '\f' or '\r' or '\u1680' or (>= '\u200B' and <= '\u200F') or '\u2028' or '\u2029'
                or '\u2581' or '\uFEFF' or '\uFFFD';
            result.Append(space ? ' ' : character);
        }

        return result.ToString();
    }
}
