using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Rewards.Transforms;

/// <summary>Options of <see cref="ConformalThreshold"/>.</summary>
public sealed record ConformalThresholdOptions : Options
{
    /// <summary>1 above the threshold, 0 at or below it.</summary>
    public const string Pass = "pass";

    /// <summary>The score less the threshold.</summary>
    public const string Margin = "margin";

    /// <summary>Greatest share of failures that may pass.</summary>
    [Range(0, 1, IsAboveLeast = true, IsBelowMost = true)]
    public double Alpha { get; init; } = 0.1;

    /// <summary>Scores of rows that are known to be failures, by the same source; at least 1 / alpha - 1 of them.</summary>
    [Required("scores of known failures"), Length(0, 100_000), Range(-1e9, 1e9)]
    public float[] Calibration { get; init; } = [];

    /// <summary>What a row gets: <c>pass</c> (1 above the threshold, else 0) or <c>margin</c> (the score less the threshold).</summary>
    [Length(1, LengthAttribute.Name)]
    public string Output { get; init; } = Pass;

    /// <summary>Which of the sorted calibration scores is the threshold, counted from 1.</summary>
    internal int Place => (int)Math.Ceiling(((Calibration.Length + 1) * (1 - Alpha)) - 1e-9); // not raised by a rounding error

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("output", Output, Pass, Margin) is { } output) yield return output;
        if (Calibration.Length > 0 && Alpha is > 0 and < 1 && Place > Calibration.Length)
        {
            double least = Math.Ceiling((1 / Alpha) - 1 - 1e-9);
            yield return FormattableString.Invariant(
                $"calibration: expected at least {least} scores for alpha {Alpha}, found {Calibration.Length}.");
        }
    }
}

/// <summary>
/// Conformal threshold: rewards scores above the threshold that a new failure passes with a probability of at most alpha, whatever the
/// scores' distribution.
/// </summary>
/// <remarks>
/// Split conformal prediction: of n calibration scores the threshold is the ceil((n + 1) (1 - alpha))-th smallest. The promise holds as
/// long as failures that are met are exchangeable with those of the calibration, so not for those that a policy finds by optimizing.
/// With fewer than 1 / alpha - 1 scores the threshold would be infinite and no row would pass, which is refused.
/// </remarks>
[Paper("2107.07511", "A Gentle Introduction to Conformal Prediction and Distribution-Free Uncertainty Quantification", Year = 2021)]
public sealed class ConformalThreshold : RewardTransform
{
    private readonly bool _isMargin;

    /// <summary>Finds the threshold.</summary>
    /// <param name="options">Checked.</param>
    public ConformalThreshold(ConformalThresholdOptions options)
    {
        options.Require("reward transform 'conformal-threshold'");
        float[] sorted = [.. options.Calibration];
        Array.Sort(sorted);
        (Threshold, _isMargin) = (sorted[Math.Max(options.Place, 1) - 1], options.Output == ConformalThresholdOptions.Margin);
    }

    /// <summary>Scores above it pass.</summary>
    public float Threshold { get; }

    /// <inheritdoc/>
    public override void Apply(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        foreach (ref float score in scores)
        {
            if (float.IsNaN(score)) continue;
            score = _isMargin ? score - Threshold : score > Threshold ? 1 : 0;
        }
    }
}
