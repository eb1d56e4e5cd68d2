using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Rewards.Combinators;

/// <summary>Options of <see cref="Lexicographic"/>.</summary>
public sealed record LexicographicOptions : Options
{
    /// <summary>
    /// Score from which on a term is satisfied and the next one counts, for each term in the order of the settings; the last value holds
    /// for all further terms.
    /// </summary>
    [Length(1, 64), Range(0, 1e9, IsAboveLeast = true)]
    public float[] Thresholds { get; init; } = [1];
}

/// <summary>
/// Thresholded lexicographic order: a term counts only where all terms before it are satisfied, so that none can be traded for one that
/// matters less.
/// </summary>
/// <remarks>
/// The sum of weight times min(score, threshold) down to the first term that is not satisfied. The last term that applies is not capped.
/// After the first, scores below 0 count as 0: else satisfying a term could make the reward smaller. A term that is NaN in a row is left
/// out there.
/// </remarks>
/// <param name="options">Checked.</param>
[NoPaper("thresholded lexicographic ordering (Gabor, Kalmar and Szepesvari 1998)")]
public sealed class Lexicographic(LexicographicOptions options) : RewardCombinator
{
    /// <inheritdoc/>
    /// <exception cref="SpecMismatchException">A weight is not above 0.</exception>
    public override void Combine(RewardBatch batch, IReadOnlyList<TermScores> terms, Span<float> rewards, ScoreContext context)
    {
        TermLookup.RequirePositiveWeights(terms, "lexicographic");
        for (int row = 0; row < rewards.Length; row++) rewards[row] = Descend(terms, row);
    }

    private float Descend(IReadOnlyList<TermScores> terms, int row)
    {
        (int last, bool isFirst, double sum) = (terms.Count - 1, true, 0);
        while (last >= 0 && float.IsNaN(terms[last].Scores.Span[row])) last--;
        if (last < 0) return float.NaN;
        for (int i = 0; i <= last; i++)
        {
            float score = terms[i].Scores.Span[row], threshold = options.Thresholds[Math.Min(i, options.Thresholds.Length - 1)];
            if (float.IsNaN(score)) continue;
            sum += terms[i].Weight * (double)Math.Max(i == last ? score : Math.Min(score, threshold), isFirst ? float.MinValue : 0);
            if (score < threshold) break;
            isFirst = false;
        }

        return (float)sum;
    }
}
