using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Verifiers.Boxes;
using EmbodiedRL.Rewards.Verifiers.Checks;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers;

/// <summary>Options of <see cref="DetectionMapReward"/>.</summary>
public sealed record DetectionMapOptions : VerifierOptions
{
    /// <summary>What is paid: <c>map</c> for detection, <c>iou</c> for grounding of one box.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Measure { get; init; } = "map";

    /// <summary>Whether surplus boxes lower the score; without, average precision alone pays for emitting many.</summary>
    public bool CountPenalty { get; init; } = true;

    /// <summary>Weight of the format.</summary>
    [Range(0, 1e6)]
    public double FormatWeight { get; init; } = 1;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (RowGroups.Violation("measure", Measure, "map", "iou") is { } wrong) yield return wrong;
    }
}

/// <summary>
/// VLM-R1's detection reward: COCO's average precision times a penalty for surplus boxes, or the IoU of one box, plus format.
/// </summary>
/// <remarks>
/// <para>Detection: r = s mAP, s = min(1, n_true / n_predicted); 1 where neither has a box, 0 where one has none. Grounding: r = IoU. Both
/// plus the format weight times [reasoning, then an answer that is boxes].</para>
/// <para>The paper's pitfall: coordinates in pixels of a resized image. They are brought to the original's before IoU (option
/// <c>coordinates</c>). IoU is continuous; the release adds a pixel in places.</para>
/// </remarks>
/// <param name="name">The term's name.</param>
/// <param name="options">Checked.</param>
[Paper("2504.07615", "VLM-R1: A Stable and Generalizable R1-style Large Vision-Language Model", Year = 2025, Method = "S44")]
public sealed class DetectionMapReward(string name, DetectionMapOptions options)
    : RowVerifier(name, options, (0, 1 + options.FormatWeight))
{
    /// <summary>s mAP of boxes.</summary>
    /// <param name="predicted">At most <see cref="BoxText.MostBoxes"/>.</param>
    /// <param name="truth">Of the reference.</param>
    /// <param name="countPenalty">Whether s counts.</param>
    public static double Detection(IReadOnlyList<LabeledBox> predicted, IReadOnlyList<LabeledBox> truth, bool countPenalty = true)
    {
        if (predicted.Count == 0 || truth.Count == 0) return predicted.Count == truth.Count ? 1 : 0;
        string[] labels = [.. truth.Select(References.Label).Distinct()];
        ImageBox[] found = [.. predicted.Select(one => new ImageBox(0, LabelOf(one), one.Box, one.Confidence ?? 1))];
        ImageBox[] wanted = [.. truth.Select(one => new ImageBox(0, References.Label(one), one.Box))];
        double mean = AveragePrecision.Of(found, wanted).Mean;
        return (countPenalty ? Math.Min(1, (double)truth.Count / predicted.Count) : 1) * mean;

        // without classes, or with one that need not be repeated, labels are not compared
        string LabelOf(LabeledBox box) => labels is [""] || (labels.Length == 1 && References.Label(box).Length == 0) ? labels[0]
            : References.Label(box);
    }

    /// <inheritdoc/>
    protected override double Score(VerifierRow row, ScoreContext context)
    {
        Parsed<string> answer = row.Completion.Answer;
        IReadOnlyList<LabeledBox> truth = References.Boxes(row.Question);
        if (!answer.IsFound || References.Boxes(answer.Value, row.Question, row.Reading) is not { IsFound: true } predicted) return 0;
        double score = options.Measure == "map" ? Detection(predicted.Value, truth, options.CountPenalty)
            : predicted.Value.Count == 1 && truth.Count == 1 ? References.Overlaps(predicted.Value, truth)[0, 0] : 0;
        return score + (options.FormatWeight * Formats.Binary(row.Completion));
    }

    /// <summary>s mAP as an answer check.</summary>
    internal static Parsed<double> Check(string answer, Question question, AnswerReading reading)
    {
        IReadOnlyList<LabeledBox> truth = References.Boxes(question);
        Parsed<IReadOnlyList<LabeledBox>> predicted = References.Boxes(answer, question, reading);
        return predicted.IsFound ? Parsed<double>.Of(Detection(predicted.Value, truth)) : Parsed<double>.None(predicted.Reason);
    }
}
