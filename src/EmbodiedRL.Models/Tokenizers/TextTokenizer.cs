using EmbodiedRL.Models.Tokenizers.Components;

namespace EmbodiedRL.Models.Tokenizers;

/// <summary>Encoded pair: two texts in one sequence.</summary>
/// <param name="Ids">[L] token ids.</param>
/// <param name="TypeIds">[L] which text a token belongs to, as the model was trained: 0 or 1.</param>
public sealed record EncodedPair(int[] Ids, int[] TypeIds);

/// <summary>Parts of a text tokenizer.</summary>
internal sealed record TokenizerParts(ITokenModel Model)
{
    /// <summary>Rewrites the text before added tokens are looked for in it; null leaves it.</summary>
    public Func<string, string>? Prepare { get; init; }

    /// <summary>Rewrites what lies between added tokens; null leaves it.</summary>
    public INormalizer? Normalizer { get; init; }

    /// <summary>Cuts it into pieces; null leaves it whole.</summary>
    public IPreTokenizer? PreTokenizer { get; init; }

    /// <summary>Where special tokens stand.</summary>
    public Template Template { get; init; } = Template.Plain;

    /// <summary>Makes text of tokens; null joins them with spaces.</summary>
    public IDecoder? Decoder { get; init; }

    /// <summary>Tokens that are found before the text is cut.</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    /// <summary>Id of padding.</summary>
    public int PaddingId { get; init; }

    /// <summary>The most tokens of a text; null if unknown.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Whether a text that is too long loses its beginning.</summary>
    public bool TruncateLeft { get; init; }

    /// <summary>Whether spaces before punctuation are removed from decoded text.</summary>
    public bool CleanUpSpaces { get; init; }

    /// <summary>Whether decoded text loses the spaces at its ends.</summary>
    public bool TrimDecoded { get; init; }
}

/// <summary>Text tokenizer of the components that tokenizer files name: normalizer, pre-tokenizer, model, template and decoder.</summary>
public sealed class TextTokenizer : ITextTokenizer
{
    private readonly TokenizerParts _parts;
    private readonly Dictionary<int, AddedToken> _added = [];
    private readonly Dictionary<string, int> _addedIds = new(StringComparer.Ordinal);
    private readonly AddedTokenSearch _raw, _normalized;

    /// <summary>A tokenizer of parts.</summary>
    internal TextTokenizer(TokenizerParts parts)
    {
        _parts = parts;
        foreach (AddedToken token in parts.Added)
        {
            _added[token.Id] = token;
            _addedIds[token.Content] = token.Id;
        }

        _raw = new AddedTokenSearch(parts.Added.Where(token => !token.Normalized).Select(token => (token.Content, token)));
        _normalized = new AddedTokenSearch(
            parts.Added.Where(token => token.Normalized).Select(token => (Normalize(token.Content), token)));
        VocabularySize = 1 + Math.Max(parts.Model.Vocabulary.LargestId, parts.Added.Select(token => token.Id).DefaultIfEmpty(0).Max());
    }

    /// <inheritdoc/>
    public int VocabularySize { get; }

    /// <inheritdoc/>
    public int PaddingId => _parts.PaddingId;

    /// <inheritdoc/>
    public int? ContextLength => _parts.ContextLength;

    /// <summary>Tokens that are found before a text is cut into pieces.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => _parts.Added;

    /// <inheritdoc/>
    public int[] Encode(string text, int maximumLength = int.MaxValue) => Encode(text, maximumLength, specialsAsText: false);

    /// <summary>Encodes a text with the special tokens around it; those written in the text itself may be text like any other.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="maximumLength">The most ids, special tokens included.</param>
    /// <param name="specialsAsText">True where the text is not to be trusted: it then has no special tokens of its own.</param>
    /// <exception cref="ArgumentOutOfRangeException">The special tokens alone are more than the maximum.</exception>
    public int[] Encode(string text, int maximumLength, bool specialsAsText)
    {
        int room = Room(maximumLength, pair: false);
        return Fill(_parts.Template.Single, Truncate(EncodeText(text, specialsAsText, room), room), [], null);
    }

    /// <summary>Encodes a text alone: no special tokens around it.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="specialsAsText">True where special tokens written in it are text like any other.</param>
    public int[] EncodePlain(string text, bool specialsAsText = false) => [.. EncodeText(text, specialsAsText, int.MaxValue)];

    /// <summary>Encodes two texts as one sequence.</summary>
    /// <param name="first">The first text.</param>
    /// <param name="second">The second text.</param>
    /// <param name="maximumLength">The most ids: the longer text loses tokens first, one by one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The special tokens alone are more than the maximum.</exception>
    public EncodedPair EncodePair(string first, string second, int maximumLength = int.MaxValue)
    {
        int room = Room(maximumLength, pair: true);
        List<int> a = EncodeText(first, false, int.MaxValue), b = EncodeText(second, false, int.MaxValue);
        (int keptA, int keptB) = LongestFirst(a.Count, b.Count, room);
        var types = new List<int>();
        int[] ids = Fill(_parts.Template.Pair, Truncate(a, keptA), Truncate(b, keptB), types);
        return new EncodedPair(ids, [.. types]);
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
            if (TokenOf(id) is { } token && !(skipSpecialTokens && IsSpecial(id)))
                tokens.Add(token);
        string text = _parts.Decoder is null ? string.Join(' ', tokens) : string.Concat(_parts.Decoder.Decode(tokens));
        if (_parts.CleanUpSpaces) text = CleanUp.Spaces(text);
        return _parts.TrimDecoded ? text.Trim() : text;
    }

    /// <summary>The token of an id; null if there is none.</summary>
    public string? TokenOf(int id) => _added.TryGetValue(id, out AddedToken? token) ? token.Content : _parts.Model.Vocabulary.TokenOf(id);

    /// <summary>The id of a token; null if there is none.</summary>
    public int? IdOf(string token) => _addedIds.TryGetValue(token, out int id) ? id : _parts.Model.Vocabulary.IdOf(token);

    /// <summary>Whether an id is that of a special token.</summary>
    public bool IsSpecial(int id) => _added.TryGetValue(id, out AddedToken? token) && token.Special;

    /// <summary>Ids of a text; more than <paramref name="room"/> are made only where its end counts.</summary>
    private List<int> EncodeText(string text, bool specialsAsText, int room)
    {
        if (_parts.Prepare is { } prepare) text = prepare(text);
        int enough = _parts.TruncateLeft ? int.MaxValue : room;
        var ids = new List<int>();
        var pieces = new List<Piece>();
        foreach (TextPart part in _raw.Find(text, specialsAsText))
        {
            if (ids.Count >= enough) break;
            if (part.Id is { } special)
            {
                ids.Add(special);
                continue;
            }

            string normalized = Normalize(text[part.Begin..part.End]);
            foreach (TextPart inner in _normalized.Find(normalized, specialsAsText))
            {
                if (inner.Id is { } added) ids.Add(added);
                else
                    EncodePieces(new Piece(normalized[inner.Begin..inner.End], part.Begin == 0 && inner.Begin == 0), pieces, ids, enough);
            }
        }

        return ids;
    }

    private void EncodePieces(Piece whole, List<Piece> pieces, List<int> ids, int enough)
    {
        pieces.Clear();
        if (_parts.PreTokenizer is null) pieces.Add(whole);
        else _parts.PreTokenizer.Split(whole, pieces);
        foreach (Piece piece in pieces)
        {
            if (ids.Count >= enough) return;
            if (piece.Text.Length > 0) _parts.Model.Encode(piece.Text, ids);
        }
    }

    private string Normalize(string text) => _parts.Normalizer?.Normalize(text) ?? text;

    private int Room(int maximumLength, bool pair)
    {
        int special = _parts.Template.SpecialCount(pair);
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumLength, special);
        return maximumLength - special;
    }

    private List<int> Truncate(List<int> ids, int room)
    {
        if (ids.Count > room) ids.RemoveRange(_parts.TruncateLeft ? 0 : room, ids.Count - room);
        return ids;
    }

    /// <summary>Takes from the longer one until both fit; of two equal ones the second keeps what remains.</summary>
    private static (int First, int Second) LongestFirst(int first, int second, int room)
    {
        if ((long)first + second <= room) return (first, second);
        bool swapped = first > second;
        (int shorter, int longer) = swapped ? (second, first) : (first, second);
        longer = Math.Max(shorter, room - shorter);
        if (shorter + longer > room) (shorter, longer) = (room / 2, room / 2 + room % 2);
        return swapped ? (longer, shorter) : (shorter, longer);
    }

    private static int[] Fill(IReadOnlyList<TemplatePart> template, List<int> first, List<int> second, List<int>? types)
    {
        var ids = new List<int>(first.Count + second.Count + 4);
        foreach (TemplatePart part in template)
        {
            IReadOnlyList<int> added = part.Ids is null ? part.Second ? second : first : part.Ids;
            ids.AddRange(added);
            types?.AddRange(Enumerable.Repeat(part.TypeId, added.Count));
        }

        return [.. ids];
    }
}
