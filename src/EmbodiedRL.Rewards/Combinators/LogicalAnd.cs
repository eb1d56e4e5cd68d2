using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Rewards.Combinators;

/// <summary>Options of <see cref="LogicalAnd"/>.</summary>
public sealed record LogicalAndOptions : Options
{
    /// <summary>Score of each term, in the order of the settings, that counts as half good; empty takes 0 for all.</summary>
    [Length(0, 64), Range(-1e9, 1e9)]
    public float[] References { get; init; } = [];
}

/// <summary>
/// Logical AND of rewards: the sum of weight times log sigmoid(score - reference), the log-probability that every property is good.
/// </summary>
/// <remarks>
/// At most 0. What one term lacks cannot be made up by another, because beyond its reference a term pays little. Scores must be log-odds;
/// the transform <see cref="Transforms.LogSigmoidCentered"/> with a sum is the same with references from data. A term that is NaN in a row
/// is left out there.
/// </remarks>
/// <param name="options">Checked.</param>
[Paper("2402.00742", "Transforming and Combining Rewards for Aligning Large Language Models", Year = 2024, Method = "S56")]
public sealed class LogicalAnd(LogicalAndOptions options) : RewardCombinator
{
    /// <inheritdoc/>
    /// <exception cref="SpecMismatchException">A weight is not above 0, or there are references but not one for each term.</exception>
    public override void Combine(RewardBatch batch, IReadOnlyList<TermScores> terms, Span<float> rewards, ScoreContext context)
    {
        TermLookup.RequirePositiveWeights(terms, "logical-and");
        if (options.References.Length > 0)
            SpecMismatchException.ThrowIfLength("references of combinator 'logical-and', one for each term", options.References.Length,
                terms.Count);
        for (int row = 0; row < rewards.Length; row++)
        {
            double sum = double.NaN;
            for (int i = 0; i < terms.Count; i++)
            {
                float score = terms[i].Scores.Span[row];
                if (float.IsNaN(score)) continue;
                double reference = options.References.Length > 0 ? options.References[i] : 0;
                sum = (double.IsNaN(sum) ? 0 : sum) + (terms[i].Weight * ScoreMath.LogSigmoid(score - reference));
            }

            rewards[row] = (float)sum;
        }
    }
}
