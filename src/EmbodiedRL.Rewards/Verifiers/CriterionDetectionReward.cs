using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Verifiers.Boxes;
using EmbodiedRL.Rewards.Verifiers.Checks;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Options of <see cref="CriterionDetectionReward"/>.</summary>
public sealed record CriterionDetectionOptions : VerifierOptions
{
    /// <summary>Share of the run after which the rules are strict; the release changes after 1500 steps.</summary>
    [Range(0, 1)]
    public double StrictAfter { get; init; } = 0.5;

    /// <summary>Quality of a match: <c>iou</c>, or <c>giou</c> as in the release, which can be negative.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Quality { get; init; } = "iou";

    /// <summary>Weight of the format.</summary>
    [Range(0, 1e6)]
    public double FormatWeight { get; init; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("quality", Quality, "iou", "giou") is { } wrong) yield return wrong;
    }
}

/// <summary>
/// Vision-R1's criterion-driven detection reward: format, recall and precision of matched boxes, by rules that become strict in mid-run.
/// </summary>
/// <remarks>
/// <para>Boxes are matched by the Hungarian method; cost = L1 of corners as shares of the image, plus [labels differ], less GIoU. With
/// g(x; lo, hi) = 0 below lo, 1 above hi, else x: recall = g(matches above tau / n_true; 0.5, 0.75), precision = mean of g(quality; ...) .
/// At first tau = 0.5 and quality passes g(0.5, 0.75); then tau = 0.75 and g(0.75, 0.9).</para>
/// <para>Precision divides by all predicted boxes, not by matches alone, and a match of unequal labels has no quality: else boxes
/// beyond the true ones would cost nothing. The release's quality is GIoU; the paper's IoU is the default, since the thresholds mean
/// another thing for GIoU.</para>
/// </remarks>
/// <param name="name">The term's name.</param>
/// <param name="options">Checked.</param>
[Paper("2503.18013", "Vision-R1: Evolving Human-Free Alignment in Large Vision-Language Models via Vision-Guided Reinforcement Learning",
    Year = 2025, Method = "S24")]
public sealed class CriterionDetectionReward(string name, CriterionDetectionOptions options)
    : RowVerifier(name, options, (0, 2 + options.FormatWeight))
{
    /// <summary>g: 0 below the lower bound, 1 above the upper one, the value between.</summary>
    public static double Differentiate(double value, double low, double high) => value < low ? 0 : value > high ? 1 : value;

    /// <summary>Recall and precision by the rules of a phase.</summary>
    /// <param name="predicted">At most <see cref="BoxText.MostBoxes"/>.</param>
    /// <param name="truth">Of the reference.</param>
    /// <param name="size">Width and height that corners are shares of.</param>
    /// <param name="isStrict">Which phase.</param>
    /// <param name="byGiou">Whether a match's quality is GIoU.</param>
    public static (double Recall, double Precision) Criteria(IReadOnlyList<LabeledBox> predicted, IReadOnlyList<LabeledBox> truth,
        (double Width, double Height) size, bool isStrict, bool byGiou = false)
    {
        if (predicted.Count == 0 || truth.Count == 0) return predicted.Count == truth.Count ? (1, 1) : (0, 0);
        double[,] costs = new double[predicted.Count, truth.Count], overlaps = References.Overlaps(predicted, truth);
        for (int i = 0; i < predicted.Count; i++)
            for (int j = 0; j < truth.Count; j++)
            {
                Box a = predicted[i].Box.Scaled(1 / size.Width, 1 / size.Height), b = truth[j].Box.Scaled(1 / size.Width, 1 / size.Height);
                costs[i, j] = Math.Abs(a.Left - b.Left) + Math.Abs(a.Top - b.Top) + Math.Abs(a.Right - b.Right)
                    + Math.Abs(a.Bottom - b.Bottom)
                    + (References.Label(predicted[i]) == References.Label(truth[j]) ? 0 : 1) - BoxOverlap.Generalized(a, b);
            }

        (double tau, double low, double high) = isStrict ? (0.75, 0.75, 0.9) : (0.5, 0.5, 0.75);
        double hits = 0, quality = 0;
        foreach (MatchedPair pair in BoxMatching.Hungarian(costs))
        {
            double value = overlaps[pair.Prediction, pair.Truth];
            if (byGiou && value > 0) value = BoxOverlap.Generalized(predicted[pair.Prediction].Box, truth[pair.Truth].Box);
            if (value > tau) hits++;
            quality += Differentiate(value, low, high);
        }

        return (Differentiate(hits / truth.Count, 0.5, 0.75), quality / predicted.Count);
    }

    /// <inheritdoc/>
    protected override double Score(VerifierRow row, ScoreContext context)
    {
        Parsed<string> answer = row.Completion.Answer;
        IReadOnlyList<LabeledBox> truth = References.Boxes(row.Question);
        if (!answer.IsFound || References.Boxes(answer.Value, row.Question, row.Reading) is not { IsFound: true } predicted) return 0;
        (double recall, double precision) =
            Criteria(predicted.Value, truth, Size(row, truth), context.Progress >= options.StrictAfter, options.Quality == "giou");
        return recall + precision + (options.FormatWeight * Formats.Binary(row.Completion));
    }

    /// <summary>Of the image; without one, what the true boxes extend to.</summary>
    private static (double Width, double Height) Size(VerifierRow row, IReadOnlyList<LabeledBox> truth) =>
        row.Question.Images is [var image, ..]
        ? (image.Width, image.Height)
        : (Math.Max(1, truth.Select(one => one.Box.Right).DefaultIfEmpty(1).Max()),
            Math.Max(1, truth.Select(one => one.Box.Bottom).DefaultIfEmpty(1).Max()));
}
