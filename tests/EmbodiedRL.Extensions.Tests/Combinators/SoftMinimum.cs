using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Extensions.Tests.Combinators;

/// <summary>Options of <see cref="SoftMinimum"/>.</summary>
public sealed record SoftMinimumOptions : Options
{
    /// <summary>How soft it is; 0 takes the least score itself.</summary>
    [Range(0, 1e3)]
    public double Temperature { get; init; } = 0.1;
}

/// <summary>Soft minimum: -t log sum_i w_i exp(-s_i / t) with weights that are brought to sum 1, so that no term can make up for
/// another.</summary>
/// <remarks>Terms that are NaN in a row are left out there, as are terms of weight 0 or less.</remarks>
/// <param name="options">Checked.</param>
[NoPaper("a smooth minimum")]
public sealed class SoftMinimum(SoftMinimumOptions options) : RewardCombinator
{
    /// <inheritdoc/>
    public override void Combine(RewardBatch batch, IReadOnlyList<TermScores> terms, Span<float> rewards, ScoreContext context)
    {
        for (int row = 0; row < rewards.Length; row++) rewards[row] = Combine(terms, row);
    }

    private float Combine(IReadOnlyList<TermScores> terms, int row)
    {
        double least = double.PositiveInfinity, weights = 0, sum = 0;
        foreach (TermScores term in terms)
        {
            float score = term.Scores.Span[row];
            if (float.IsNaN(score) || !(term.Weight > 0)) continue;
            least = Math.Min(least, score);
            weights += term.Weight;
        }

        if (weights == 0) return float.NaN;
        if (options.Temperature == 0) return (float)least;
        foreach (TermScores term in terms)
        {
            float score = term.Scores.Span[row];
            if (!float.IsNaN(score) && term.Weight > 0) sum += term.Weight / weights * Math.Exp((least - score) / options.Temperature);
        }

        return (float)(least - (options.Temperature * Math.Log(sum)));
    }
}
