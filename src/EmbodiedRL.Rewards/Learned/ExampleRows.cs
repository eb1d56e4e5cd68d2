using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Memory of rows with a target each, some of them kept apart; the oldest make room.</summary>
/// <param name="capacity">Rows at most.</param>
/// <param name="width">D.</param>
internal sealed class ExampleRows(int capacity, int width) : ISnapshot
{
    private readonly List<float> _rows = [], _targets = [];
    private readonly List<bool> _heldOut = [];
    private long _added;

    /// <summary>Rows there are.</summary>
    public int Count => _targets.Count;

    /// <summary>Rows that ever came.</summary>
    public long Added => _added;

    /// <summary>Target of a row.</summary>
    public float Target(int at) => _targets[at];

    /// <summary>Whether a row is kept apart.</summary>
    public bool IsHeldOut(int at) => _heldOut[at];

    /// <summary>[D], a row; lent until the next one comes.</summary>
    public ReadOnlySpan<float> Row(int at) => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_rows).Slice(at * width, width);

    /// <summary>Places of the rows that fulfil a condition.</summary>
    public int[] Where(Func<int, bool> holds) => [.. Enumerable.Range(0, Count).Where(holds)];

    /// <summary>Copies rows one after another.</summary>
    /// <returns>[places, D], fresh.</returns>
    public float[] Gather(ReadOnlySpan<int> places)
    {
        float[] rows = new float[places.Length * width];
        for (int i = 0; i < places.Length; i++) Row(places[i]).CopyTo(rows.AsSpan(i * width));
        return rows;
    }

    /// <summary>Remembers a row.</summary>
    public void Add(ReadOnlySpan<float> row, float target, bool isHeldOut)
    {
        int at = (int)(_added++ % capacity);
        if (at == _targets.Count)
        {
            foreach (float value in row) _rows.Add(value);
            _targets.Add(target);
            _heldOut.Add(isHeldOut);
            return;
        }

        row.CopyTo(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_rows)[(at * width)..]);
        (_targets[at], _heldOut[at]) = (target, isHeldOut);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put("added", _added);
        into.Put<float>("rows", [.. _rows]);
        into.Put<float>("targets", [.. _targets]);
        into.Put<byte>("held-out", [.. _heldOut.Select(isHeldOut => (byte)(isHeldOut ? 1 : 0))]);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _added = from.Get<long>("added");
        float[] rows = from.GetAll<float>("rows"), targets = from.GetAll<float>("targets");
        byte[] heldOut = new byte[targets.Length];
        from.Get<byte>("held-out", heldOut);
        SpecMismatchException.ThrowIfLength("remembered rows", rows.Length, checked(targets.Length * width));
        _rows.Clear();
        _targets.Clear();
        _heldOut.Clear();
        _rows.AddRange(rows);
        _targets.AddRange(targets);
        _heldOut.AddRange(heldOut.Select(flag => flag != 0));
    }
}
