using System.Globalization;
using System.Text.Json;
using EmbodiedRL.Core.Batches;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>Checks of reference answers against their <see cref="AnswerForm"/>.</summary>
internal static class ReferenceForms
{
    /// <summary>What is wrong with the reference of a question; null if nothing is.</summary>
    public static string? Violation(Question question)
    {
        if (question.Options.Distinct(StringComparer.Ordinal).Count() != question.Options.Count) return "an option twice";
        try
        {
            return question.Form switch
            {
                AnswerForm.Number => double.TryParse(question.Reference, NumberStyles.Float, CultureInfo.InvariantCulture,
                    out double number) && double.IsFinite(number) ? null : $"the answer '{question.Reference}', which is no number",
                AnswerForm.Option => question.Options.Contains(question.Reference) ? null
                    : $"the answer '{question.Reference}', which is none of the options",
                AnswerForm.Boxes => Parse(question.Reference, IsBoxes, "[{\"label\":\"\",\"box\":[left,top,right,bottom]}]"),
                AnswerForm.Points => Parse(question.Reference, IsPoints, "[[x,y]]"),
                AnswerForm.Mask => Parse(question.Reference, IsMask, "{\"size\":[height,width],\"counts\":[...]} of as many pixels"),
                AnswerForm.Trace => Parse(question.Reference, root => root.ValueKind == JsonValueKind.Array, "a JSON array"),
                _ => null,
            };
        }
        catch (JsonException)
        {
            return $"an answer that is no JSON, where the form {question.Form.ToString().ToLowerInvariant()} asks for it";
        }
    }

    private static string? Parse(string reference, Func<JsonElement, bool> fits, string form)
    {
        using JsonDocument document = JsonDocument.Parse(reference);
        return fits(document.RootElement) ? null : $"an answer that is not of the form {form}";
    }

    private static bool IsBoxes(JsonElement root) => root.ValueKind == JsonValueKind.Array && root.EnumerateArray().All(one =>
        one.ValueKind == JsonValueKind.Object && one.TryGetProperty("label", out JsonElement label)
        && label.ValueKind == JsonValueKind.String && one.TryGetProperty("box", out JsonElement box)
        && Numbers(box) is [var left, var top, var right, var bottom]
        && left <= right && top <= bottom);

    private static bool IsPoints(JsonElement root) =>
        root.ValueKind == JsonValueKind.Array && root.EnumerateArray().All(point => Numbers(point)?.Length == 2);

    private static bool IsMask(JsonElement root) => root.ValueKind == JsonValueKind.Object
        && root.TryGetProperty("size", out JsonElement size) && root.TryGetProperty("counts", out JsonElement counts)
        && Numbers(size) is [> 0 and var height, > 0 and var width] && Numbers(counts) is { } runs
        && runs.All(run => run >= 0 && run == Math.Floor(run)) && runs.Sum() == height * width;

    /// <summary>An array of finite numbers; null for anything else.</summary>
    private static double[]? Numbers(JsonElement array) => array.ValueKind == JsonValueKind.Array
        && array.EnumerateArray().All(one => one.ValueKind == JsonValueKind.Number && double.IsFinite(one.GetDouble()))
            ? [.. array.EnumerateArray().Select(one => one.GetDouble())] : null;
}
