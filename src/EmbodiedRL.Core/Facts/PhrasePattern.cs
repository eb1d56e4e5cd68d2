using System.Collections.Immutable;

namespace EmbodiedRL.Core.Facts;

/// <summary>Phrase pattern: words with choices in brackets, e.g. "the [red|bright red|] ball"; an empty choice leaves the words out.</summary>
/// <remarks>
/// Brackets do not nest. Draws are normalized words (see <see cref="Sentence"/>); matching ignores articles, so that "touch red ball"
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

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="ArgumentException">A bracket is not closed, or not opened.</exception>
    public static PhrasePattern Parse(string text)
    {
        var parts = ImmutableArray.CreateBuilder<ImmutableArray<string[]>>();
        for (int at = 0; at < text.Length;)
        {
            int open = text.IndexOf('[', at);
            string plain = open < 0 ? text[at..] : text[at..open];
            if (plain.Contains(']', StringComparison.Ordinal)) throw new ArgumentException($"'{text}' closes a bracket that is not open.");
            if (Sentence.Words(plain) is { Length: > 0 } words) parts.Add([words]);
            if (open < 0) break;
            int close = text.IndexOf(']', open);
            if (close < 0) throw new ArgumentException($"'{text}' has a bracket that is not closed.");
            parts.Add([.. text[(open + 1)..close].Split('|').Select(Sentence.Words)]);
            at = close + 1;
        }

        return new PhrasePattern(text, parts.ToImmutable());
    }

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
        var ends = new SortedSet<int> { start };
        foreach (ImmutableArray<string[]> choices in _bare)
        {
            var next = new SortedSet<int>();
            foreach (int end in ends)
                foreach (string[] choice in choices)
                    if (end + choice.Length <= words.Length && words.Slice(end, choice.Length).SequenceEqual(choice))
                        next.Add(end + choice.Length);
            if (next.Count == 0) return [];
            ends = next;
        }

        return ends;
    }

    /// <summary>Whether the words, all of them, are one of its wordings.</summary>
    /// <param name="words">Without articles.</param>
    public bool IsMatch(ReadOnlySpan<string> words) => Match(words, 0).Contains(words.Length);
}
