using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Combinators;

/// <summary>Product: multiplies the scores, each raised to its weight; a term that is NaN in a row is left out there.</summary>
/// <remarks>A negative score can only be raised to a whole weight; another one makes the row NaN, which the stack reports.</remarks>
[NoPaper("a product")]
public sealed class Product : RewardCombinator
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
                rewards[row] =
                    (float.IsNaN(rewards[row]) ? 1 : rewards[row]) * (term.Weight == 1 ? values[row] : MathF.Pow(values[row], term.Weight));
            }
        }
    }
}
