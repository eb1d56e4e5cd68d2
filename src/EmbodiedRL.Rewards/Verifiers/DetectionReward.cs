using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Verifiers.Boxes;
using EmbodiedRL.Rewards.Verifiers.Checks;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Options of <see cref="DetectionReward"/>.</summary>
public sealed record DetectionOptions : VerifierOptions
{
    /// <summary>
    /// What the sum of IoU is divided by: <c>larger</c> count of boxes (the release's second version), or those <c>predicted</c> (its
    /// first), which pays in full for one box of many.
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string Divisor { get; init; } = "larger";

    /// <summary>IoU that a match must be above.</summary>
    [Range(0, 1)]
    public double Threshold { get; init; } = 0.5;

    /// <summary>Weight of the stated confidences.</summary>
    [Range(0, 1e6)]
    public double ConfidenceWeight { get; init; } = 1;

    /// <summary>Weight of the format.</summary>
    [Range(0, 1e6)]
    public double FormatWeight { get; init; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("divisor", Divisor, "larger", "predicted") is { } wrong) yield return wrong;
    }
}

/// <summary>Visual-RFT's rewards: IoU, confidence and format for boxes; label and format for classification.</summary>
/// <remarks>
/// <para>Boxes: duplicates are dropped; by falling confidence c_i, each prediction takes the best true box left, and keeps iou_i if it is
/// above 0.5, else 0. R_iou = sum iou_i / max(n_predicted, n_true), R_conf = mean of (c_i if iou_i > 0 else 1 - c_i), R = R_iou + R_conf +
/// R_fmt. A box that states no confidence is one of confidence 1.</para>
/// <para>Do not read c as a probability: R_conf is linear, so that with hit probability p its expectation p c + (1 - p)(1 - c) is greatest
/// at c = 0 or 1. It teaches over-confidence.</para>
/// <para>Questions of any other form: R = rightness of the answer + R_fmt.</para>
/// </remarks>
[Paper("2503.01785", "Visual-RFT: Visual Reinforcement Fine-Tuning", Year = 2025, Method = "S03")]
public sealed class DetectionReward : RowVerifier
{
    private readonly DetectionOptions _options;

    /// <summary>Verifier by a run's checks.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked.</param>
    /// <param name="checks">Answer checks by name; null takes those that ship.</param>
    public DetectionReward(string name, DetectionOptions options, IReadOnlyDictionary<string, AnswerCheck>? checks = null)
        : base(name, options, (0, 1 + options.ConfidenceWeight + options.FormatWeight), checks) => _options = options;

    /// <summary>R_iou and R_conf of boxes.</summary>
    /// <param name="predicted">With duplicates.</param>
    /// <param name="truth">Of the reference.</param>
    /// <param name="threshold">IoU that a match must be above.</param>
    /// <param name="byPredicted">Whether the sum is divided by the predictions alone.</param>
    public static (double Iou, double Confidence) Rewards(
        IReadOnlyList<LabeledBox> predicted, IReadOnlyList<LabeledBox> truth, double threshold = 0.5, bool byPredicted = false)
    {
        predicted = References.Distinct(predicted);
        if (predicted.Count == 0) return truth.Count == 0 ? (1, 1) : (0, 0);
        int[] order = BoxMatching.ByScore([.. predicted.Select(one => one.Confidence ?? 1)]);
        double[] kept = new double[predicted.Count];
        foreach (MatchedPair pair in BoxMatching.Greedy(References.Overlaps(predicted, truth), order, threshold, isStrict: true))
            kept[pair.Prediction] = pair.Value;
        double confidence = kept.Select((iou, i) => iou > 0 ? predicted[i].Confidence ?? 1 : 1 - (predicted[i].Confidence ?? 1)).Average();
        return (kept.Sum() / (byPredicted ? predicted.Count : Math.Max(predicted.Count, truth.Count)), confidence);
    }

    /// <inheritdoc/>
    protected override double Score(VerifierRow row, ScoreContext context)
    {
        double format = _options.FormatWeight * Formats.Binary(row.Completion);
        if (row.Question.Form != AnswerForm.Boxes) return Rightness(row) + format;
        Parsed<string> answer = row.Completion.Answer;
        IReadOnlyList<LabeledBox> truth = References.Boxes(row.Question);
        if (!answer.IsFound || References.Boxes(answer.Value, row.Question, row.Reading) is not { IsFound: true } predicted) return 0;
        (double iou, double confidence) = Rewards(predicted.Value, truth, _options.Threshold, _options.Divisor == "predicted");
        return iou + (_options.ConfidenceWeight * confidence) + format;
    }
}
