using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Two completions of one prompt, of which one is preferred.</summary>
/// <param name="Prompt">Its place in the batch.</param>
/// <param name="Chosen">Row of the better completion.</param>
/// <param name="Rejected">Row of the worse one.</param>
/// <param name="Gap">By how much the scores differ, above 0.</param>
public readonly record struct MinedPreference(int Prompt, int Chosen, int Rejected, float Gap);

/// <summary>Mines preferences from scored completions: the best against the worst of every prompt.</summary>
/// <remarks>
/// Rows whose score is NaN take no part. A prompt whose completions say the same, or score alike, gives no pair: there is nothing to
/// prefer. Of equals the first counts.
/// </remarks>
public static class FlrPreferenceMiner
{
    /// <summary>At most one pair for each prompt, in their order.</summary>
    /// <param name="batch">Completions.</param>
    /// <param name="scores">[rows], e.g. of <see cref="FollowUpLikelihoodReward"/>.</param>
    /// <param name="leastGap">Pairs whose scores differ by no more than this are left out; at least 0.</param>
    /// <exception cref="SpecMismatchException">There are not as many scores as rows.</exception>
    public static IReadOnlyList<MinedPreference> Mine(CompletionBatch batch, ReadOnlySpan<float> scores, float leastGap = 0)
    {
        SpecMismatchException.ThrowIfLength("scores to mine preferences by", scores.Length, batch.Rows);
        ArgumentOutOfRangeException.ThrowIfNegative(leastGap);
        var pairs = new List<MinedPreference>();
        for (int prompt = 0; prompt < batch.Prompts.Count; prompt++)
        {
            int best = -1, worst = -1;
            for (int row = prompt * batch.Completions; row < (prompt + 1) * batch.Completions; row++)
            {
                if (float.IsNaN(scores[row])) continue;
                if (best < 0 || scores[row] > scores[best]) best = row;
                if (worst < 0 || scores[row] < scores[worst]) worst = row;
            }

            if (best >= 0 && scores[best] - scores[worst] > leastGap && batch.Texts[best] != batch.Texts[worst])
                pairs.Add(new MinedPreference(prompt, best, worst, scores[best] - scores[worst]));
        }

        return pairs;
    }
}
