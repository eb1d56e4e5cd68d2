using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Options of <see cref="NoiseRobust"/>.</summary>
public sealed record NoiseRobustOptions : Options
{
    /// <summary>Share of true zeros that the source scores 1.</summary>
    [Range(0, 1)]
    public double FalsePositive { get; init; } = 0.1;

    /// <summary>Share of true ones that the source scores 0.</summary>
    [Range(0, 1)]
    public double FalseNegative { get; init; } = 0.1;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (FalsePositive + FalseNegative is not (> 0 and < 1))
            yield return FormattableString.Invariant(
                $"falsePositive: expected a sum with falseNegative above 0 and below 1, found {FalsePositive + FalseNegative}.");
    }
}

/// <summary>
/// Noise-robust reward: an unbiased estimate of a true reward in {0, 1} from one that is flipped at known rates,
/// (r - false positives) / (1 - false positives - false negatives).
/// </summary>
/// <remarks>
/// Undoes in the mean what flips do: a source that is right less often pays less, and other terms would outweigh it. It leaves [0, 1] and
/// makes the variance larger. At rates that sum to 1 the scores say nothing, which is refused.
/// </remarks>
/// <param name="options">Checked.</param>
[Paper("1810.01032", "Reinforcement Learning with Perturbed Rewards", Year = 2020)]
public sealed class NoiseRobust(NoiseRobustOptions options) : RewardTransform
{
    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        double kept = 1 - options.FalsePositive - options.FalseNegative;
        foreach (ref float score in scores) score = (float)((score - options.FalsePositive) / kept);
    }
}
