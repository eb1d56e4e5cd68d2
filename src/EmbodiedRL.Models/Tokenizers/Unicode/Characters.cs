using System.Globalization;
using System.Text;

namespace EmbodiedRL.Models.Tokenizers.Unicode;

/// <summary>Character classes and case, by code point, as the tokenizers of other languages define them.</summary>
internal static class Characters
{
    /// <summary>White space of Unicode.</summary>
    public static bool IsWhiteSpace(int point) => point < 0x10000 && char.IsWhiteSpace((char)point);

    /// <summary>White space of Python's strings: also the four information separators.</summary>
    public static bool IsPythonSpace(char character) => char.IsWhiteSpace(character) || character is >= '\x1C' and <= '\x1F';

    /// <summary>Numeric: categories Nd, Nl and No.</summary>
    public static bool IsNumeric(int point) =>
        CategoryOf(point) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary>Mark: categories Mn, Mc and Me.</summary>
    public static bool IsMark(int point) => CategoryOf(point)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark;

    /// <summary>Mark without width: category Mn.</summary>
    public static bool IsNonSpacingMark(int point) => CategoryOf(point) == UnicodeCategory.NonSpacingMark;

    /// <summary>Control, format or private use: categories Cc, Cf and Co.</summary>
    public static bool IsOther(int point) =>
        CategoryOf(point) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;

    /// <summary>Punctuation: categories P, and every symbol of ASCII.</summary>
    public static bool IsPunctuation(int point) => point < 128
        ? point is (>= 33 and <= 47) or (>= 58 and <= 64) or (>= 91 and <= 96) or (>= 123 and <= 126)
        : CategoryOf(point) is >= UnicodeCategory.ConnectorPunctuation and <= UnicodeCategory.OtherPunctuation;

    /// <summary>Part of a word: letters, marks, digits and connectors.</summary>
    public static bool IsWord(int point) => IsMark(point) || CategoryOf(point) is <= UnicodeCategory.OtherLetter
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation
        || point is 0x200C or 0x200D;

    /// <summary>Ideographs that WordPiece sets apart.</summary>
    public static bool IsIdeograph(int point) => point is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF)
        or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F) or (>= 0x2B740 and <= 0x2B81F)
        or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);

    /// <summary>Category of a code point; a lone surrogate has its own.</summary>
    public static UnicodeCategory CategoryOf(int point) => CharUnicodeInfo.GetUnicodeCategory(point);

    /// <summary>The code point that begins at a place, and how many UTF-16 units it takes.</summary>
    public static int At(ReadOnlySpan<char> text, int place, out int length)
    {
        if (char.IsHighSurrogate(text[place]) && place + 1 < text.Length && char.IsLowSurrogate(text[place + 1]))
        {
            length = 2;
            return char.ConvertToUtf32(text[place], text[place + 1]);
        }

        length = 1;
        return text[place];
    }

    /// <summary>Lower case of each character alone: no rule looks at neighbors.</summary>
    public static string Lower(string text)
    {
        string lower = LowerInvariant(text);
        return lower.Contains('\u0130') ? lower.Replace("\u0130", "i\u0307", StringComparison.Ordinal) : lower;
    }

    /// <summary>Lower case as Python has it: a capital sigma at the end of a word becomes a final one.</summary>
    public static string PythonLower(string text)
    {
        if (!text.Contains('\u03A3')) return Lower(text);
        var result = new StringBuilder(text);
        for (int i = 0; i < text.Length; i++)
            if (text[i] == '\u03A3' && Follows(text, i) && !Precedes(text, i)) result[i] = '\u03C2';
        return Lower(result.ToString());
    }

    private static string LowerInvariant(string text)
    {
        foreach (char character in text)
            if (character >= 0x80 || char.IsAsciiLetterUpper(character)) return text.ToLowerInvariant();
        return text;
    }

    private static bool Follows(string text, int place)
    {
        while (--place >= 0)
        {
            if (char.IsLowSurrogate(text[place]) && place > 0 && char.IsHighSurrogate(text[place - 1])) place--;
            int point = At(text, place, out _);
            if (!IsCaseIgnorable(point)) return IsCased(point);
        }

        return false;
    }

    private static bool Precedes(string text, int place)
    {
        for (int i = place + 1, length; i < text.Length; i += length)
        {
            int point = At(text, i, out length);
            if (!IsCaseIgnorable(point)) return IsCased(point);
        }

        return false;
    }

    private static bool IsCaseIgnorable(int point) => CategoryOf(point)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol
        || point is '\'' or '.' or ':' or 0xB7 or 0x387 or 0x55F or 0x5F4 or 0x2018 or 0x2019 or 0x2024 or 0x2027
            or 0xFE13 or 0xFE52 or 0xFE55 or 0xFF07 or 0xFF0E or 0xFF1A;

    private static bool IsCased(int point) => CategoryOf(point)
            is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        || point is 0xAA or 0xBA or (>= 0x2B0 and <= 0x2B8) or 0x2C0 or 0x2C1 or (>= 0x2E0 and <= 0x2E4) or 0x345 or 0x37A
            or (>= 0x1D2C and <= 0x1D6A) or 0x1D78 or (>= 0x1D9B and <= 0x1DBF) or 0x2071 or 0x207F or (>= 0x2090 and <= 0x209C)
            or (>= 0x2160 and <= 0x217F) or (>= 0x24B6 and <= 0x24E9) or 0x2C7C or 0x2C7D or 0xA69C or 0xA69D or 0xA770
            or 0xA7F8 or 0xA7F9 or (>= 0xAB5C and <= 0xAB5F) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169)
            or (>= 0x1F170 and <= 0x1F189);
}
