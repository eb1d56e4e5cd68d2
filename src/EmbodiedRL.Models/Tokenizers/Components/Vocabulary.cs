namespace EmbodiedRL.Models.Tokenizers.Components;

/// <summary>Vocabulary: tokens and their ids, each once.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _spans;
    private readonly Dictionary<int, string> _tokens;

    /// <summary>A vocabulary.</summary>
    /// <exception cref="FormatException">A token or an id occurs twice, or an id is negative.</exception>
    public Vocabulary(IEnumerable<KeyValuePair<string, int>> tokens)
    {
        _ids = new Dictionary<string, int>(StringComparer.Ordinal);
        _tokens = [];
        foreach ((string token, int id) in tokens)
        {
            if (id < 0) throw new FormatException($"token '{token}' has the id {id}");
            if (!_ids.TryAdd(token, id)) throw new FormatException($"token '{token}' occurs twice");
            if (!_tokens.TryAdd(id, token)) throw new FormatException($"tokens '{_tokens[id]}' and '{token}' have the same id {id}");
            Longest = Math.Max(Longest, token.Length);
        }

        if (_ids.Count == 0) throw new FormatException("the vocabulary is empty");
        _spans = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>How many tokens.</summary>
    public int Count => _ids.Count;

    /// <summary>UTF-16 units of the longest token.</summary>
    public int Longest { get; }

    /// <summary>The largest id.</summary>
    public int LargestId => _tokens.Keys.Max();

    /// <summary>All tokens.</summary>
    public IReadOnlyDictionary<string, int> Ids => _ids;

    /// <summary>Id of a token.</summary>
    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _spans.TryGetValue(token, out id);

    /// <summary>Id of a token, or nothing.</summary>
    public int? IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    /// <summary>Token of an id, or nothing.</summary>
    public string? TokenOf(int id) => _tokens.GetValueOrDefault(id);
}

/// <summary>Token model: makes ids of a piece.</summary>
internal interface ITokenModel
{
    /// <summary>Its tokens.</summary>
    Vocabulary Vocabulary { get; }

    /// <summary>Appends the ids of a piece.</summary>
    void Encode(string piece, List<int> into);
}
