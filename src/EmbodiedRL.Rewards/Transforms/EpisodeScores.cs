using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>The last score of every episode that goes on into the next batch, by episode id.</summary>
/// <remarks>
/// It belongs to the batches of training: frozen scoring, of other episodes or of a batch once more, neither reads nor changes it.
/// </remarks>
internal sealed class EpisodeScores : ISnapshot
{
    private readonly SortedDictionary<long, float> _scores = [];

    /// <summary>Whether the row before this one in its episode lies in the same batch.</summary>
    public static bool HasPrevious(RewardBatch batch, int row) =>
        row >= batch.NextRow && batch.Episode[row - batch.NextRow] == batch.Episode[row];

    /// <summary>Whether the row after this one in its episode lies in the same batch.</summary>
    public static bool HasNext(RewardBatch batch, int row) =>
        row + batch.NextRow < batch.Rows && batch.Episode[row + batch.NextRow] == batch.Episode[row];

    /// <summary>The score that an episode ended the last batch with; NaN if none is known or scoring is frozen.</summary>
    public float Of(long episode, ScoreContext context) =>
        !context.Frozen && _scores.TryGetValue(episode, out float score) ? score : float.NaN;

    /// <summary>Remembers the scores of the last rows of episodes that go on, unless scoring is frozen.</summary>
    public void Keep(RewardBatch batch, ReadOnlySpan<float> scores, ScoreContext context)
    {
        if (context.Frozen) return;
        _scores.Clear();
        for (int row = Math.Max(0, batch.Rows - batch.NextRow); row < batch.Rows; row++)
            if (!batch.EndsEpisode(row) && !float.IsNaN(scores[row])) _scores[batch.Episode[row]] = scores[row];
    }

    /// <summary>Remembers what the last rows of episodes that go on leave behind, unless scoring is frozen.</summary>
    /// <param name="batch">Steps of episodes.</param>
    /// <param name="columns">[N], one for each row of a step; NaN where there is nothing to remember.</param>
    /// <param name="context">Where the run stands.</param>
    public void KeepColumns(RewardBatch batch, ReadOnlySpan<float> columns, ScoreContext context)
    {
        if (context.Frozen) return;
        _scores.Clear();
        for (int row = Math.Max(0, batch.Rows - batch.NextRow); row < batch.Rows; row++)
        {
            float left = columns[row % batch.NextRow];
            if (!batch.EndsEpisode(row) && !float.IsNaN(left)) _scores[batch.Episode[row]] = left;
        }
    }

    /// <summary>Computes scores from those before them in their episodes, in order; rows without a score are passed over.</summary>
    /// <param name="batch">Steps of episodes.</param>
    /// <param name="scores">[rows], overwritten.</param>
    /// <param name="context">Where the run stands.</param>
    /// <param name="next">
    /// From a score, and what the scored row before it left behind (NaN at the first), to the score to write and what is left behind.
    /// </param>
    public void Fold(RewardBatch batch, Span<float> scores, ScoreContext context, Func<float, float, (float Score, float Left)> next)
    {
        float[] left = new float[batch.NextRow];
        for (int row = 0; row < scores.Length; row++)
        {
            ref float before = ref left[row % batch.NextRow];
            if (row < batch.NextRow) before = Of(batch.Episode[row], context);
            else if (!HasPrevious(batch, row)) before = float.NaN;
            if (!float.IsNaN(scores[row])) (scores[row], before) = next(scores[row], before);
        }

        KeepColumns(batch, left, context);
    }

    /// <summary>Fails where rows do not follow each other, so that there is no row before another.</summary>
    /// <param name="batch">Any.</param>
    /// <param name="reader">Name of the part in settings, for the message.</param>
    /// <exception cref="SpecMismatchException">The batch holds completions.</exception>
    public static void RequireSteps(RewardBatch batch, string reader)
    {
        if (batch.NextRow == 0)
            throw new SpecMismatchException($"batch read by '{reader}'", "steps of episodes, which follow each other",
                $"a {batch.GetType().Name}, whose rows do not");
    }

    /// <summary>
    /// Gives the rows of episodes without any score the mean of their group's: no score of such an
    /// episode is known, and rewards must be finite.
    /// </summary>
    /// <remarks>
    /// An episode that begins after the last scored step of a rollout is one. Where a group has no score at all its rows stay without.
    /// </remarks>
    public static void FillRest(RewardBatch batch, Span<float> scores)
    {
        SortedDictionary<long, (double Sum, int Count)>? groups = null;
        for (int row = 0; row < scores.Length; row++)
        {
            if (!float.IsNaN(scores[row])) continue;
            groups ??= Groups(batch, scores);
            if (groups.TryGetValue(batch.Group[row], out (double Sum, int Count) group)) scores[row] = (float)(group.Sum / group.Count);
        }
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put<long>("episodes", _scores.Keys.ToArray());
        into.Put<float>("scores", _scores.Values.ToArray());
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _scores.Clear();
        long[] episodes = from.GetAll<long>("episodes");
        float[] scores = from.GetAll<float>("scores");
        SpecMismatchException.ThrowIfLength("scores of episodes", scores.Length, episodes.Length);
        for (int i = 0; i < episodes.Length; i++) _scores[episodes[i]] = scores[i];
    }

    private static SortedDictionary<long, (double Sum, int Count)> Groups(RewardBatch batch, ReadOnlySpan<float> scores)
    {
        var groups = new SortedDictionary<long, (double Sum, int Count)>();
        for (int row = 0; row < scores.Length; row++)
        {
            if (float.IsNaN(scores[row])) continue;
            (double sum, int count) = groups.GetValueOrDefault(batch.Group[row]);
            groups[batch.Group[row]] = (sum + scores[row], count + 1);
        }

        return groups;
    }
}
