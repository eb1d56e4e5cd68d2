using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Transforms;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>What a bonus remembers of every episode under way, by episode id; what belongs to an episode goes when it ends.</summary>
/// <remarks>
/// It belongs to the batches of training: frozen scoring begins every episode of a batch anew, and neither reads nor changes it. At most
/// one memory for each environment is kept between two batches.
/// </remarks>
/// <typeparam name="T">Memory of one episode.</typeparam>
/// <param name="make">Makes the memory that an episode begins with.</param>
internal sealed class EpisodeMemory<T>(Func<T> make) : ISnapshot where T : class, ISnapshot
{
    private readonly SortedDictionary<long, T> _running = [];

    /// <summary>Episodes that are remembered.</summary>
    public int Count => _running.Count;

    /// <summary>Visits all rows in the order of time, each with the memory of its episode.</summary>
    /// <param name="batch">Steps of episodes.</param>
    /// <param name="context">Where the run stands.</param>
    /// <param name="visit">Takes a row and its episode's memory, which it may change.</param>
    public void Visit(RewardBatch batch, ScoreContext context, Action<int, T> visit)
    {
        var current = new T[batch.NextRow];
        for (int row = 0; row < batch.Rows; row++)
        {
            ref T memory = ref current[row % batch.NextRow];
            if (row < batch.NextRow) memory = Of(batch.Episode[row], context);
            else if (!EpisodeScores.HasPrevious(batch, row)) memory = make();
            visit(row, memory);
        }

        if (context.Frozen) return;
        _running.Clear();
        for (int row = batch.Rows - batch.NextRow; row < batch.Rows; row++)
            if (!batch.EndsEpisode(row)) _running[batch.Episode[row]] = current[row % batch.NextRow];
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put<long>("episodes", [.. _running.Keys]);
        foreach ((long episode, T memory) in _running) memory.Save(into.Section($"{episode}"));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _running.Clear();
        foreach (long episode in from.GetAll<long>("episodes"))
        {
            T memory = make();
            memory.Load(from.Section($"{episode}"));
            _running.Add(episode, memory);
        }
    }

    private T Of(long episode, ScoreContext context) =>
        !context.Frozen && _running.TryGetValue(episode, out T? memory) ? memory : make();
}
