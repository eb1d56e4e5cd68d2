using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards;

/// <summary>The rows of a batch that are compared with each other: all of them, or those of one group.</summary>
internal static class RowGroups
{
    /// <summary>All rows of the batch, e.g. of a rollout.</summary>
    public const string Batch = "batch";

    /// <summary>Rows of one group, e.g. the completions of one prompt.</summary>
    public const string Group = "group";

    /// <summary>What a score depends on where it is compared so.</summary>
    public static ScoreScope ScopeOf(string over) => over == Group ? ScoreScope.Group : ScoreScope.Batch;

    /// <summary>What is wrong with an option; null if nothing is.</summary>
    /// <param name="key">The option's.</param>
    /// <param name="found">Its value.</param>
    /// <param name="allowed">All values that it may have.</param>
    public static string? Violation(string key, string found, params ReadOnlySpan<string> allowed) =>
        allowed.Contains(found) ? null : $"{key}: expected {string.Join(" or ", allowed.ToArray())}, found '{found}'.";

    /// <summary>[rows]: equal numbers, counted from 0, for rows that are compared with each other.</summary>
    public static int[] Ids(RewardBatch batch, string over)
    {
        int[] ids = new int[batch.Rows];
        if (over == Batch) return ids;
        Dictionary<long, int> known = [];
        for (int row = 0; row < ids.Length; row++)
        {
            if (!known.TryGetValue(batch.Group[row], out int id)) known.Add(batch.Group[row], id = known.Count);
            ids[row] = id;
        }

        return ids;
    }

    /// <summary>The rows of every group that are scored, ascending; groups without one are left out.</summary>
    /// <param name="batch">Whose rows.</param>
    /// <param name="over">Which rows are compared.</param>
    /// <param name="isScored">[rows].</param>
    public static IEnumerable<int[]> Of(RewardBatch batch, string over, bool[] isScored)
    {
        int[] ids = Ids(batch, over);
        return Enumerable.Range(0, batch.Rows).Where(row => isScored[row]).GroupBy(row => ids[row]).Select(rows => rows.ToArray());
    }

    /// <summary>[rows]: whether a row has a score.</summary>
    public static bool[] Scored(ReadOnlySpan<float> scores)
    {
        bool[] scored = new bool[scores.Length];
        for (int row = 0; row < scored.Length; row++) scored[row] = !float.IsNaN(scores[row]);
        return scored;
    }

    /// <summary>At most so many of some rows, evenly spaced, so that comparing each row with all does not grow with the square.</summary>
    public static int[] Rivals(int[] rows, int most) =>
        rows.Length <= most ? rows : [.. Enumerable.Range(0, most).Select(i => rows[(int)((long)i * rows.Length / most)])];
}
