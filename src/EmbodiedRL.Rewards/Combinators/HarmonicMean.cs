using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Combinators;

/// <summary>
/// Weighted harmonic mean (lambda-harmonic reward): sum of weights / sum of weight / (score + 1e-8), which the smallest score rules.
/// </summary>
/// <remarks>
/// Scores must not be negative: map cosines to [0, 1] first (scale with factor 0.5 and offset 0.5). It is at most the arithmetic mean, and
/// equal to it where all scores are equal. A term of weight 0 does not count, and one that is NaN in a row is left out there.
/// </remarks>
[Paper("2407.12164", "Subject-driven Text-to-Image Generation via Preference-based Reinforcement Learning", Year = 2024, Method = "S50")]
public sealed class HarmonicMean : RewardCombinator
{
    private const double Least = 1e-8;

    /// <inheritdoc/>
    /// <exception cref="SpecMismatchException">A score or weight is negative; names the term, and the row.</exception>
    public override void Combine(RewardBatch batch, IReadOnlyList<TermScores> terms, Span<float> rewards, ScoreContext context)
    {
        TermScores[] counted = [.. terms.Where(term => term.Weight != 0)];
        TermLookup.RequirePositiveWeights(counted, "harmonic-mean");
        for (int row = 0; row < rewards.Length; row++)
        {
            (double inverses, double weights) = (0, 0);
            foreach (TermScores term in counted)
            {
                float score = term.Scores.Span[row];
                if (float.IsNaN(score)) continue;
                TermLookup.RequireWithin(batch, term, row, float.PositiveInfinity, "harmonic-mean");
                inverses += term.Weight / (score + Least);
                weights += term.Weight;
            }

            rewards[row] = weights == 0 ? float.NaN : (float)(weights / inverses);
        }
    }
}
