using System.Text;
using EmbodiedRL.Models.Tokenizers.Unicode;

namespace EmbodiedRL.Models.Tokenizers.Components;

/// <summary>Settings of a unigram model.</summary>
internal sealed record UnigramSettings
{
    /// <summary>Id of the unknown token; null if there is none.</summary>
    public int? Unknown { get; init; }

    /// <summary>Whether a character without a token is written as tokens of its bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Ids that text never has: control tokens.</summary>
    public IReadOnlySet<int> Hidden { get; init; } = new HashSet<int>();

    /// <summary>Ids of symbols of the user: scored so that they beat the pieces of their characters.</summary>
    public IReadOnlySet<int> Defined { get; init; } = new HashSet<int>();

    /// <summary>Whether scores are added in 32-bit floats, as SentencePiece does.</summary>
    public bool SinglePrecision { get; init; }
}

/// <summary>Unigram model: of all ways to write a piece as tokens, the one whose scores (log-probabilities) add up to the most.</summary>
/// <remarks>Viterbi over the places of the piece; equal sums keep what was found first, as SentencePiece does.</remarks>
internal sealed class UnigramModel : ITokenModel
{
    private const double UnknownPenalty = 10;

    private readonly UnigramSettings _settings;
    private readonly int[]? _bytes;
    private readonly double _unknownScore;
    private readonly TokenTrie _trie = new();
    private readonly double[] _scores;

    /// <summary>A model.</summary>
    /// <param name="pieces">Text and score of each id.</param>
    /// <param name="settings">Its settings.</param>
    /// <exception cref="FormatException">A piece occurs twice or is empty, or the unknown id is out of range.</exception>
    public UnigramModel(IReadOnlyList<(string Text, double Score)> pieces, UnigramSettings settings)
    {
        Vocabulary = new Vocabulary(pieces.Select((piece, id) => KeyValuePair.Create(piece.Text, id)));
        _settings = settings;
        if (settings.Unknown is { } unknown && (unknown < 0 || unknown >= pieces.Count))
            throw new FormatException($"the id {unknown} of the unknown token is out of range");
        _scores = [.. pieces.Select(piece => piece.Score)];
        if (!_scores.All(double.IsFinite)) throw new FormatException("a score is not finite");
        for (int id = 0; id < pieces.Count; id++)
            if (!settings.Hidden.Contains(id) && id != settings.Unknown && pieces[id].Text.Length > 0)
                _trie.Add(pieces[id].Text, id);
        double[] normal = [.. _scores.Where((_, id) => !settings.Hidden.Contains(id) && !settings.Defined.Contains(id)
            && (id != settings.Unknown || !settings.SinglePrecision))];
        (double lowest, double highest) = normal.Length > 0 ? (normal.Min(), normal.Max()) : (0, 0);
        _unknownScore = lowest - UnknownPenalty;
        // As SentencePiece: by the bytes of the symbol.
        foreach (int id in settings.Defined) _scores[id] = Encoding.UTF8.GetByteCount(pieces[id].Text) * highest - 0.1;
        if (settings.ByteFallback) _bytes = ByteTokens.Of(Vocabulary);
    }

    /// <inheritdoc/>
    public Vocabulary Vocabulary { get; }

    /// <inheritdoc/>
    public void Encode(string piece, List<int> into)
    {
        var tokens = new List<(int Id, int Begin, int End)>();
        Backtrack(Viterbi(piece), tokens);
        bool unknownBefore = false;
        for (int i = tokens.Count - 1; i >= 0; i--)
        {
            (int id, int begin, _) = tokens[i];
            if (id >= 0) into.Add(id);
            else if (_bytes is not null && ByteTokens.TryAppend(_bytes, Characters.At(piece, begin, out _), into)) id = 0;
            else if (!unknownBefore && _settings.Unknown is { } unknown) into.Add(unknown);
            unknownBefore = id < 0;
        }
    }

    private (int Begin, int Id, double Score)[] Viterbi(string piece)
    {
        var best = new (int Begin, int Id, double Score)[piece.Length + 1];
        Array.Fill(best, (-1, -1, 0));
        best[0] = (0, -1, 0);
        for (int begin = 0, length; begin < piece.Length; begin += length)
        {
            Characters.At(piece, begin, out length);
            double until = best[begin].Score;
            bool single = false;
            int node = TokenTrie.Root;
            for (int end = begin; end < piece.Length && _trie.TryStep(ref node, piece[end]);)
            {
                end++;
                if (_trie.IdAt(node) is not (>= 0 and int id)) continue;
                Offer(best, begin, end, id, until + _scores[id]);
                single |= end - begin == length;
            }

            if (!single) Offer(best, begin, begin + length, -1, until + _unknownScore);
        }

        return best;
    }

    private void Offer((int Begin, int Id, double Score)[] best, int begin, int end, int id, double score)
    {
        if (_settings.SinglePrecision) score = (float)score;
        if (best[end].Begin < 0 || score > best[end].Score) best[end] = (begin, id, score);
    }

    private static void Backtrack((int Begin, int Id, double Score)[] best, List<(int Id, int Begin, int End)> into)
    {
        for (int end = best.Length - 1; end > 0; end = best[end].Begin) into.Add((best[end].Id, best[end].Begin, end));
    }
}

/// <summary>Token trie: walks all tokens that begin at a place, character by character.</summary>
internal sealed class TokenTrie
{
    /// <summary>Where a walk begins.</summary>
    public const int Root = 0;

    private readonly Dictionary<long, int> _next = [];
    private readonly List<int> _ids = [-1];

    /// <summary>Adds a token.</summary>
    public void Add(string token, int id)
    {
        int node = Root;
        foreach (char character in token)
        {
            if (!_next.TryGetValue(Key(node, character), out int next))
            {
                next = _ids.Count;
                _next.Add(Key(node, character), next);
                _ids.Add(-1);
            }

            node = next;
        }

        _ids[node] = id;
    }

    /// <summary>Goes on by a character; false where no token goes on.</summary>
    public bool TryStep(ref int node, char character) => _next.TryGetValue(Key(node, character), out node);

    /// <summary>Id of the token that ends at a node; -1 if none does.</summary>
    public int IdAt(int node) => _ids[node];

    private static long Key(int node, char character) => ((long)node << 16) | character;
}
