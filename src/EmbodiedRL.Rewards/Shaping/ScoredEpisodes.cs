using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Shaping;

/// <summary>A finished episode.</summary>
/// <param name="Rows">[T, I], what is known of each step.</param>
/// <param name="Return">R, the undiscounted sum of its hand-built rewards.</param>
internal sealed record ScoredEpisode(float[] Rows, double Return);

/// <summary>Memory of whole episodes, put together from the rollouts that they span; the oldest make room.</summary>
/// <param name="capacity">Finished episodes at most.</param>
/// <param name="width">I, numbers of a step.</param>
internal sealed class ScoredEpisodes(int capacity, int width) : ISnapshot
{
    private readonly SortedDictionary<long, (List<float> Rows, double Return)> _running = [];
    private readonly Queue<ScoredEpisode> _finished = new();

    /// <summary>The newest finished episodes, the oldest first.</summary>
    public IReadOnlyCollection<ScoredEpisode> Finished => _finished;

    /// <summary>Finished episodes so far, with those that made room.</summary>
    public long Count { get; private set; }

    /// <summary>Takes in a rollout.</summary>
    /// <param name="batch">Lent for the time of the call.</param>
    /// <param name="rows">[rows, I], copied.</param>
    public void Add(TrajectoryBatch batch, ReadOnlySpan<float> rows)
    {
        for (int row = 0; row < batch.Rows; row++)
        {
            long id = batch.Episode[row];
            if (!_running.TryGetValue(id, out (List<float> Rows, double Return) episode)) episode = ([], 0);
            episode.Rows.AddRange(rows.Slice(row * width, width));
            episode.Return += batch.TaskRewards[row];
            _running[id] = episode;
            if (!batch.EndsEpisode(row)) continue;
            _running.Remove(id);
            Finish(new([.. episode.Rows], episode.Return));
            Count++;
        }
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put("count", Count);
        into.Put<int>("lengths", [.. _finished.Select(episode => episode.Rows.Length / width)]);
        into.Put<double>("returns", [.. _finished.Select(episode => episode.Return)]);
        into.Put<float>("rows", [.. _finished.SelectMany(episode => episode.Rows)]);
        into.Put<long>("running", [.. _running.Keys]);
        into.Put<int>("running-lengths", [.. _running.Values.Select(episode => episode.Rows.Count / width)]);
        into.Put<double>("running-returns", [.. _running.Values.Select(episode => episode.Return)]);
        into.Put<float>("running-rows", [.. _running.Values.SelectMany(episode => episode.Rows)]);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        Count = from.Get<long>("count");
        _finished.Clear();
        _running.Clear();
        foreach ((float[] rows, double total) in Parts(from, "")) _finished.Enqueue(new(rows, total));
        long[] ids = from.GetAll<long>("running");
        int at = 0;
        foreach ((float[] rows, double total) in Parts(from, "running-")) _running[ids[at++]] = ([.. rows], total);
        SpecMismatchException.ThrowIfLength("episodes under way", at, ids.Length);
    }

    private void Finish(ScoredEpisode episode)
    {
        if (_finished.Count == capacity) _finished.Dequeue();
        _finished.Enqueue(episode);
    }

    private List<(float[] Rows, double Return)> Parts(Snapshot from, string prefix)
    {
        int[] lengths = from.GetAll<int>(prefix + "lengths");
        double[] returns = from.GetAll<double>(prefix + "returns");
        float[] rows = from.GetAll<float>(prefix + "rows");
        SpecMismatchException.ThrowIfLength("returns of episodes", returns.Length, lengths.Length);
        SpecMismatchException.ThrowIfLength("steps of episodes", rows.Length, checked(lengths.Sum() * width));
        List<(float[], double)> parts = [];
        int start = 0;
        for (int i = 0; i < lengths.Length; start += lengths[i++] * width)
            parts.Add((rows[start..(start + (lengths[i] * width))], returns[i]));
        return parts;
    }
}
