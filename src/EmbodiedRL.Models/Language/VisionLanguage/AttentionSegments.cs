using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.VisionLanguage;

/// <summary>Attention within segments of one long row: those of equal length are computed together.</summary>
/// <remarks>Its tensors belong to the dispose scope that it is made in.</remarks>
internal sealed class AttentionSegments
{
    private readonly List<(long Length, Tensor? Places)> _groups = [];
    private readonly Tensor? _back;

    /// <summary>Segments.</summary>
    /// <param name="ends">Where they end, from 0 on; equal ones hold nothing.</param>
    /// <param name="device">Where the row lives.</param>
    public AttentionSegments(IReadOnlyList<int> ends, Device device)
    {
        (int Start, int Length)[] segments = [.. Enumerable.Range(1, ends.Count - 1)
            .Select(i => (Start: ends[i - 1], Length: ends[i] - ends[i - 1])).Where(segment => segment.Length > 0)];
        IGrouping<int, (int Start, int Length)>[] groups = [.. segments.GroupBy(segment => segment.Length)];
        if (groups.Length == 1)
        {
            _groups.Add((groups[0].Key, null)); // they lie one after another already
            return;
        }

        var all = new List<long>();
        foreach (IGrouping<int, (int Start, int Length)> group in groups)
        {
            long[] places = [.. group.SelectMany(segment => Enumerable.Range(segment.Start, segment.Length)).Select(i => (long)i)];
            _groups.Add((group.Key, tensor(places).to(device)));
            all.AddRange(places);
        }

        long[] back = new long[all.Count];
        for (int i = 0; i < back.Length; i++) back[all[i]] = i;
        _back = tensor(back).to(device);
    }

    /// <summary>Attends.</summary>
    /// <param name="query">[L, heads, D].</param>
    /// <param name="key">The same.</param>
    /// <param name="value">The same.</param>
    /// <returns>The same, owned by the caller's dispose scope.</returns>
    public Tensor Attend(Tensor query, Tensor key, Tensor value)
    {
        using DisposeScope scope = NewDisposeScope();
        (long heads, long size) = (query.shape[1], query.shape[2]);
        var parts = new List<Tensor>();
        foreach ((long length, Tensor? places) in _groups)
        {
            Tensor Of(Tensor x) => (places is null ? x : x.index_select(0, places)).view(-1, length, heads, size).transpose(1, 2);
            Tensor seen = nn.functional.scaled_dot_product_attention(Of(query), Of(key), Of(value));
            parts.Add(seen.transpose(1, 2).reshape(-1, heads, size));
        }

        return (_back is null ? parts[0] : cat(parts, 0).index_select(0, _back)).MoveToOuterDisposeScope();
    }
}
