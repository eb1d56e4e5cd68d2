using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Benchmarks.Learning;

/// <summary>
/// Comparison of three terms as a combinator: the first is the truth, the second is paid, standardized, and the third is compared too.
/// </summary>
[NoPaper("rank correlations")]
internal sealed class ScoreComparison : RewardCombinator
{
    public const string Name = "comparison";

    private const float Size = 0.1f; // deviation of what is paid

    private readonly List<(double Second, double Third)> _ranks = [];

    /// <inheritdoc/>
    public override ScoreScope Scope => ScoreScope.Batch;

    /// <summary>Drops what was compared so far.</summary>
    public void Forget() => _ranks.Clear();

    /// <summary>Rank correlations with the first term in the last half of the batches: of the second term, and of the third.</summary>
    public (double[] Second, double[] Third) LastHalf()
    {
        (double Second, double Third)[] last = [.. _ranks.Skip(_ranks.Count / 2)];
        return ([.. last.Select(pair => pair.Second)], [.. last.Select(pair => pair.Third)]);
    }

    /// <inheritdoc/>
    public override void Combine(RewardBatch batch, IReadOnlyList<TermScores> terms, Span<float> rewards, ScoreContext context)
    {
        double[] truth = Numbers(terms[0]), paid = Numbers(terms[1]);
        if (!context.Frozen) _ranks.Add((Correlations.Spearman(paid, truth), Correlations.Spearman(Numbers(terms[2]), truth)));
        double mean = paid.Average(), deviation = Math.Sqrt(paid.Average(score => (score - mean) * (score - mean))) + 1e-8;
        for (int row = 0; row < rewards.Length; row++) rewards[row] = (float)((paid[row] - mean) / deviation) * Size;
    }

    private static double[] Numbers(TermScores term) => Array.ConvertAll(term.Scores.ToArray(), score => (double)score);
}
