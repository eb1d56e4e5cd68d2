using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Combinators;

/// <summary>Options of <see cref="Pareto"/>.</summary>
public sealed record ParetoOptions : Options
{
    /// <summary>1 less the share of the other rows that dominate a row.</summary>
    public const string Share = "share";

    /// <summary>The weighted sum on the front, 0 elsewhere.</summary>
    public const string Front = "front";

    /// <summary>Rows that are compared: <c>group</c>, or <c>batch</c> (all rows of a rollout).</summary>
    [Length(1, LengthAttribute.Name)]
    public string Over { get; init; } = RowGroups.Group;

    /// <summary>
    /// What a row gets: <c>share</c> (1 less the share of the others that dominate it) or <c>front</c> (the weighted sum where none does,
    /// else 0).
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string Output { get; init; } = Share;

    /// <summary>Rows that each row is compared with, at most; evenly spaced among those of its group.</summary>
    [Range(2, 100_000)]
    public int Rivals { get; init; } = 256;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("over", Over, RowGroups.Group, RowGroups.Batch) is { } over) yield return over;
        if (RowGroups.Violation("output", Output, Share, Front) is { } output) yield return output;
    }
}

/// <summary>
/// Pareto dominance count: compares rows by all terms at once, whatever the terms' scales, and pays those that few others dominate.
/// </summary>
/// <remarks>
/// <para>A row dominates another if it is at least as good in every term that both have, and better in one. Equal rows do not dominate each
/// other. A negative weight turns a term's order, and a weight of 0 leaves it out; beyond that weights count in <c>front</c> alone. A row
/// without rivals gets 1 (or its sum).</para>
/// <para><c>front</c> is the paper's selection: dominated rows get 0, so center scores that may be negative. With many terms nearly every
/// row is on the front, and either output says little.</para>
/// </remarks>
/// <param name="options">Checked.</param>
[Paper("2401.05675", "Parrot: Pareto-optimal Multi-Reward Reinforcement Learning Framework for Text-to-Image Generation",
    Year = 2024, Method = "S92")]
public sealed class Pareto(ParetoOptions options) : RewardCombinator
{
    private readonly WeightedSum _sum = new();

    /// <inheritdoc/>
    public override ScoreScope Scope => RowGroups.ScopeOf(options.Over);

    /// <inheritdoc/>
    public override void Combine(RewardBatch batch, IReadOnlyList<TermScores> terms, Span<float> rewards, ScoreContext context)
    {
        _sum.Combine(batch, terms, rewards, context);
        foreach (int[] rows in RowGroups.Of(batch, options.Over, RowGroups.Scored(rewards)))
        {
            var rivals = new RivalTable(terms, RowGroups.Rivals(rows, options.Rivals), rewards.Length);
            foreach (int row in rows)
            {
                (int others, int dominators) = (rivals.Others(row), Dominators(rivals, row));
                if (options.Output == ParetoOptions.Share) rewards[row] = others == 0 ? 1 : 1 - ((float)dominators / others);
                else if (dominators > 0) rewards[row] = 0;
            }
        }
    }

    /// <summary>How many rivals dominate a row; it never dominates itself.</summary>
    private static int Dominators(RivalTable rivals, int row)
    {
        rivals.Compare(row);
        Vector<long> count = Vector<long>.Zero;
        for (int v = 0; v < rivals.Vectors; v++)
        {
            (Vector<long> isBetter, Vector<long> isWorse) = (Vector<long>.Zero, Vector<long>.Zero);
            for (int i = 0; i < rivals.Used.Count; i++)
            {
                // neither where one of the two is NaN
                Vector<double> difference = rivals.Rivals(i, v) - rivals.Own(i);
                isBetter |= Vector.GreaterThan(difference, Vector<double>.Zero);
                isWorse |= Vector.LessThan(difference, Vector<double>.Zero);
            }

            count -= Vector.AndNot(isBetter, isWorse); // all bits set is -1
        }

        return (int)Vector.Sum(count);
    }
}
