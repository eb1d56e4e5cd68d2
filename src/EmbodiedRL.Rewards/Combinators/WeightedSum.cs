using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Combinators;

/// <summary>Weighted sum: adds weight times score; a term that is NaN in a row is left out there.</summary>
[NoPaper("a sum")]
public sealed class WeightedSum : RewardCombinator
{
    /// <inheritdoc/>
    public override void Combine(RewardBatch batch, IReadOnlyList<TermScores> terms, Span<float> rewards, ScoreContext context)
    {
        rewards.Fill(float.NaN);
        foreach (TermScores term in terms)
        {
            ReadOnlySpan<float> values = term.Scores.Span;
            for (int row = 0; row < rewards.Length; row++)
            {
                if (float.IsNaN(values[row])) continue;
                rewards[row] = (float.IsNaN(rewards[row]) ? 0 : rewards[row]) + (term.Weight * values[row]);
            }
        }
    }
}
