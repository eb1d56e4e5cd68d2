using System.Globalization;
using System.Text;

namespace EmbodiedRL.Models.Tokenizers.Unicode;

/// <summary>HTML character references, resolved as Python's <c>html.unescape</c> does.</summary>
internal static class HtmlEntities
{
    private const int MostName = 32;

    private static readonly Lazy<Dictionary<string, string>> Names = new(() =>
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in DataLines.Of("entities.txt"))
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            names.Add(line[..space], DataLines.HexText(line[(space + 1)..]));
        }

        return names;
    });

    /// <summary>What the bytes 0x80 to 0x9F of a numeric reference stand for: Windows-1252.</summary>
    public const string Windows = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ";

    /// <summary>Replaces every reference, with or without its semicolon.</summary>
    public static string Unescape(string text)
    {
        int ampersand = text.IndexOf('&', StringComparison.Ordinal);
        if (ampersand < 0) return text;
        var result = new StringBuilder(text.Length);
        int done = 0;
        for (; ampersand >= 0; ampersand = done < text.Length ? text.IndexOf('&', done) : -1)
        {
            result.Append(text, done, ampersand - done);
            done = ampersand + 1;
            int end = ReferenceEnd(text, done);
            result.Append(end > done ? Resolve(text[done..end]) : "&");
            done = end;
        }

        return result.Append(text, done, text.Length - done).ToString();
    }

    /// <summary>
    /// Replaces references that end in a semicolon, as text repair does: also names in capitals, but none that is resolved in part.
    /// </summary>
    public static string UnescapeClosed(string text)
    {
        if (!text.Contains('&')) return text;
        var result = new StringBuilder(text.Length);
        int done = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '&') continue;
            int begin = i + 1, end = begin;
            if (end < text.Length && text[end] == '#') begin = ++end;
            while (end < text.Length && end - begin < 24 && char.IsAsciiLetterOrDigit(text[end])) end++;
            if (end == begin || end >= text.Length || text[end] != ';') continue;
            result.Append(text, done, i - done).Append(Closed(text[(i + 1)..(end + 1)]));
            done = end + 1;
            i = end;
        }

        return done == 0 ? text : result.Append(text, done, text.Length - done).ToString();
    }

    private static string Closed(string reference)
    {
        if (reference[0] != '#')
            return Names.Value.GetValueOrDefault(reference) ?? Names.Value.GetValueOrDefault("^" + reference) ?? "&" + reference;
        string resolved = Unescape("&" + reference);
        return resolved.Contains(';') ? "&" + reference : resolved;
    }

    /// <summary>Where a reference ends whose ampersand lies before a place; that place if there is none.</summary>
    private static int ReferenceEnd(string text, int place)
    {
        int end = place;
        if (end < text.Length && text[end] == '#')
        {
            end++;
            bool hex = end < text.Length && text[end] is 'x' or 'X';
            int digits = hex ? ++end : end;
            while (end < text.Length && (hex ? char.IsAsciiHexDigit(text[end]) : char.IsAsciiDigit(text[end]))) end++;
            if (end == digits) return place;
            return end < text.Length && text[end] == ';' ? end + 1 : end;
        }

        int points = 0;
        while (end < text.Length && points < MostName && text[end] is not ('\t' or '\n' or '\f' or ' ' or '<' or '&' or '#' or ';'))
        {
            Characters.At(text, end, out int length);
            end += length;
            points++;
        }

        return points > 0 && end < text.Length && text[end] == ';' ? end + 1 : end;
    }

    private static string Resolve(string reference)
    {
        if (reference[0] == '#') return ResolveNumber(reference.TrimEnd(';'));
        if (Names.Value.TryGetValue(reference, out string? whole) && reference[0] != '^') return whole;
        for (int length = reference.Length - 1; length > 1; length--)
            if (reference[0] != '^' && Names.Value.TryGetValue(reference[..length], out string? part)) return part + reference[length..];
        return "&" + reference;
    }

    private static string ResolveNumber(string reference)
    {
        bool hex = reference[1] is 'x' or 'X';
        ReadOnlySpan<char> digits = reference.AsSpan(hex ? 2 : 1).TrimStart('0');
        int point = digits.Length switch
        {
            0 => 0,
            > 8 => int.MaxValue,
            _ when hex => (int)Math.Min(uint.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture), int.MaxValue),
            _ => (int)Math.Min(uint.Parse(digits, CultureInfo.InvariantCulture), int.MaxValue),
        };
        if (point is >= 0x80 and <= 0x9F) return Windows[point - 0x80].ToString();
        if (point is 0 or > 0x10FFFF or (>= 0xD800 and <= 0xDFFF)) return "\uFFFD";
        bool invalid = point is (>= 1 and <= 8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or (>= 0xFDD0 and <= 0xFDEF)
            || (point & 0xFFFE) == 0xFFFE;
        return invalid ? "" : char.ConvertFromUtf32(point);
    }
}
