using System.Globalization;

namespace EmbodiedRL.Rewards.Verifiers.Parsing;

/// <summary>Number of an answer.</summary>
/// <param name="Value">As written: 50 for <c>50%</c>.</param>
/// <param name="Unit">What follows it at once or after a space, in lower case, e.g. <c>cm</c>; <c>%</c> for a percentage; may be
/// empty.</param>
public readonly record struct QuantityText(double Value, string Unit)
{
    /// <summary>The value, a percentage as a share of 1.</summary>
    public double Share => Unit == "%" ? Value / 100 : Value;
}

/// <summary>Parser of the number in an answer: the only one, or none, since an answer with two numbers has not decided.</summary>
/// <remarks>
/// Takes signs (also the minus sign U+2212), decimals, exponents, thousands (<c>1,234.5</c>), fractions (<c>3/4</c>), a percent sign,
/// units, and words from zero to the thousands (<c>three</c>, <c>twenty-one</c>) where there are no digits. Digits that are not those of
/// ASCII are no number, and digits behind a letter are part of a name (<c>x3</c>).
/// </remarks>
public static class NumberText
{
    /// <summary>Longest answer that is read for a number, in characters.</summary>
    public const int MostCharacters = 20_000;

    private static readonly string[] UpToTwenty =
    [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
        "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
    ];

    private static readonly string[] Tens = ["thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

    private static readonly Dictionary<string, int> Small = UpToTwenty.Select((word, i) => (word, i))
        .Concat(Tens.Select((word, i) => (word, 30 + (10 * i)))).ToDictionary(one => one.Item1, one => one.Item2, StringComparer.Ordinal);

    /// <summary>The number in a text.</summary>
    /// <param name="text">Any.</param>
    /// <param name="work">Counts characters.</param>
    public static Parsed<QuantityText> Parse(ReadOnlySpan<char> text, ParseWork? work = null)
    {
        if (text.Length > MostCharacters) return Parsed<QuantityText>.None("longer than a number");
        work?.Add(2 * text.Length);
        QuantityText? found = null;
        for (int at = 0; at < text.Length;)
        {
            char letter = text[at];
            if (char.IsDigit(letter) && !char.IsAsciiDigit(letter)) return Parsed<QuantityText>.None("digits that are not ASCII");
            if (char.IsLetter(letter) || letter == '_')
            {
                // a name such as x3 or A4, with its digits
                while (at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] == '_')) at++;
                continue;
            }

            if (!char.IsAsciiDigit(letter) && !(letter == '.' && at + 1 < text.Length && char.IsAsciiDigit(text[at + 1])))
            {
                at++;
                continue;
            }

            Parsed<QuantityText> one = Quantity(text, ref at);
            if (!one.IsFound) return one;
            if (found is not null) return Parsed<QuantityText>.None("several numbers");
            found = one.Value;
        }

        return found is { } number ? Parsed<QuantityText>.Of(number) : InWords(text);
    }

    /// <summary>Reads a number with its sign before and its unit behind.</summary>
    private static Parsed<QuantityText> Quantity(ReadOnlySpan<char> text, ref int at)
    {
        int start = at;
        double sign = IsMinus(text, start) ? -1 : 1;
        if (Digits(text, ref at) is not { } value) return Parsed<QuantityText>.None("no number that can be read");
        if (at + 1 < text.Length && text[at] == '/' && char.IsAsciiDigit(text[at + 1]))
        {
            at++;
            if (Digits(text, ref at) is not { } under) return Parsed<QuantityText>.None("no number that can be read");
            if (under == 0) return Parsed<QuantityText>.None("a fraction over 0");
            value /= under;
        }

        string unit = Unit(text, ref at);
        return double.IsFinite(value) ? Parsed<QuantityText>.Of(new QuantityText(sign * value, unit))
            : Parsed<QuantityText>.None("a number that is not finite");
    }

    /// <summary>A minus counts where no digit, letter or bracket ends before it: in <c>3-4</c> it is none.</summary>
    private static bool IsMinus(ReadOnlySpan<char> text, int start) => start > 0 && text[start - 1] is '-' or '−'
        && (start == 1 || !(char.IsLetterOrDigit(text[start - 2]) || text[start - 2] is ')' or ']'));

    private static double? Digits(ReadOnlySpan<char> text, ref int at)
    {
        Span<char> digits = stackalloc char[JsonText.MostDigits];
        int count = 0, start = at;
        bool hasPoint = false, hasExponent = false;
        for (; at < text.Length; at++)
        {
            char letter = text[at];
            bool isNext = at + 1 < text.Length && char.IsAsciiDigit(text[at + 1]);
            if (letter == ',' && !hasPoint && !hasExponent && isNext)
            {
                if (!IsThousands(text, start, at)) break;
                continue;
            }

            if (letter == '.' && isNext)
            {
                if (hasPoint || hasExponent) return null; // 1.2.3
                hasPoint = true;
            }
            else if (letter is 'e' or 'E' && !hasExponent && at > start && IsExponent(text, at))
            {
                hasExponent = true;
                digits[count++] = 'e';
                if (count == digits.Length) return null;
                if (text[at + 1] is '+' or '-') digits[count++] = text[++at];
                if (count == digits.Length) return null;
                continue;
            }
            else if (!char.IsAsciiDigit(letter))
            {
                break;
            }

            digits[count++] = letter;
            if (count == digits.Length) return null;
        }

        return double.TryParse(digits[..count], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;
    }

    /// <summary>Whether a comma parts thousands: up to three digits before the first, three behind each.</summary>
    private static bool IsThousands(ReadOnlySpan<char> text, int start, int comma)
    {
        int last = text[start..comma].LastIndexOf(',');
        int before = last < 0 ? comma - start : comma - start - last - 1;
        if (last < 0 ? before > 3 : before != 3) return false;
        return comma + 3 < text.Length && char.IsAsciiDigit(text[comma + 2]) && char.IsAsciiDigit(text[comma + 3])
            && !(comma + 4 < text.Length && char.IsAsciiDigit(text[comma + 4]));
    }

    private static bool IsExponent(ReadOnlySpan<char> text, int at)
    {
        int digit = at + 1 < text.Length && text[at + 1] is '+' or '-' ? at + 2 : at + 1;
        return digit < text.Length && char.IsAsciiDigit(text[digit]);
    }

    private static string Unit(ReadOnlySpan<char> text, ref int at)
    {
        int start = at;
        if (start < text.Length && text[start] == ' ') start++;
        if (start < text.Length && text[start] == '%')
        {
            at = start + 1;
            return "%";
        }

        int end = start;
        while (end < text.Length && end - start < 32 && (char.IsLetter(text[end]) || text[end] is '°' or '²' or '³' or 'µ')) end++;
        if (end == start) return "";
        // 2x3 and 3D: what is written together belongs together
        if (start == at) while (end < text.Length && char.IsLetterOrDigit(text[end])) end++;
        at = end;
        return text[start..end].ToString().ToLowerInvariant();
    }

    private static Parsed<QuantityText> InWords(ReadOnlySpan<char> text)
    {
        string[] words = [.. WordText.Plain(text.ToString()).Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        double? found = null;
        for (int at = 0; at < words.Length;)
        {
            if (!Small.ContainsKey(words[at]) && words[at] is not ("hundred" or "thousand"))
            {
                at++;
                continue;
            }

            if (found is not null) return Parsed<QuantityText>.None("several numbers");
            found = Spelled(words, ref at);
            if (found is null) return Parsed<QuantityText>.None("several numbers");
        }

        return found is { } value ? Parsed<QuantityText>.Of(new QuantityText(value, "")) : Parsed<QuantityText>.None("no number");
    }

    /// <summary>Words of one number from here on; null where they make no one number, e.g. <c>three four</c>.</summary>
    private static double? Spelled(string[] words, ref int at)
    {
        double total = 0, part = 0;
        int least = int.MaxValue; // the smallest place that is already filled
        for (; at < words.Length; at++)
        {
            if (words[at] == "and" && at + 1 < words.Length && Small.ContainsKey(words[at + 1]) && least is >= 100 and < int.MaxValue)
                continue;
            if (words[at] == "hundred")
            {
                if (part >= 100) return null;
                (part, least) = ((part == 0 ? 1 : part) * 100, 100);
            }
            else if (words[at] == "thousand")
            {
                if (total > 0) return null;
                (total, part, least) = ((part == 0 ? 1 : part) * 1000, 0, 1000);
            }
            else if (Small.TryGetValue(words[at], out int small))
            {
                int place = small >= 20 ? 10 : 1;
                if (least <= place || (least == 10 && small >= 10)) return null;
                (part, least) = (part + small, small is >= 10 and < 20 ? 1 : place);
            }
            else
            {
                break;
            }
        }

        return total + part;
    }
}
