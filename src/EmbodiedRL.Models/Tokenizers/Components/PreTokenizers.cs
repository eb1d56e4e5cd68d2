using EmbodiedRL.Models.Tokenizers.Unicode;

namespace EmbodiedRL.Models.Tokenizers.Components;

/// <summary>Piece of a text, to be cut further or encoded.</summary>
/// <param name="Text">Not empty.</param>
/// <param name="First">Whether the whole text begins with it.</param>
internal readonly record struct Piece(string Text, bool First);

/// <summary>Pre-tokenizer: cuts a piece into smaller ones, which tokens never cross.</summary>
internal interface IPreTokenizer
{
    /// <summary>Appends the pieces of a piece.</summary>
    void Split(Piece piece, List<Piece> into);
}

/// <summary>Pre-tokenizers one after the other.</summary>
internal sealed class SequencePreTokenizer(IReadOnlyList<IPreTokenizer> parts) : IPreTokenizer
{
    /// <inheritdoc/>
    public void Split(Piece piece, List<Piece> into)
    {
        List<Piece> now = [piece], next = [];
        foreach (IPreTokenizer part in parts)
        {
            foreach (Piece each in now) part.Split(each, next);
            (now, next) = (next, now);
            next.Clear();
        }

        into.AddRange(now);
    }
}

/// <summary>What becomes of the text that a split matches.</summary>
internal enum SplitBehavior
{
    /// <summary>Left out.</summary>
    Removed,

    /// <summary>A piece of its own.</summary>
    Isolated,

    /// <summary>End of the piece before.</summary>
    MergedWithPrevious,

    /// <summary>Begin of the piece after.</summary>
    MergedWithNext,

    /// <summary>Neighboring matches are one piece.</summary>
    Contiguous,
}

/// <summary>Splits where a rule matches.</summary>
internal sealed class SplitPreTokenizer(Func<string, List<Range>> matches, SplitBehavior behavior, bool invert = false) : IPreTokenizer
{
    /// <summary>Splits at every code point of a class; each is a match of its own.</summary>
    public static SplitPreTokenizer At(Func<int, bool> matched, SplitBehavior behavior) => new(text => Places(text, matched), behavior);

    /// <inheritdoc/>
    public void Split(Piece piece, List<Piece> into)
    {
        List<(int Begin, int End)> kept = Merge(Segments(piece.Text));
        foreach ((int begin, int end) in kept)
            into.Add(new Piece(piece.Text[begin..end], piece.First && begin == 0));
    }

    private static List<Range> Places(string text, Func<int, bool> matched)
    {
        var places = new List<Range>();
        for (int i = 0, length; i < text.Length; i += length)
            if (matched(Characters.At(text, i, out length)))
                places.Add(new Range(i, i + length));
        return places;
    }

    /// <summary>The whole text as segments that match or do not; none is empty.</summary>
    private List<(int Begin, int End, bool Match)> Segments(string text)
    {
        var segments = new List<(int, int, bool)>();
        int done = 0;
        foreach (Range match in matches(text))
        {
            if (match.Start.Value > done) segments.Add((done, match.Start.Value, invert));
            segments.Add((match.Start.Value, match.End.Value, !invert));
            done = match.End.Value;
        }

        if (done < text.Length) segments.Add((done, text.Length, invert));
        return segments;
    }

    private List<(int Begin, int End)> Merge(List<(int Begin, int End, bool Match)> segments)
    {
        var kept = new List<(int Begin, int End)>(segments.Count);
        bool before = false;
        if (behavior == SplitBehavior.MergedWithNext) segments.Reverse();
        foreach ((int begin, int end, bool match) in segments)
        {
            switch (behavior)
            {
                case SplitBehavior.Removed when match:
                    break;
                case SplitBehavior.Contiguous when match == before && kept.Count > 0:
                case SplitBehavior.MergedWithPrevious when match && !before && kept.Count > 0:
                    kept[^1] = (kept[^1].Begin, end);
                    break;
                case SplitBehavior.MergedWithNext when match && !before && kept.Count > 0:
                    kept[^1] = (begin, kept[^1].End);
                    break;
                default:
                    kept.Add((begin, end));
                    break;
            }

            before = match;
        }

        if (behavior == SplitBehavior.MergedWithNext) kept.Reverse();
        return kept;
    }
}

/// <summary>Byte-level pre-tokenizer of GPT-2: splits by its pattern, then writes bytes as printable characters.</summary>
internal sealed partial class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : IPreTokenizer
{
    private static readonly CodePointPattern Pattern = new(Gpt2());

    /// <inheritdoc/>
    public void Split(Piece piece, List<Piece> into)
    {
        string text = addPrefixSpace && !piece.Text.StartsWith(' ') ? " " + piece.Text : piece.Text;
        if (!useRegex)
        {
            into.Add(new Piece(ByteAlphabet.Encode(text), piece.First));
            return;
        }

        // The pattern matches everything: runs of letters, of numbers, of others, of spaces.
        foreach (Range match in Pattern.Matches(text))
            into.Add(new Piece(ByteAlphabet.Encode(text.AsSpan(match)), piece.First && match.Start.Value == 0));
    }

    [System.Text.RegularExpressions.GeneratedRegex(
        @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
        System.Text.RegularExpressions.RegexOptions.CultureInvariant)]
    private static partial System.Text.RegularExpressions.Regex Gpt2();
}

/// <summary>When a metaspace is put before a text.</summary>
internal enum PrependScheme
{
    /// <summary>Before every piece.</summary>
    Always,

    /// <summary>Before the first piece.</summary>
    First,

    /// <summary>Never.</summary>
    Never,
}

/// <summary>Metaspace pre-tokenizer: a visible character stands for a space, and begins a piece.</summary>
internal sealed class MetaspacePreTokenizer(string replacement, PrependScheme scheme, bool split) : IPreTokenizer
{
    private readonly SplitPreTokenizer _split = new(text => Places(text, replacement), SplitBehavior.MergedWithNext);

    /// <inheritdoc/>
    public void Split(Piece piece, List<Piece> into)
    {
        string text = piece.Text.Replace(" ", replacement, StringComparison.Ordinal);
        bool prepend = scheme == PrependScheme.Always || (scheme == PrependScheme.First && piece.First);
        if (prepend && !text.StartsWith(replacement, StringComparison.Ordinal)) text = replacement + text;
        if (split) _split.Split(new Piece(text, piece.First), into);
        else into.Add(new Piece(text, piece.First));
    }

    private static List<Range> Places(string text, string replacement)
    {
        var places = new List<Range>();
        for (int at = 0; at < text.Length && text.IndexOf(replacement, at, StringComparison.Ordinal) is >= 0 and int found;
            at = found + replacement.Length)
            places.Add(new Range(found, found + replacement.Length));
        return places;
    }
}

/// <summary>Pre-tokenizer of BERT: spaces separate and are dropped, every punctuation mark is a piece.</summary>
internal sealed class BertPreTokenizer : IPreTokenizer
{
    private static readonly SequencePreTokenizer Parts = new(
    [
        SplitPreTokenizer.At(Characters.IsWhiteSpace, SplitBehavior.Removed),
        SplitPreTokenizer.At(Characters.IsPunctuation, SplitBehavior.Isolated),
    ]);

    /// <inheritdoc/>
    public void Split(Piece piece, List<Piece> into) => Parts.Split(piece, into);
}

/// <summary>Whitespace pre-tokenizer: runs of word characters, and runs of others that are no spaces.</summary>
internal sealed class WordPreTokenizer : IPreTokenizer
{
    /// <inheritdoc/>
    public void Split(Piece piece, List<Piece> into)
    {
        string text = piece.Text;
        for (int i = 0, length; i < text.Length;)
        {
            int begin = i, kind = Kind(Characters.At(text, i, out length));
            for (i += length; i < text.Length && Kind(Characters.At(text, i, out length)) == kind; i += length)
            {
            }

            if (kind != 0) into.Add(new Piece(text[begin..i], piece.First && begin == 0));
        }
    }

    private static int Kind(int point) => Characters.IsWhiteSpace(point) ? 0 : Characters.IsWord(point) ? 1 : 2;
}
