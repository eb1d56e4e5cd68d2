using System.Collections.Concurrent;
using EmbodiedRL.Models.Tokenizers.Unicode;

namespace EmbodiedRL.Models.Tokenizers.Components;

/// <summary>Settings of a byte-pair model.</summary>
internal sealed record BytePairSettings
{
    /// <summary>Token of characters without one; null drops them.</summary>
    public string? Unknown { get; init; }

    /// <summary>Written before every character of a piece but the first.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Written after the last character of a piece.</summary>
    public string Suffix { get; init; } = "";

    /// <summary>Whether neighboring unknown characters are one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Whether a character without a token is written as tokens of its bytes.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a piece that is a token is taken whole, whatever its merges say.</summary>
    public bool IgnoreMerges { get; init; }
}

/// <summary>Byte-pair model: begins with characters, and merges the neighboring pair that was learned first, again and again.</summary>
/// <remarks>Time grows with n log n in the length of a piece. Thread-safe; short pieces are remembered.</remarks>
internal sealed class BytePairModel : ITokenModel
{
    private const int MostScanned = 32, MostCachedLength = 64, MostCached = 1 << 15;

    private readonly BytePairSettings _settings;
    private readonly Dictionary<long, (int Rank, int Id)> _merges;
    private readonly int? _unknown;
    private readonly int[]? _bytes;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);

    /// <summary>A model.</summary>
    /// <exception cref="FormatException">A merge or the unknown token names no token of the vocabulary.</exception>
    public BytePairModel(Vocabulary vocabulary, IReadOnlyList<(string Left, string Right)> merges, BytePairSettings settings)
    {
        (Vocabulary, _settings) = (vocabulary, settings);
        _merges = new Dictionary<long, (int, int)>(merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            (string left, string right) = merges[rank];
            if (!right.StartsWith(settings.Prefix, StringComparison.Ordinal))
                throw new FormatException($"merge {rank + 1} joins '{right}', which lacks the prefix '{settings.Prefix}'");
            // As the reference does: a pair that is listed twice has the later rank.
            _merges[Key(Need(left, rank), Need(right, rank))] = (rank, Need(left + right[settings.Prefix.Length..], rank));
        }

        _unknown = settings.Unknown is null
            ? null
            : vocabulary.IdOf(settings.Unknown) ?? throw new FormatException($"the unknown token '{settings.Unknown}' is no token");
        if (settings.ByteFallback) _bytes = ByteTokens.Of(vocabulary);
    }

    /// <inheritdoc/>
    public Vocabulary Vocabulary { get; }

    /// <inheritdoc/>
    public void Encode(string piece, List<int> into)
    {
        if (piece.Length > MostCachedLength)
        {
            into.AddRange(EncodeAnew(piece));
            return;
        }

        if (!_cache.TryGetValue(piece, out int[]? ids))
        {
            ids = [.. EncodeAnew(piece)];
            if (_cache.Count >= MostCached) _cache.Clear();
            _cache[piece] = ids;
        }

        into.AddRange(ids);
    }

    /// <summary>Merges by a scan of all pairs after each merge: for short pieces.</summary>
    internal void MergeByScan(List<int> symbols)
    {
        while (symbols.Count > 1)
        {
            int best = int.MaxValue, place = -1, merged = 0;
            for (int i = 0; i + 1 < symbols.Count; i++)
                if (_merges.TryGetValue(Key(symbols[i], symbols[i + 1]), out (int Rank, int Id) merge) && merge.Rank < best)
                    (best, place, merged) = (merge.Rank, i, merge.Id);
            if (place < 0) return;
            symbols[place] = merged;
            symbols.RemoveAt(place + 1);
        }
    }

    /// <summary>Merges by a queue of pairs: for long pieces.</summary>
    internal void MergeByQueue(List<int> symbols)
    {
        int count = symbols.Count;
        int[] next = new int[count], before = new int[count];
        // Of each pair that waits: where it begins, and what it was; a pair that has changed since is passed over.
        var queue = new PriorityQueue<(int Place, int Left, int Right), long>();
        for (int i = 0; i < count; i++)
        {
            (next[i], before[i]) = (i + 1 < count ? i + 1 : -1, i - 1);
            if (next[i] >= 0) Offer(i);
        }

        while (queue.TryDequeue(out (int Place, int Left, int Right) pair, out _))
        {
            int place = pair.Place, right = next[place];
            if (symbols[place] != pair.Left || right < 0 || symbols[right] != pair.Right) continue;
            symbols[place] = _merges[Key(pair.Left, pair.Right)].Id;
            symbols[right] = -1;
            next[place] = next[right];
            if (next[place] >= 0)
            {
                before[next[place]] = place;
                Offer(place);
            }

            if (before[place] >= 0) Offer(before[place]);
        }

        symbols.RemoveAll(symbol => symbol < 0);

        void Offer(int place)
        {
            (int left, int right) = (symbols[place], symbols[next[place]]);
            if (_merges.TryGetValue(Key(left, right), out (int Rank, int Id) merge))
                queue.Enqueue((place, left, right), ((long)merge.Rank << 32) | (uint)place);
        }
    }

    private List<int> EncodeAnew(string piece)
    {
        if (_settings.IgnoreMerges && Vocabulary.TryGetId(piece, out int whole)) return [whole];
        List<int> symbols = Symbols(piece);
        if (symbols.Count <= MostScanned) MergeByScan(symbols);
        else MergeByQueue(symbols);
        return symbols;
    }

    private List<int> Symbols(string piece)
    {
        var symbols = new List<int>(piece.Length);
        bool unknownBefore = false;
        bool plain = _settings.Prefix.Length == 0;
        for (int i = 0, length; i < piece.Length; i += length)
        {
            int point = Characters.At(piece, i, out length);
            bool last = i + length == piece.Length;
            bool found = plain && (!last || _settings.Suffix.Length == 0)
                ? Vocabulary.TryGetId(piece.AsSpan(i, length), out int id)
                : Vocabulary.TryGetId(
                    string.Concat(i > 0 ? _settings.Prefix : "", piece.AsSpan(i, length), last ? _settings.Suffix : ""), out id);
            if (found)
            {
                symbols.Add(id);
                unknownBefore = false;
            }
            else if (_bytes is not null && ByteTokens.TryAppend(_bytes, point, symbols))
            {
                unknownBefore = false;
            }
            else if (_unknown is { } unknown)
            {
                if (!unknownBefore || !_settings.FuseUnknown) symbols.Add(unknown);
                unknownBefore = true;
            }
        }

        return symbols;
    }

    private int Need(string token, int rank) => Vocabulary.IdOf(token)
        ?? throw new FormatException($"merge {rank + 1} names '{token}', which is no token of the vocabulary");

    private static long Key(int left, int right) => ((long)left << 32) | (uint)right;
}

/// <summary>Byte tokens: <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>, for characters without a token of their own.</summary>
internal static class ByteTokens
{
    /// <summary>Ids of all 256; -1 where a vocabulary lacks one.</summary>
    public static int[] Of(Vocabulary vocabulary) =>
        [.. Enumerable.Range(0, 256).Select(value => vocabulary.IdOf($"<0x{value:X2}>") ?? -1)];

    /// <summary>Appends the byte tokens of a code point.</summary>
    /// <returns>False, and nothing appended, if one is missing.</returns>
    public static bool TryAppend(int[] tokens, int point, List<int> into)
    {
        Span<byte> bytes = stackalloc byte[4];
        bytes = bytes[..(System.Text.Rune.TryCreate(point, out System.Text.Rune rune)
            ? rune.EncodeToUtf8(bytes)
            : System.Text.Rune.ReplacementChar.EncodeToUtf8(bytes))];
        foreach (byte value in bytes)
            if (tokens[value] < 0) return false;
        foreach (byte value in bytes) into.Add(tokens[value]);
        return true;
    }
}
