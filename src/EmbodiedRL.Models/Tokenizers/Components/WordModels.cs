using EmbodiedRL.Models.Tokenizers.Unicode;

namespace EmbodiedRL.Models.Tokenizers.Components;

/// <summary>WordPiece model: the longest token that begins a word, then the longest that continues it, and so on.</summary>
internal sealed class WordPieceModel : ITokenModel
{
    private readonly int _unknown, _mostCharacters;
    private readonly string _prefix;

    /// <summary>A model.</summary>
    /// <exception cref="FormatException">The unknown token is no token.</exception>
    public WordPieceModel(Vocabulary vocabulary, string unknown, string prefix, int mostCharacters)
    {
        (Vocabulary, _prefix, _mostCharacters) = (vocabulary, prefix, mostCharacters);
        _unknown = vocabulary.IdOf(unknown) ?? throw new FormatException($"the unknown token '{unknown}' is no token");
    }

    /// <inheritdoc/>
    public Vocabulary Vocabulary { get; }

    /// <inheritdoc/>
    public void Encode(string piece, List<int> into)
    {
        if (Length(piece) > _mostCharacters)
        {
            into.Add(_unknown);
            return;
        }

        int count = into.Count;
        char[] buffer = new char[_prefix.Length + Vocabulary.Longest];
        _prefix.CopyTo(buffer);
        for (int begin = 0; begin < piece.Length;)
        {
            int end = Match(piece, begin, buffer, out int id);
            if (end == begin)
            {
                into.RemoveRange(count, into.Count - count);
                into.Add(_unknown);
                return;
            }

            into.Add(id);
            begin = end;
        }
    }

    private int Match(string piece, int begin, char[] buffer, out int id)
    {
        for (int end = Math.Min(piece.Length, begin + Vocabulary.Longest); end > begin; end--)
        {
            if (end < piece.Length && char.IsLowSurrogate(piece[end]) && char.IsHighSurrogate(piece[end - 1])) continue;
            ReadOnlySpan<char> token = piece.AsSpan(begin, end - begin);
            if (begin > 0)
            {
                token.CopyTo(buffer.AsSpan(_prefix.Length));
                token = buffer.AsSpan(0, _prefix.Length + token.Length);
            }

            if (Vocabulary.TryGetId(token, out id)) return end;
        }

        id = -1;
        return begin;
    }

    private static int Length(string text)
    {
        int length = text.Length;
        for (int i = 1; i < text.Length; i++)
            if (char.IsLowSurrogate(text[i]) && char.IsHighSurrogate(text[i - 1])) length--;
        return length;
    }
}

/// <summary>Word model: a piece is a token, or unknown.</summary>
internal sealed class WordLevelModel : ITokenModel
{
    private readonly int? _unknown;

    /// <summary>A model; an unknown token that is none drops unknown words.</summary>
    public WordLevelModel(Vocabulary vocabulary, string? unknown) =>
        (Vocabulary, _unknown) = (vocabulary, unknown is null ? null : vocabulary.IdOf(unknown));

    /// <inheritdoc/>
    public Vocabulary Vocabulary { get; }

    /// <inheritdoc/>
    public void Encode(string piece, List<int> into)
    {
        if (Vocabulary.IdOf(piece) is { } id) into.Add(id);
        else if (_unknown is { } unknown) into.Add(unknown);
    }
}
