using System.Collections.Concurrent;
using System.Runtime.InteropServices;
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
    private const int MostScanned = 64, MostCachedLength = 64, MostCached = 1 << 15;

    private readonly BytePairSettings _settings;
    private readonly Dictionary<long, (int Rank, int Id)> _merges;
    private readonly int? _unknown;
    private readonly int[]? _bytes;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);

    private int _cached;

    /// <summary>A model.</summary>
    /// <param name="vocabulary">All tokens.</param>
    /// <param name="merges">Pairs that are merged.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="ranks">When each pair is merged; of equal ranks the leftmost is first. Null for the order of the pairs.</param>
    /// <exception cref="FormatException">A merge or the unknown token names no token of the vocabulary.</exception>
    public BytePairModel(
        Vocabulary vocabulary, IReadOnlyList<(string Left, string Right)> merges, BytePairSettings settings,
        IReadOnlyList<int>? ranks = null)
    {
        (Vocabulary, _settings) = (vocabulary, settings);
        _merges = new Dictionary<long, (int, int)>(merges.Count);
        for (int i = 0; i < merges.Count; i++)
        {
            (string left, string right) = merges[i];
            if (!right.StartsWith(settings.Prefix, StringComparison.Ordinal))
                throw new FormatException($"merge {i + 1} joins '{right}', which lacks the prefix '{settings.Prefix}'");
            // As the reference does: a pair that is listed twice has the later rank.
            _merges[Key(Need(left, i), Need(right, i))] = (ranks?[i] ?? i, Need(left + right[settings.Prefix.Length..], i));
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
            Remember(piece, ids);
        }

        into.AddRange(ids);
    }

    private void Remember(string piece, int[] ids)
    {
        // The dictionary's own count takes all of its locks.
        if (Interlocked.Increment(ref _cached) > MostCached)
        {
            _cache.Clear();
            Interlocked.Exchange(ref _cached, 1);
        }

        _cache[piece] = ids;
    }

    /// <summary>Merges by a scan of the ranks of all pairs after each merge: for short pieces.</summary>
    internal void MergeByScan(List<int> symbols)
    {
        int count = symbols.Count;
        Span<int> ids = count <= MostScanned ? stackalloc int[count] : new int[count];
        Span<int> ranks = count <= MostScanned ? stackalloc int[count] : new int[count];
        CollectionsMarshal.AsSpan(symbols).CopyTo(ids);
        for (int i = 0; i < count; i++) ranks[i] = i + 1 < count ? RankOf(ids[i], ids[i + 1]) : int.MaxValue;
        while (count > 1)
        {
            int best = int.MaxValue, place = -1;
            for (int i = 0; i + 1 < count; i++)
                if (ranks[i] < best)
                    (best, place) = (ranks[i], i);
            if (place < 0) break;
            ids[place] = _merges[Key(ids[place], ids[place + 1])].Id;
            ids[(place + 2)..count].CopyTo(ids[(place + 1)..]);
            ranks[(place + 2)..count].CopyTo(ranks[(place + 1)..]);
            count--;
            ranks[place] = place + 1 < count ? RankOf(ids[place], ids[place + 1]) : int.MaxValue;
            if (place > 0) ranks[place - 1] = RankOf(ids[place - 1], ids[place]);
        }

        CollectionsMarshal.SetCount(symbols, count);
        ids[..count].CopyTo(CollectionsMarshal.AsSpan(symbols));
    }

    /// <summary>Merges by a heap of pairs, lowest rank and then leftmost first: for long pieces.</summary>
    internal void MergeByHeap(List<int> symbols)
    {
        int count = symbols.Count;
        int[] next = new int[count], before = new int[count];
        var offers = new List<(int Place, long Order)>(count);
        for (int i = 0; i < count; i++)
        {
            (next[i], before[i]) = (i + 1 < count ? i + 1 : -1, i - 1);
            if (next[i] >= 0 && RankOf(symbols[i], symbols[i + 1]) is < int.MaxValue and int rank) offers.Add((i, Order(rank, i)));
        }

        var heap = new PriorityQueue<int, long>(offers);
        while (heap.TryDequeue(out int place, out long order))
        {
            // What an offer was made for may have been merged since.
            int right = next[place];
            if (symbols[place] < 0 || right < 0) continue;
            if (!_merges.TryGetValue(Key(symbols[place], symbols[right]), out (int Rank, int Id) merge)
                || Order(merge.Rank, place) != order) continue;
            symbols[place] = merge.Id;
            symbols[right] = -1;
            next[place] = next[right];
            if (next[place] >= 0) before[next[place]] = place;
            Offer(place);
            Offer(before[place]);
        }

        symbols.RemoveAll(symbol => symbol < 0);

        void Offer(int place)
        {
            if (place >= 0 && next[place] >= 0 && RankOf(symbols[place], symbols[next[place]]) is < int.MaxValue and int rank)
                heap.Enqueue(place, Order(rank, place));
        }

        static long Order(int rank, int place) => ((long)rank << 32) | (uint)place;
    }

    private List<int> EncodeAnew(string piece)
    {
        if (_settings.IgnoreMerges && Vocabulary.TryGetId(piece, out int whole)) return [whole];
        List<int> symbols = Symbols(piece);
        if (symbols.Count <= MostScanned) MergeByScan(symbols);
        else MergeByHeap(symbols);
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

    private int RankOf(int left, int right) =>
        _merges.TryGetValue(Key(left, right), out (int Rank, int Id) merge) ? merge.Rank : int.MaxValue;

    /// <summary>One number for a pair; scattered by an odd factor, since a long's hash code is 0 for all pairs of equal ids.</summary>
    private static long Key(int left, int right) => unchecked((((long)left << 32) | (uint)right) * -7046029254386353131L);
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
