using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Memory of rows that a source scored: a ring in which the oldest make room.</summary>
/// <param name="capacity">Rows at most.</param>
/// <param name="size">Bytes of a row.</param>
internal sealed class ScoredRows(int capacity, int size) : ISnapshot
{
    private readonly List<int> _fresh = [];
    private byte[] _rows = [];
    private float[] _scores = [];
    private long _added;

    /// <summary>Rows there are.</summary>
    public int Count => (int)Math.Min(_added, capacity);

    /// <summary>Places of the rows that came since <see cref="ForgetFresh"/>.</summary>
    public ReadOnlySpan<int> Fresh => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_fresh);

    /// <summary>A row.</summary>
    public ReadOnlySpan<byte> Row(int at) => _rows.AsSpan(at * size, size);

    /// <summary>A row's score.</summary>
    public float Score(int at) => _scores[at];

    /// <summary>Remembers a row.</summary>
    public void Add(ReadOnlySpan<byte> row, float score)
    {
        int at = (int)(_added++ % capacity);
        if (_scores.Length <= at)
        {
            int room = Math.Min(capacity, Math.Max(1024, 2 * _scores.Length));
            Array.Resize(ref _scores, room);
            Array.Resize(ref _rows, checked(room * size));
        }

        row.CopyTo(_rows.AsSpan(at * size));
        _scores[at] = score;
        _fresh.Add(at);
    }

    /// <summary>Bytes of the fresh rows, one after another.</summary>
    public byte[] FreshRows()
    {
        byte[] rows = new byte[_fresh.Count * size];
        for (int i = 0; i < _fresh.Count; i++) Row(_fresh[i]).CopyTo(rows.AsSpan(i * size));
        return rows;
    }

    /// <summary>Scores of the fresh rows.</summary>
    public float[] FreshScores() => [.. _fresh.Select(at => _scores[at])];

    /// <summary>From here on rows are fresh anew.</summary>
    public void ForgetFresh() => _fresh.Clear();

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put("added", _added);
        into.Put<byte>("rows", _rows.AsSpan(0, Count * size));
        into.Put<float>("scores", _scores.AsSpan(0, Count));
        into.Put<int>("fresh", [.. _fresh]);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _added = from.Get<long>("added");
        _rows = from.GetAll<byte>("rows");
        _scores = from.GetAll<float>("scores");
        SpecMismatchException.ThrowIfLength("remembered rows", _rows.Length, checked(Count * size));
        SpecMismatchException.ThrowIfLength("remembered scores", _scores.Length, Count);
        _fresh.Clear();
        _fresh.AddRange(from.GetAll<int>("fresh"));
    }
}
