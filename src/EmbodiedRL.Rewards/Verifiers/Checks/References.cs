using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rewards.Verifiers.Boxes;
using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers.Checks;

/// <summary>References of questions in the form that they promise; one that cannot be read is an error of the data, never a
/// score.</summary>
internal static class References
{
    /// <summary>The value of a reference.</summary>
    /// <exception cref="SpecMismatchException">It cannot be read; names the question.</exception>
    public static T Of<T>(Question question, Parsed<T> parsed, string expected) where T : notnull => parsed.IsFound ? parsed.Value
        : throw new SpecMismatchException($"reference of the question '{Short(question.Prompt)}'", expected,
            $"'{Short(question.Reference)}' ({parsed.Reason})");

    /// <summary>Boxes of a reference.</summary>
    public static IReadOnlyList<LabeledBox> Boxes(Question question) => Of(question, BoxText.Parse(question.Reference), "boxes as JSON");

    /// <summary>Boxes of an answer, in pixels.</summary>
    public static Parsed<IReadOnlyList<LabeledBox>> Boxes(string answer, Question question, AnswerReading reading)
    {
        Parsed<IReadOnlyList<LabeledBox>> found = BoxText.Parse(answer, reading.Work);
        return !found.IsFound ? found : Parsed<IReadOnlyList<LabeledBox>>.Of(
            [.. found.Value.Select(one => one with { Box = reading.Scale.ToPixels(one.Box, question) })]);
    }

    /// <summary>
    /// IoU of every prediction with every truth, 0 where labels differ. A prediction without a label fits where all truths have one label.
    /// </summary>
    /// <returns>[predictions, truths].</returns>
    public static double[,] Overlaps(IReadOnlyList<LabeledBox> predicted, IReadOnlyList<LabeledBox> truth)
    {
        string[] labels = [.. truth.Select(one => Label(one))];
        bool isOneClass = labels.Distinct().Count() <= 1;
        double[,] overlaps = new double[predicted.Count, truth.Count];
        for (int i = 0; i < predicted.Count; i++)
        {
            string label = Label(predicted[i]);
            for (int j = 0; j < truth.Count; j++)
                if (labels[j] == label || labels[j].Length == 0 || (label.Length == 0 && isOneClass))
                    overlaps[i, j] = BoxOverlap.Iou(predicted[i].Box, truth[j].Box);
        }

        return overlaps;
    }

    /// <summary>A label in lower case with single spaces.</summary>
    public static string Label(LabeledBox box) => WordText.Normalized(box.Label);

    /// <summary>Boxes without those that occur before with the same label and the same four numbers.</summary>
    public static IReadOnlyList<LabeledBox> Distinct(IReadOnlyList<LabeledBox> boxes) =>
        [.. boxes.DistinctBy(one => (Label(one), one.Box))];

    /// <summary>The start of a text, for messages.</summary>
    public static string Short(string text) => text.Length <= 80 ? text : text[..80] + "...";
}
