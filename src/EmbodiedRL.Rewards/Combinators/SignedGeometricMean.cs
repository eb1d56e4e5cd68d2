using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Combinators;

/// <summary>
/// Signed geometric mean (kinesthetic reward combination): the geometric mean of the scores' sizes, positive only where all scores are.
/// </summary>
/// <remarks>
/// sign * (product of |score|^weight)^(1 / sum of weights), by logarithms, so that many small scores do not underflow. Two negative scores
/// do not make a positive reward, and a score of 0 makes it 0. A term that is NaN in a row is left out there. Scores should be on one
/// scale, such as [-1, 1].
/// </remarks>
[Paper("2305.15801", "Lucy-SKG: Learning to Play Rocket League Efficiently Using Deep Reinforcement Learning", Year = 2023, Method = "S53")]
public sealed class SignedGeometricMean : RewardCombinator
{
    /// <inheritdoc/>
    /// <exception cref="SpecMismatchException">A weight is not above 0.</exception>
    public override void Combine(RewardBatch batch, IReadOnlyList<TermScores> terms, Span<float> rewards, ScoreContext context)
    {
        TermLookup.RequirePositiveWeights(terms, "signed-geometric-mean");
        for (int row = 0; row < rewards.Length; row++)
        {
            (double logs, double weights, bool isPositive) = (0, 0, true);
            foreach (TermScores term in terms)
            {
                float score = term.Scores.Span[row];
                if (float.IsNaN(score)) continue;
                logs += term.Weight * Math.Log(Math.Abs((double)score));
                weights += term.Weight;
                isPositive &= score > 0;
            }

            double size = Math.Exp(logs / weights);
            rewards[row] = weights == 0 ? float.NaN : (float)(isPositive ? size : -size);
        }
    }
}
