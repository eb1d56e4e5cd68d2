using System.Collections.ObjectModel;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Rewards.Verifiers.Boxes;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers.Checks;

/// <summary>Answer checks that ship, and which one a question is checked by.</summary>
/// <remarks>
/// A run's own check is added to a copy of <see cref="Shipped"/> and lent by <see cref="RewardContext.Checks"/>. Formulas of papers stand
/// with their rewards; here they get their names.
/// </remarks>
public static class AnswerChecks
{
    /// <summary>What unknown names are called in messages.</summary>
    public const string Kind = "answer check";

    /// <summary>Pixels that a point may be off where a question has no image; with one, this share of its longer side.</summary>
    private const double PointPixels = 10, PointShare = 0.05;

    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, AnswerCheck> Shipped { get; } = new ReadOnlyDictionary<string, AnswerCheck>(
        new AnswerCheck[]
        {
            new("boxes", "IoU of boxes matched one to one, over the larger count of boxes", Boxes),
            new("boxes-f1", "harmonic mean of precision and recall of boxes at IoU 0.5", BoxesF1),
            new("box-iou", "IoU of one box", OneBox),
            new("detection-map", "COCO's average precision, less for surplus boxes", DetectionMapReward.Check),
            new("dynamic-iou", "IoU of boxes above a threshold that rises with the run", DynamicIouReward.Check),
            new("label-set", "labels parted by commas: shared over all", LabelSet),
            new("mask", "IoU of masks", Mask),
            new("number", "whether numbers are equal", Number),
            new("option", "whether the right option is chosen", Option),
            new("points", "harmonic mean of precision and recall of points near enough", Points),
            new("same-text", "whether words are the same", SameText),
            new("text-f1", "harmonic mean of precision and recall of words", TextF1),
            new("trace", "names, parameters and values of calls of tools, graded", ToolCallReward.Check),
        }.ToDictionary(check => check.Name));

    /// <summary>The check of a form of answers.</summary>
    public static string Default(AnswerForm form) => form switch
    {
        AnswerForm.Number => "number",
        AnswerForm.Option => "option",
        AnswerForm.Boxes => "boxes",
        AnswerForm.Points => "points",
        AnswerForm.Mask => "mask",
        AnswerForm.Trace => "trace",
        _ => "same-text",
    };

    /// <summary>Checks by kind of question out of options <c>kind=check</c>.</summary>
    /// <param name="routes">As in options.</param>
    /// <param name="known">All checks.</param>
    /// <exception cref="UnknownNameException">There is no such check; offers the nearest names.</exception>
    public static Dictionary<string, AnswerCheck> Routes(IEnumerable<string> routes, IReadOnlyDictionary<string, AnswerCheck> known)
    {
        Dictionary<string, AnswerCheck> checks = new(StringComparer.Ordinal);
        foreach (string[] route in routes.Select(route => route.Split('=')))
            checks[route[0]] = known.TryGetValue(route[1], out AnswerCheck? check) ? check
                : throw new UnknownNameException(Kind, route[1], known.Keys);
        return checks;
    }

    /// <summary>Whether two numbers are equal up to rounding in print: by 1e-4 of the reference, or 1e-6.</summary>
    public static bool AreEqual(double found, double truth) => Math.Abs(found - truth) <= Math.Max(1e-6, 1e-4 * Math.Abs(truth));

    private static Parsed<double> SameText(string answer, Question question, AnswerReading reading) => Of(
        WordText.Normalized(answer, reading.Work) is { Length: > 0 } words && words == WordText.Normalized(question.Reference));

    private static Parsed<double> TextF1(string answer, Question question, AnswerReading reading) =>
        Parsed<double>.Of(WordText.F1(WordText.Words(answer, reading.Work), WordText.Words(question.Reference)));

    private static Parsed<double> LabelSet(string answer, Question question, AnswerReading reading) =>
        Parsed<double>.Of(Multisets.Jaccard(Labels(answer, reading.Work), Labels(question.Reference, null)));

    private static Parsed<double> Number(string answer, Question question, AnswerReading reading)
    {
        QuantityText truth = References.Of(question, NumberText.Parse(question.Reference), "a number");
        Parsed<QuantityText> found = NumberText.Parse(answer, reading.Work);
        if (!found.IsFound) return Parsed<double>.None(found.Reason);
        // "50%" answers "0.5" and "50" alike: a percent sign is dropped or kept freely in questions of shares
        bool isPercent = truth.Unit == "%" != (found.Value.Unit == "%");
        return Of(AreEqual(found.Value.Value, truth.Value) || (isPercent && AreEqual(found.Value.Share, truth.Share)));
    }

    private static Parsed<double> Option(string answer, Question question, AnswerReading reading)
    {
        int truth = References.Of(question, OptionText.Parse(question.Reference, question.Options), "one of the question's options");
        Parsed<int> found = OptionText.Parse(answer, question.Options, reading.Work);
        return found.IsFound ? Of(found.Value == truth) : Parsed<double>.None(found.Reason);
    }

    private static Parsed<double> Boxes(string answer, Question question, AnswerReading reading) =>
        OfBoxes(answer, question, reading, (overlaps, predicted, truth) =>
            BoxMatching.Hungarian(Negated(overlaps)).Sum(pair => -pair.Value) / Math.Max(predicted, truth));

    private static Parsed<double> BoxesF1(string answer, Question question, AnswerReading reading) =>
        OfBoxes(answer, question, reading, (overlaps, predicted, truth) =>
            2.0 * BoxMatching.Greedy(overlaps, null, 0.5).Count / (predicted + truth));

    private static Parsed<double> OneBox(string answer, Question question, AnswerReading reading) =>
        OfBoxes(answer, question, reading, (overlaps, predicted, truth) => predicted == 1 && truth == 1 ? overlaps[0, 0] : 0);

    private static Parsed<double> OfBoxes(string answer, Question question, AnswerReading reading, Func<double[,], int, int, double> score)
    {
        IReadOnlyList<LabeledBox> truth = References.Boxes(question);
        Parsed<IReadOnlyList<LabeledBox>> found = References.Boxes(answer, question, reading);
        if (!found.IsFound) return Parsed<double>.None(found.Reason);
        if (found.Value.Count == 0 || truth.Count == 0) return Of(found.Value.Count == truth.Count);
        return Parsed<double>.Of(score(References.Overlaps(found.Value, truth), found.Value.Count, truth.Count));
    }

    private static Parsed<double> Points(string answer, Question question, AnswerReading reading)
    {
        IReadOnlyList<(double X, double Y)> truth = References.Of(question, PointText.Parse(question.Reference), "points as JSON");
        Parsed<IReadOnlyList<(double X, double Y)>> found = PointText.Parse(answer, reading.Work);
        if (!found.IsFound) return Parsed<double>.None(found.Reason);
        if (found.Value.Count == 0 || truth.Count == 0) return Of(found.Value.Count == truth.Count);
        double reach = question.Images is [RgbImage image, ..] ? PointShare * Math.Max(image.Width, image.Height) : PointPixels;
        double[,] costs = new double[found.Value.Count, truth.Count];
        for (int i = 0; i < found.Value.Count; i++)
        {
            (double x, double y) = reading.Scale.ToPixels(found.Value[i], question);
            for (int j = 0; j < truth.Count; j++)
                costs[i, j] = ((x - truth[j].X) * (x - truth[j].X)) + ((y - truth[j].Y) * (y - truth[j].Y)) <= reach * reach ? -1 : 0;
        }

        return Parsed<double>.Of(-2 * BoxMatching.Hungarian(costs).Sum(pair => pair.Value) / (found.Value.Count + truth.Count));
    }

    private static Parsed<double> Mask(string answer, Question question, AnswerReading reading)
    {
        MaskRuns truth = References.Of(question, MaskText.Parse(question.Reference), "a mask as JSON");
        Parsed<MaskRuns> found = MaskText.Parse(answer, reading.Work);
        return found.IsFound ? Parsed<double>.Of(BoxOverlap.Iou(found.Value, truth)) : Parsed<double>.None(found.Reason);
    }

    private static double[,] Negated(double[,] overlaps)
    {
        double[,] costs = new double[overlaps.GetLength(0), overlaps.GetLength(1)];
        for (int i = 0; i < costs.GetLength(0); i++)
            for (int j = 0; j < costs.GetLength(1); j++) costs[i, j] = -overlaps[i, j];
        return costs;
    }

    private static List<string> Labels(string text, ParseWork? work) => [.. text.Split(',', ';')
        .Select(label => WordText.Normalized(label, work)).Where(label => label.Length > 0)];

    private static Parsed<double> Of(bool isRight) => Parsed<double>.Of(isRight ? 1 : 0);
}
