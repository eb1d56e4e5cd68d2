using System.Text;
using System.Text.RegularExpressions;
using EmbodiedRL.Models.Tokenizers.Unicode;

namespace EmbodiedRL.Models.Tokenizers.Repair;

/// <summary>Text repair: what ftfy's <c>fix_text</c> does, which open_clip's tokenizer begins with.</summary>
/// <remarks>
/// Line by line, until nothing changes: HTML entities (unless a <c>&lt;</c> was seen), mojibake, C1 controls, Latin ligatures, widths,
/// curly quotes, line breaks, lone surrogates, terminal escapes, control characters, NFC.
/// </remarks>
internal static partial class TextRepair
{
    private const int MostLine = 1_000_000, MostRounds = 64;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private static readonly Dictionary<char, string> Ligatures = new()
    {
        ['Ĳ'] = "IJ",
        ['ĳ'] = "ij",
        ['ŉ'] = "ʼn",
        ['Ǳ'] = "DZ",
        ['ǲ'] = "Dz",
        ['ǳ'] = "dz",
        ['Ǆ'] = "DŽ",
        ['ǅ'] = "Dž",
        ['ǆ'] = "dž",
        ['Ǉ'] = "LJ",
        ['ǈ'] = "Lj",
        ['ǉ'] = "lj",
        ['Ǌ'] = "NJ",
        ['ǋ'] = "Nj",
        ['ǌ'] = "nj",
        ['ﬀ'] = "ff",
        ['ﬁ'] = "fi",
        ['ﬂ'] = "fl",
        ['ﬃ'] = "ffi",
        ['ﬄ'] = "ffl",
        ['ﬅ'] = "ſt",
        ['ﬆ'] = "st",
    };

    private static readonly Lazy<Dictionary<char, string>> Widths = new(() =>
    {
        var widths = new Dictionary<char, string> { ['\u3000'] = " " };
        for (char wide = '\uFF01'; wide < '\uFFF0'; wide++)
            if (UnicodeNormalization.Nfkc(wide.ToString()) is { } normal && normal != wide.ToString()) widths[wide] = normal;
        return widths;
    });

    /// <summary>The repaired text.</summary>
    public static string Repair(string text)
    {
        var result = new StringBuilder(text.Length);
        bool entities = true;
        for (int begin = 0, end; begin < text.Length; begin = end)
        {
            end = text.IndexOf('\n', begin) + 1;
            if (end == 0) end = text.Length;
            end = Math.Min(end, begin + MostLine);
            if (end < text.Length && char.IsLowSurrogate(text[end]) && end - begin > 1) end--;
            string line = text[begin..end];
            entities &= !line.Contains('<');
            result.Append(RepairLine(line, entities));
        }

        return result.ToString();
    }

    private static string RepairLine(string line, bool entities)
    {
        for (int round = 0; round < MostRounds; round++)
        {
            string before = line;
            if (entities) line = HtmlEntities.UnescapeClosed(line);
            line = RepairEncoding(line);
            line = ReadControls(line);
            line = Translate(line, Ligatures);
            line = Translate(line, Widths.Value);
            line = Straighten(line);
            line = LineBreaks().Replace(line, "\n");
            line = ReplaceSurrogates(line);
            line = TerminalEscapes().Replace(line, "");
            line = DropControls(line);
            line = UnicodeNormalization.Nfc(line);
            if (line == before) return line;
        }

        return line;
    }

    private static string RepairEncoding(string text)
    {
        for (int round = 0; round < MostRounds; round++)
        {
            string before = text;
            text = RepairEncodingOnce(text);
            if (text == before) break;
        }

        return text;
    }

    private static string RepairEncodingOnce(string text)
    {
        if (Ascii.IsValid(text) || !Mojibake.IsBad(text)) return text;
        foreach (SingleByteEncoding encoding in SingleByteEncoding.All)
            if (encoding.Encode(text) is { } bytes && Redecode(bytes, encoding) is { } repaired)
                return repaired;

        string embedded = Mojibake.ReplaceEmbedded(text,
            part => part.Length < text.Length && Mojibake.IsBad(part) ? RepairEncoding(part) : part);
        if (embedded != text) return embedded;
        // What remains is Latin-1 that was meant as Windows-1252.
        return ReadControls(text);
    }

    /// <summary>Bytes, one a character, read as UTF-8; null if they are none.</summary>
    private static string? Redecode(string bytes, SingleByteEncoding encoding)
    {
        // In MacRoman an en dash before a space would look like a lost byte A0.
        if (encoding.Name != "macroman" && AlteredSpaces().IsMatch(bytes))
        {
            bytes = WordsWithGrave().Replace(bytes, "\u00C3\u00A0 ");
            bytes = AlteredSpaces().Replace(bytes, match => match.Value.Replace(' ', '\u00A0'));
        }

        if (encoding.IsSloppy) bytes = LostBytes().Replace(bytes, "\u00EF\u00BF\u00BD");
        try
        {
            return bytes.AsSpan().IndexOfAny('\u00ED', '\u00C0') < 0
                ? Strict.GetString(Encoding.Latin1.GetBytes(bytes))
                : DecodeVariants(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    /// <summary>UTF-8 in which surrogate pairs are written as two characters (CESU-8), or zero as two bytes (Java).</summary>
    private static string DecodeVariants(string bytes)
    {
        var result = new StringBuilder();
        int done = 0;
        foreach (Match match in Variants().Matches(bytes))
        {
            result.Append(Strict.GetString(Encoding.Latin1.GetBytes(bytes[done..match.Index])));
            done = match.Index + match.Length;
            string found = match.Value;
            if (found.Length == 2) result.Append('\0');
            else
                result.Append((char)(0xD000 | ((found[1] & 0x3F) << 6) | (found[2] & 0x3F)))
                    .Append((char)(0xD000 | ((found[4] & 0x3F) << 6) | (found[5] & 0x3F)));
        }

        return result.Append(Strict.GetString(Encoding.Latin1.GetBytes(bytes[done..]))).ToString();
    }

    /// <summary>C1 controls as the characters that Windows-1252 has in their place.</summary>
    private static string ReadControls(string text) => text.AsSpan().ContainsAnyInRange('\u0080', '\u009F')
        ? string.Create(text.Length, text, static (span, source) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = source[i] is >= '\u0080' and <= '\u009F' ? HtmlEntities.Windows[source[i] - 0x80] : source[i];
        })
        : text;

    private static string Translate(string text, Dictionary<char, string> map)
    {
        StringBuilder? result = null;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] >= 0x80 && map.TryGetValue(text[i], out string? other))
                (result ??= new StringBuilder(text, 0, i, text.Length + 8)).Append(other);
            else result?.Append(text[i]);
        }

        return result?.ToString() ?? text;
    }

    private static string Straighten(string text) => Map(text, static character => character switch
    {
        '\u02BC' or (>= '\u2018' and <= '\u201B') => '\'',
        >= '\u201C' and <= '\u201F' => '"',
        _ => character,
    });

    private static string Map(string text, Func<char, char> map)
    {
        for (int i = 0; i < text.Length; i++)
            if (map(text[i]) != text[i])
                return string.Create(text.Length, (text, map), static (span, state) =>
                {
                    for (int k = 0; k < span.Length; k++) span[k] = state.map(state.text[k]);
                });
        return text;
    }

    private static string ReplaceSurrogates(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return text;
        char[] result = text.ToCharArray();
        for (int i = 0; i < result.Length; i++)
        {
            if (!char.IsSurrogate(result[i])) continue;
            if (char.IsHighSurrogate(result[i]) && i + 1 < result.Length && char.IsLowSurrogate(result[i + 1])) i++;
            else result[i] = '\uFFFD';
        }

        return new string(result);
    }

    private static string DropControls(string text)
    {
        StringBuilder? result = null;
        for (int i = 0; i < text.Length; i++)
        {
            bool dropped = text[i] is (>= '\0' and <= '\x08') or '\x0B' or (>= '\x0E' and <= '\x1F') or '\x7F'
                or (>= '\u206A' and <= '\u206F') or '\uFEFF' or (>= '\uFFF9' and <= '\uFFFC');
            if (dropped) result ??= new StringBuilder(text, 0, i, text.Length);
            else result?.Append(text[i]);
        }

        return result?.ToString() ?? text;
    }

    [GeneratedRegex("\r\n|[\r\u2028\u2029\u0085]")]
    private static partial Regex LineBreaks();

    [GeneratedRegex(@"\x1B\[[\d;]*[a-zA-Z]")]
    private static partial Regex TerminalEscapes();

    /// <summary>UTF-8 in which byte A0 became a space.</summary>
    [GeneratedRegex(@"[\xC2\xC3\xC5\xCE\xD0\xD9][ ]|[\xE2\xE3][ ][\x80-\x84\x86-\x9F\xA1-\xBF]|[\xE0-\xE3][\x80-\x84\x86-\x9F\xA1-\xBF][ ]"
        + @"|\xF0[ ][\x80-\xBF][\x80-\xBF]|\xF0[\x80-\xBF][ ][\x80-\xBF]|\xF0[\x80-\xBF][\x80-\xBF][ ]")]
    private static partial Regex AlteredSpaces();

    /// <summary>The word "à", whose own space is kept; not "às", "àquele" and the like.</summary>
    [GeneratedRegex(@"\xC3 (?! |quele|quela|quilo|s )")]
    private static partial Regex WordsWithGrave();

    /// <summary>UTF-8 in which a byte was lost.</summary>
    [GeneratedRegex(@"[\xC2-\xDF]\x1A|[\xC2-\xC3][?]|\xED[\xA0-\xAF][\x1A?]\xED[\xB0-\xBF][\x1A?\x80-\xBF]"
        + @"|\xED[\xA0-\xAF][\x1A?\x80-\xBF]\xED[\xB0-\xBF][\x1A?]|[\xE0-\xEF][\x1A?][\x1A\x80-\xBF]|[\xE0-\xEF][\x1A\x80-\xBF][\x1A?]"
        + @"|[\xF0-\xF4][\x1A?][\x1A\x80-\xBF][\x1A\x80-\xBF]|[\xF0-\xF4][\x1A\x80-\xBF][\x1A?][\x1A\x80-\xBF]"
        + @"|[\xF0-\xF4][\x1A\x80-\xBF][\x1A\x80-\xBF][\x1A?]|\x1A")]
    private static partial Regex LostBytes();

    [GeneratedRegex(@"\xED[\xA0-\xAF][\x80-\xBF]\xED[\xB0-\xBF][\x80-\xBF]|\xC0\x80")]
    private static partial Regex Variants();
}
