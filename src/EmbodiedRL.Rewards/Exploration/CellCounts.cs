using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Visits to cells. Bounded: where there is no room all counts are halved, and cells that have none left are forgotten.</summary>
/// <param name="capacity">Cells at most; at least 1.</param>
internal sealed class CellCounts(int capacity) : ISnapshot
{
    private readonly Dictionary<ulong, long> _counts = [];

    /// <summary>Cells with visits.</summary>
    public int Count => _counts.Count;

    /// <summary>Visits to a cell so far.</summary>
    public long this[ulong cell] => _counts.GetValueOrDefault(cell);

    /// <summary>Counts a visit.</summary>
    /// <returns>Visits to the cell, this one included.</returns>
    public long Add(ulong cell)
    {
        if (_counts.TryGetValue(cell, out long visits)) return _counts[cell] = visits + 1;
        while (_counts.Count >= capacity) Halve();
        return _counts[cell] = 1;
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        ulong[] cells = [.. _counts.Keys.Order()];
        into.Put<ulong>("cells", cells);
        into.Put<long>("visits", Array.ConvertAll(cells, cell => _counts[cell]));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        ulong[] cells = from.GetAll<ulong>("cells");
        long[] visits = from.GetAll<long>("visits");
        SpecMismatchException.ThrowIfLength("visits to cells", visits.Length, cells.Length);
        _counts.Clear();
        for (int i = 0; i < cells.Length; i++) _counts[cells[i]] = visits[i];
    }

    private void Halve()
    {
        foreach ((ulong cell, long visits) in _counts.ToArray())
        {
            if (visits > 1) _counts[cell] = visits / 2;
            else _counts.Remove(cell);
        }
    }
}
