using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Extensions.Tests.Blocks;

/// <summary>Surprisal: minus the log-probability of an action, or the mean of it over the tokens of a completion, under the policy that
/// sampled it.</summary>
/// <param name="name">The term's name.</param>
[NoPaper("a negative logarithm")]
public sealed class SurpriseReward(string name) : Reward(new RewardSpec(name, BatchFields.LogProbabilities))
{
    /// <inheritdoc/>
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        Check(batch, scores);
        for (int row = 0; row < batch.Rows; row++)
        {
            scores.Span[row] = batch switch
            {
                TrajectoryBatch steps => -steps.LogProbabilities[row],
                CompletionBatch completions => completions.LogProbabilities![row] is { Length: > 0 } tokens ? -tokens.Average() : float.NaN,
                _ => float.NaN,
            };
        }

        return ValueTask.CompletedTask;
    }
}
