using System.Text;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Tokenizers.Components;
using EmbodiedRL.Models.Tokenizers.Unicode;

namespace EmbodiedRL.Models.Tokenizers;

/// <summary>SentencePiece tokenizer: the text is rewritten by the model's map, spaces made visible, and encoded as a whole.</summary>
/// <remarks>
/// As transformers' SiglipTokenizer it first lower-cases, removes punctuation and collapses spaces. Special tokens written in the text
/// are found in it.
/// </remarks>
public sealed class SentencePieceTokenizer : ITextTokenizer
{
    private const string Space = "\u2581", Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    private readonly SentencePieceModel _file;
    private readonly ITokenModel _model;
    private readonly SentencePieceSettings _settings;
    private readonly AddedTokenSearch _specials;
    private readonly HashSet<int> _specialIds;

    private SentencePieceTokenizer(SentencePieceModel file, SentencePieceSettings settings)
    {
        (_file, _settings) = (file, settings);
        _model = file.Build();
        AddedToken[] specials = [.. file.Pieces.Select((piece, id) => (piece.Text, piece.Kind, id))
            .Where(piece => piece.Kind is PieceKind.Control or PieceKind.Unknown)
            .Select(piece => new AddedToken(piece.id, piece.Text))];
        _specials = new AddedTokenSearch(specials.Select(token => (token.Content, token)));
        _specialIds = [.. specials.Select(token => token.Id)];
        EndId = settings.End is null ? null : _model.Vocabulary.IdOf(settings.End) ?? file.EndId;
        PaddingId = settings.Padding is null ? file.PaddingId ?? 0 : _model.Vocabulary.IdOf(settings.Padding) ?? file.PaddingId ?? 0;
    }

    /// <inheritdoc/>
    public int VocabularySize => _file.Pieces.Count;

    /// <inheritdoc/>
    public int PaddingId { get; }

    /// <inheritdoc/>
    public int? ContextLength => _settings.ContextLength;

    /// <summary>Id that ends every text; null if none does.</summary>
    public int? EndId { get; }

    /// <summary>Reads a model file.</summary>
    /// <param name="path">A <c>spiece.model</c> or <c>tokenizer.model</c>.</param>
    /// <param name="settings">How text is prepared; null for SigLIP's way.</param>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is cut off, altered, or of another kind.</exception>
    public static SentencePieceTokenizer Read(string path, SentencePieceSettings? settings = null)
    {
        SentencePieceModel file = SentencePieceModel.Read(path);
        try
        {
            return new SentencePieceTokenizer(file, settings ?? SentencePieceSettings.SigLip);
        }
        catch (FormatException error)
        {
            throw new CorruptFileException(path, "a SentencePiece model", $"something else ({error.Message})",
                "Restore the file, or fetch it again.", error);
        }
    }

    /// <inheritdoc/>
    public int[] Encode(string text, int maximumLength = int.MaxValue)
    {
        int special = EndId is null ? 0 : 1;
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumLength, special);
        List<int> ids = EncodeText(text);
        if (ids.Count > maximumLength - special) ids.RemoveRange(maximumLength - special, ids.Count - maximumLength + special);
        if (EndId is { } end) ids.Add(end);
        return [.. ids];
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var tokens = new List<string>();
        foreach (int id in ids)
            if (id >= 0 && id < _file.Pieces.Count && !(skipSpecialTokens && _specialIds.Contains(id)))
                tokens.Add(_file.Pieces[id].Text);
        string text = string.Concat(new ByteFallbackDecoder().Decode(tokens)).Replace(Space, " ", StringComparison.Ordinal);
        return text.StartsWith(' ') ? text[1..] : text;
    }

    private List<int> EncodeText(string text)
    {
        var ids = new List<int>();
        if (!_settings.Canonicalize)
        {
            _model.Encode(Normalize(text, _file.AddDummyPrefix), ids);
            return ids;
        }

        // As the reference: the space before the text is written by hand, so that it stays when punctuation is removed.
        text = Space + text.Replace(Space, " ", StringComparison.Ordinal);
        foreach (TextPart part in _specials.Find(text, specialsAsText: false))
        {
            if (part.Id is { } special) ids.Add(special);
            else _model.Encode(Normalize(Canonical(text[part.Begin..part.End]), prefix: false), ids);
        }

        if (ids.Count > 1 && ids[0] == _model.Vocabulary.IdOf(Space) && _specialIds.Contains(ids[1])) ids.RemoveAt(0);
        return ids;
    }

    private string Canonical(string text)
    {
        if (_settings.LowerCase) text = Characters.PythonLower(text);
        var result = new StringBuilder(text.Length);
        bool space = false;
        foreach (char character in text)
        {
            if (Punctuation.Contains(character)) continue;
            if (Characters.IsPythonSpace(character))
            {
                space = true;
                continue;
            }

            if (space && result.Length > 0) result.Append(' ');
            space = false;
            result.Append(character);
        }

        return result.ToString();
    }

    /// <summary>SentencePiece's own normalization: the map, extra spaces, a space before the text, visible spaces.</summary>
    private string Normalize(string text, bool prefix)
    {
        if (_file.Map is { } map) text = map.Normalize(text);
        if (_file.RemoveExtraSpaces) text = Collapse(text);
        if (text.Length == 0) return text;
        if (prefix) text = " " + text;
        return _file.EscapeSpaces ? text.Replace(" ", Space, StringComparison.Ordinal) : text;
    }

    private static string Collapse(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (char character in text)
            if (character != ' ' || (result.Length > 0 && result[^1] != ' ')) result.Append(character);
        if (result.Length > 0 && result[^1] == ' ') result.Length--;
        return result.ToString();
    }
}

/// <summary>Settings of a SentencePiece tokenizer.</summary>
public sealed record SentencePieceSettings
{
    /// <summary>As SigLIP was trained: canonical text, <c>&lt;/s&gt;</c> at the end and as padding, 64 tokens.</summary>
    public static readonly SentencePieceSettings SigLip = new()
    {
        Canonicalize = true,
        LowerCase = true,
        End = "</s>",
        Padding = "</s>",
        ContextLength = 64,
    };

    /// <summary>Whether punctuation is removed, and spaces are collapsed and stripped.</summary>
    public bool Canonicalize { get; init; }

    /// <summary>Whether text is lower-cased, if it is canonicalized.</summary>
    public bool LowerCase { get; init; }

    /// <summary>Token that ends every text; null for none.</summary>
    public string? End { get; init; }

    /// <summary>Token of padding; null for the model's own.</summary>
    public string? Padding { get; init; }

    /// <summary>The most tokens of a text.</summary>
    public int? ContextLength { get; init; }
}
