using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Memory of segments: so many steps of one episode that follow each other, with what a teacher says of each.</summary>
/// <remarks>
/// Segments do not overlap, go on from one rollout into the next, and never reach over the end of an episode: what is left there is
/// dropped. The oldest make room.
/// </remarks>
/// <param name="capacity">Segments at most.</param>
/// <param name="length">L: steps of a segment.</param>
/// <param name="width">D: numbers of a step.</param>
internal sealed class SegmentBuffer(int capacity, int length, int width) : ISnapshot
{
    private readonly List<float[]> _rows = [], _truths = []; // of each segment: [L, D] and [L]
    private long _added;
    private float[][] _pendingRows = [], _pendingTruths = [];
    private int[] _pending = [], _lived = []; // steps of the segment, and of the episode, under way in each environment

    /// <summary>Segments there are.</summary>
    public int Count => _rows.Count;

    /// <summary>Episodes that ended.</summary>
    public long Ended { get; private set; }

    /// <summary>Steps of the longest of them.</summary>
    public int Longest { get; private set; }

    /// <summary>[L, D] of a segment; lent.</summary>
    public float[] Rows(int segment) => _rows[segment];

    /// <summary>[L], what the teacher says of a segment; lent.</summary>
    public float[] Truth(int segment) => _truths[segment];

    /// <summary>Cuts a batch into segments.</summary>
    /// <param name="batch">Its episodes.</param>
    /// <param name="rows">[rows, D].</param>
    /// <param name="truth">[rows].</param>
    /// <param name="isWhole">Whether the last step ends the episode.</param>
    public void Take(TrajectoryBatch batch, ReadOnlySpan<float> rows, ReadOnlySpan<float> truth, bool isWhole)
    {
        if (_pending.Length != batch.Count) Begin(batch.Count);
        for (int row = 0; row < batch.Rows; row++)
        {
            int n = row % batch.Count;
            rows.Slice(row * width, width).CopyTo(_pendingRows[n].AsSpan(_pending[n] * width));
            _pendingTruths[n][_pending[n]] = truth[row];
            (_pending[n], _lived[n]) = (_pending[n] + 1, _lived[n] + 1);
            if (_pending[n] == length)
            {
                Add([.. _pendingRows[n]], [.. _pendingTruths[n]]);
                _pending[n] = 0;
            }

            if (!batch.EndsEpisode(row) && !(isWhole && row >= batch.Rows - batch.Count)) continue;
            (Ended, Longest) = (Ended + 1, Math.Max(Longest, _lived[n]));
            (_pending[n], _lived[n]) = (0, 0);
        }
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put<long>("counts", [_added, Ended, Longest]);
        into.Put<float>("rows", [.. _rows.SelectMany(segment => segment)]);
        into.Put<float>("truths", [.. _truths.SelectMany(segment => segment)]);
        into.Put<int>("pending", _pending);
        into.Put<int>("lived", _lived);
        into.Put<float>("pending-rows", [.. _pendingRows.SelectMany(part => part)]);
        into.Put<float>("pending-truths", [.. _pendingTruths.SelectMany(part => part)]);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        long[] counts = new long[3];
        from.Get<long>("counts", counts);
        (_added, Ended, Longest) = (counts[0], counts[1], (int)counts[2]);
        float[] rows = from.GetAll<float>("rows"), truths = from.GetAll<float>("truths");
        SpecMismatchException.ThrowIfLength("remembered segments", rows.Length, checked(truths.Length * width));
        _rows.Clear();
        _truths.Clear();
        _rows.AddRange(rows.Chunk(length * width));
        _truths.AddRange(truths.Chunk(length));
        int[] pending = from.GetAll<int>("pending");
        Begin(pending.Length);
        pending.CopyTo(_pending, 0);
        from.Get<int>("lived", _lived);
        Fill("pending-rows", _pendingRows);
        Fill("pending-truths", _pendingTruths);

        void Fill(string name, float[][] into)
        {
            float[] all = new float[into.Sum(part => part.Length)];
            from.Get<float>(name, all);
            for (int n = 0, at = 0; n < into.Length; at += into[n++].Length) all.AsSpan(at, into[n].Length).CopyTo(into[n]);
        }
    }

    private void Begin(int environments)
    {
        (_pending, _lived) = (new int[environments], new int[environments]);
        _pendingRows = [.. Enumerable.Range(0, environments).Select(_ => new float[length * width])];
        _pendingTruths = [.. Enumerable.Range(0, environments).Select(_ => new float[length])];
    }

    private void Add(float[] rows, float[] truth)
    {
        int at = (int)(_added++ % capacity);
        if (at == _rows.Count)
        {
            _rows.Add(rows);
            _truths.Add(truth);
        }
        else (_rows[at], _truths[at]) = (rows, truth);
    }
}
