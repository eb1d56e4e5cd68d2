namespace EmbodiedRL.Rewards.Verifiers.Parsing;

/// <summary>Parser of the option that an answer chooses: exactly one, or none.</summary>
/// <remarks>
/// An answer chooses an option by its letter (<c>B</c>, <c>(b)</c>, <c>B.</c>, <c>option B</c>), by its words, or by both where they agree.
/// One that names several, all of them, or says which it is not, chooses none. A letter within words counts only in brackets or behind
/// <c>option</c>, <c>choice</c> or <c>answer</c>, since "a" is also a word.
/// </remarks>
public static class OptionText
{
    /// <summary>Longest answer that is read for an option, in characters.</summary>
    public const int MostCharacters = 4000;

    private static readonly string[] Denials = [" not ", " isnt ", " cannot ", " cant ", " neither ", " nor ", " except ", " no "];

    private static readonly string[] Every =
        [" all of the above ", " all of them ", " any of the above ", " any of them ", " both of the above ", " either of them "];

    /// <summary>Which option an answer chooses.</summary>
    /// <param name="answer">Any text.</param>
    /// <param name="options">As the question gives them; A is the first.</param>
    /// <param name="work">Counts characters.</param>
    /// <returns>Its index.</returns>
    public static Parsed<int> Parse(string answer, IReadOnlyList<string> options, ParseWork? work = null)
    {
        if (answer.Length > MostCharacters) return Parsed<int>.None("longer than an option");
        if (options.Count == 0) return Parsed<int>.None("a question without options");
        work?.Add(answer.Length);
        string plain = WordText.Plain(answer), bare = WordText.Normalized(answer);
        string[] names = [.. options.Select(option => WordText.Plain(option))];
        for (int i = 0; i < names.Length; i++)
            if (WordText.Normalized(options[i]) == bare && bare.Length > 0) return Parsed<int>.Of(i);
        if (Letter(plain.Trim(), options.Count) is { } letter) return Parsed<int>.Of(letter);
        if (Every.Any(words => plain.Contains(words, StringComparison.Ordinal))) return Parsed<int>.None("all options");
        if (Denials.Any(words => plain.Contains(words, StringComparison.Ordinal))) return Parsed<int>.None("an option that is denied");
        SortedSet<int> chosen = Lettered(answer, options.Count);
        foreach (int named in Named(plain, names)) chosen.Add(named);
        work?.Add(answer.Length * options.Count);
        return chosen.Count switch
        {
            0 => Parsed<int>.None("no option"),
            1 => Parsed<int>.Of(chosen.Min),
            _ => Parsed<int>.None("several options"),
        };
    }

    private static int? Letter(string text, int count)
    {
        if (text.Length != 1 || !char.IsAsciiLetter(text[0])) return null;
        int index = char.ToUpperInvariant(text[0]) - 'A';
        return index < count ? index : null;
    }

    /// <summary>Options that stand in brackets or behind their word, or begin the answer with a mark behind.</summary>
    private static SortedSet<int> Lettered(string text, int count)
    {
        var found = new SortedSet<int>();
        for (int at = 0; at < text.Length; at++)
        {
            if (!char.IsAsciiLetter(text[at]) || (at > 0 && char.IsLetterOrDigit(text[at - 1]))
                || (at + 1 < text.Length && char.IsLetterOrDigit(text[at + 1])))
                continue;
            char before = at > 0 ? text[at - 1] : ' ', after = at + 1 < text.Length ? text[at + 1] : ' ';
            bool isMarked = (before == '(' && after == ')') || after == ')' || (IsStart(text, at) && after is '.' or ':' or ',')
                || (char.IsAsciiLetterUpper(text[at]) && (IsBehindWord(text, at) || after is ',' or ';' or '/'));
            int index = char.ToUpperInvariant(text[at]) - 'A';
            if (isMarked && index < count) found.Add(index);
            // a list such as "A, B and C"
            if (found.Count > 0 && char.IsAsciiLetterUpper(text[at]) && text[at] is not ('A' or 'I') && index < count) found.Add(index);
        }

        return found;
    }

    private static bool IsStart(string text, int at) => string.IsNullOrWhiteSpace(text[..at]);

    private static bool IsBehindWord(string text, int at)
    {
        ReadOnlySpan<char> before = text.AsSpan(0, at).TrimEnd();
        before = before.TrimEnd(':').TrimEnd();
        if (before.EndsWith(" is", StringComparison.OrdinalIgnoreCase)) before = before[..^3].TrimEnd();
        return before.EndsWith("option", StringComparison.OrdinalIgnoreCase)
            || before.EndsWith("choice", StringComparison.OrdinalIgnoreCase)
            || before.EndsWith("answer", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Options whose words stand in the text, longer ones first: "red cube" is not also "red".</summary>
    private static List<int> Named(string plain, string[] names)
    {
        var found = new List<int>();
        foreach (int i in Enumerable.Range(0, names.Length).OrderByDescending(i => names[i].Length))
        {
            // one letter is no word that is looked for
            if (names[i].Length <= 3 || !plain.Contains(names[i], StringComparison.Ordinal)) continue;
            plain = plain.Replace(names[i], " | ", StringComparison.Ordinal);
            found.Add(i);
        }

        return found;
    }
}
