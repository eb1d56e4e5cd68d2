using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Extensions.Tests.Groups;

/// <summary>What a score is compared with.</summary>
public enum GroupComparison
{
    /// <summary>The mean of the other scores of its group.</summary>
    LeaveOneOut,

    /// <summary>Its rank within the group, spread evenly over [-1, 1]; equal scores share their mean rank.</summary>
    Rank,
}

/// <summary>Options of <see cref="GroupRelative"/>.</summary>
public sealed record GroupRelativeOptions : Options
{
    /// <summary>What a score is compared with.</summary>
    public GroupComparison Compare { get; init; } = GroupComparison.LeaveOneOut;

    /// <summary>Fewest scores that a group is compared by; the rows of a smaller one become 0.</summary>
    [Range(2, 1_000_000)]
    public int Least { get; init; } = 2;
}

/// <summary>Group-relative score: compares each score with the others of its group. NaN stays NaN and belongs to no group.</summary>
/// <param name="options">Checked.</param>
[Paper("2402.14740", "Back to Basics: Revisiting REINFORCE Style Optimization for Learning from Human Feedback in LLMs", Year = 2024)]
public sealed class GroupRelative(GroupRelativeOptions options) : RewardTransform
{
    /// <inheritdoc/>
    public override ScoreScope Scope => ScoreScope.Group;

    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        var groups = new SortedDictionary<long, List<int>>();
        for (int row = 0; row < scores.Length; row++)
        {
            if (float.IsNaN(scores[row])) continue;
            if (!groups.TryGetValue(batch.Group[row], out List<int>? rows)) groups[batch.Group[row]] = rows = [];
            rows.Add(row);
        }

        foreach (List<int> rows in groups.Values) Compare(rows, scores);
    }

    private void Compare(List<int> rows, Span<float> scores)
    {
        float[] values = new float[rows.Count];
        for (int i = 0; i < values.Length; i++) values[i] = scores[rows[i]];
        double sum = values.Sum(value => (double)value);
        float[] sorted = [.. values.Order()];
        for (int i = 0; i < values.Length; i++)
        {
            scores[rows[i]] = values.Length < options.Least ? 0
                : options.Compare == GroupComparison.Rank ? RankOf(values[i], sorted)
                : (float)(values[i] - ((sum - values[i]) / (values.Length - 1)));
        }
    }

    private static float RankOf(float value, float[] sorted)
    {
        int first = Array.FindIndex(sorted, other => other == value), last = Array.FindLastIndex(sorted, other => other == value);
        return ((first + last) / (float)(sorted.Length - 1)) - 1;
    }
}
