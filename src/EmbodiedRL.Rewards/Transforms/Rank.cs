using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Options of <see cref="Rank"/>.</summary>
public sealed record RankOptions : Options
{
    /// <summary>Rows that are ranked together: <c>group</c>, or <c>batch</c> (all rows of a rollout).</summary>
    [Length(1, LengthAttribute.Name)]
    public string Over { get; init; } = RowGroups.Group;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("over", Over, RowGroups.Group, RowGroups.Batch) is { } over) yield return over;
    }
}

/// <summary>
/// Rank transform: replaces scores by their rank, from -1 (worst) to 1 (best); equal scores share the mean of their ranks.
/// </summary>
/// <remarks>Any rising function of the scores gives the same. A row alone in its group has nothing to be ranked with and gets 0.</remarks>
/// <param name="options">Checked.</param>
[NoPaper("ranks")]
public sealed class Rank(RankOptions options) : RewardTransform
{
    /// <inheritdoc/>
    public override ScoreScope Scope => RowGroups.ScopeOf(options.Over);

    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        float[] before = scores.ToArray();
        foreach (int[] rows in RowGroups.Of(batch, options.Over, RowGroups.Scored(scores)))
        {
            double[] ranks = Correlations.Ranks(Array.ConvertAll(rows, row => (double)before[row]));
            for (int i = 0; i < rows.Length; i++)
                scores[rows[i]] = rows.Length == 1 ? 0 : (float)(((2 * ranks[i]) - rows.Length - 1) / (rows.Length - 1));
        }
    }
}
