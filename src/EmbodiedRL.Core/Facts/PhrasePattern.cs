using System.Collections.Immutable;

namespace EmbodiedRL.Core.Facts;

/// <summary>
/// Phrase pattern: words with choices in brackets, e.g. "the [red|bright red|] ball"; an empty choice leaves the words out.
/// </summary>
/// <remarks>
/// Draws are normalized words (see <see cref="Sentence"/>); matching ignores articles, so that "touch red ball"
/// is "touch the red ball".
/// </remarks>
public sealed class PhrasePattern
{
    private readonly ImmutableArray<ImmutableArray<string[]>> _parts;   // of drawing, articles included
    private readonly ImmutableArray<ImmutableArray<string[]>> _bare;    // of matching

    private PhrasePattern(string text, ImmutableArray<ImmutableArray<string[]>> parts)
    {
        (Text, _parts) = (text, parts);
        _bare = [.. parts.Select(part => part.Select(choice => choice.Where(word => !Sentence.IsArticle(word)).ToArray())
            .ToImmutableArray())];
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Every word of every choice.</summary>
    public IEnumerable<string> Words => _parts.SelectMany(part => part).SelectMany(choice => choice);

    /// <summary>The first of every choice.</summary>
    public string Plainest => string.Join(' ', _parts.SelectMany(part => part[0]));

    /// <summary>Words that a wording can begin with, articles left out.</summary>
    public IEnumerable<string> FirstWords
    {
        get
        {
            var first = new HashSet<string>(StringComparer.Ordinal);
            foreach (ImmutableArray<string[]> choices in _bare)
            {
                first.UnionWith(choices.Where(choice => choice.Length > 0).Select(choice => choice[0]));
                if (choices.All(choice => choice.Length > 0)) break;
            }

            return first;
        }
    }

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="ArgumentException">A bracket is not closed, or not opened.</exception>
    public static PhrasePattern Parse(string text) => new(text, Parts(text, text));

    /// <summary>Draws one wording.</summary>
    public string Draw(ref Rng rng)
    {
        var words = new List<string>();
        foreach (ImmutableArray<string[]> choices in _parts)
            words.AddRange(choices.Length == 1 ? choices[0] : choices[rng.Below(choices.Length)]);
        return string.Join(' ', words);
    }

    /// <summary>Where wordings that begin at a word end.</summary>
    /// <param name="words">Without articles.</param>
    /// <param name="start">Index of the first word.</param>
    /// <returns>Indices after the last word, each once.</returns>
    public IReadOnlyCollection<int> Match(ReadOnlySpan<string> words, int start)
    {
        var ends = new List<int> { start };
        foreach (ImmutableArray<string[]> choices in _bare)
        {
            var next = new List<int>();
            foreach (int end in ends)
                foreach (string[] choice in choices)
                {
                    int after = end + choice.Length;
                    if (after <= words.Length && !next.Contains(after) && words.Slice(end, choice.Length).SequenceEqual(choice))
                        next.Add(after);
                }

            if (next.Count == 0) return [];
            ends = next;
        }

        ends.Sort();
        return ends;
    }

    /// <summary>Whether the words, all of them, are one of its wordings.</summary>
    /// <param name="words">Without articles.</param>
    public bool IsMatch(ReadOnlySpan<string> words) => Match(words, 0).Contains(words.Length);

    /// <summary>Choices one after another; plain words are a choice of one.</summary>
    private static ImmutableArray<ImmutableArray<string[]>> Parts(string text, string whole)
    {
        var parts = ImmutableArray.CreateBuilder<ImmutableArray<string[]>>();
        for (int at = 0; at < text.Length;)
        {
            int open = text.IndexOf('[', at);
            string plain = open < 0 ? text[at..] : text[at..open];
            if (plain.Contains(']', StringComparison.Ordinal)) throw new ArgumentException($"'{whole}' closes a bracket that is not open.");
            if (Sentence.Words(plain) is { Length: > 0 } words) parts.Add([words]);
            if (open < 0) break;
            int close = Closing(text, open, whole);
            parts.Add([.. Choices(text[(open + 1)..close]).SelectMany(choice => Expand(choice, whole))]);
            at = close + 1;
        }

        return parts.ToImmutable();
    }

    /// <summary>Every wording of a choice, which may hold brackets itself.</summary>
    private static IEnumerable<string[]> Expand(string choice, string whole)
    {
        IEnumerable<string[]> wordings = [[]];
        foreach (ImmutableArray<string[]> part in Parts(choice, whole))
            wordings = [.. wordings.SelectMany(left => part.Select(right => (string[])[.. left, .. right]))];
        return wordings;
    }

    private static int Closing(string text, int open, string whole)
    {
        int depth = 0;
        for (int at = open; at < text.Length; at++)
        {
            if (text[at] == '[') depth++;
            if (text[at] == ']' && --depth == 0) return at;
        }

        throw new ArgumentException($"'{whole}' has a bracket that is not closed.");
    }

    private static IEnumerable<string> Choices(string text)
    {
        int depth = 0, start = 0;
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] is '[') depth++;
            else if (text[at] is ']') depth--;
            else if (text[at] is '|' && depth == 0)
            {
                yield return text[start..at];
                start = at + 1;
            }
        }

        yield return text[start..];
    }
}
