using EmbodiedRL.Rewards.Verifiers.Boxes;

namespace EmbodiedRL.Rewards.Verifiers.Parsing;

/// <summary>Box that an answer or a reference names.</summary>
/// <param name="Label">What it holds; may be empty.</param>
/// <param name="Box">In pixels of the first image, once scaled.</param>
/// <param name="Confidence">As the answer states it; null where it states none.</param>
public sealed record LabeledBox(string Label, Box Box, double? Confidence = null);

/// <summary>Box in space that an answer or a reference names.</summary>
/// <param name="Label">What it holds; may be empty.</param>
/// <param name="Box">In the reference's unit of length.</param>
public sealed record LabeledSolid(string Label, Solid Box);

/// <summary>Parser of boxes: a list of objects with a label and a box, one such object, or bare lists of coordinates.</summary>
/// <remarks>
/// A box stands under <c>box</c>, <c>bbox</c>, <c>bbox_2d</c>, <c>bbox_3d</c> or <c>position</c>, a label under <c>label</c>, <c>name</c>,
/// <c>class</c> or <c>category</c>, a confidence under <c>confidence</c> or <c>score</c>. One box that cannot be read makes the whole list
/// unreadable: dropping it would turn a wrong answer into a shorter one. A box whose ends are swapped is kept and has no area.
/// </remarks>
public static class BoxText
{
    /// <summary>Most boxes that an answer may name; matching them costs the cube of this.</summary>
    public const int MostBoxes = 200;

    /// <summary>Largest coordinate, either way.</summary>
    public const double MostCoordinate = 1e7;

    /// <summary>Boxes in an image.</summary>
    /// <param name="text">Any.</param>
    /// <param name="work">Counts characters.</param>
    /// <returns>Perhaps none: an empty list is an answer.</returns>
    public static Parsed<IReadOnlyList<LabeledBox>> Parse(string text, ParseWork? work = null)
    {
        Parsed<IReadOnlyList<(string Label, double[] Numbers, double? Confidence)>> found = Read(text, 4, work);
        return found.IsFound
            ? Parsed<IReadOnlyList<LabeledBox>>.Of([.. found.Value.Select(one => new LabeledBox(one.Label,
                new Box(one.Numbers[0], one.Numbers[1], one.Numbers[2], one.Numbers[3]), one.Confidence))])
            : Parsed<IReadOnlyList<LabeledBox>>.None(found.Reason);
    }

    /// <summary>Boxes in space: six coordinates each, all least ones first.</summary>
    /// <param name="text">Any.</param>
    /// <param name="work">Counts characters.</param>
    public static Parsed<IReadOnlyList<LabeledSolid>> ParseSolids(string text, ParseWork? work = null)
    {
        Parsed<IReadOnlyList<(string Label, double[] Numbers, double? Confidence)>> found = Read(text, 6, work);
        return found.IsFound
            ? Parsed<IReadOnlyList<LabeledSolid>>.Of([.. found.Value.Select(one => new LabeledSolid(one.Label, Solid.Of(one.Numbers)))])
            : Parsed<IReadOnlyList<LabeledSolid>>.None(found.Reason);
    }

    /// <summary>So many finite numbers; null where it is anything else.</summary>
    internal static double[]? Numbers(JsonItem? item, int count)
    {
        if (item is not { Kind: JsonKind.List } || item.Items.Count != count) return null;
        foreach (JsonItem number in item.Items)
            if (number.Kind != JsonKind.Number || !(Math.Abs(number.Number) <= MostCoordinate)) return null;
        return [.. item.Items.Select(number => number.Number)];
    }

    private static Parsed<IReadOnlyList<(string Label, double[] Numbers, double? Confidence)>> Read(string text, int width, ParseWork? work)
    {
        Parsed<JsonItem> json = JsonText.Only(text, work);
        if (!json.IsFound) return None(json.Reason);
        JsonItem[] items = json.Value.Kind == JsonKind.List && !IsBare(json.Value) ? [.. json.Value.Items] : [json.Value];
        if (items.Length > MostBoxes) return None("too many boxes");
        var boxes = new List<(string, double[], double?)>();
        foreach (JsonItem item in items)
        {
            JsonItem? place = item.Kind == JsonKind.Members ? item.Member("box", "bbox", "bbox_2d", "bbox_3d", "position") : item;
            if (Numbers(place, width) is not { } numbers) return None($"a box that is not {width} finite numbers");
            JsonItem? label = item.Member("label", "name", "class", "category"), confidence = item.Member("confidence", "score");
            if (confidence is { Kind: not JsonKind.Null } && !(confidence.Kind == JsonKind.Number && confidence.Number is >= 0 and <= 1))
                return None("a confidence that is not a number from 0 to 1");
            boxes.Add((label is { Kind: JsonKind.Text } ? label.Text : "", numbers,
                confidence is { Kind: JsonKind.Number } ? confidence.Number : null));
        }

        return Parsed<IReadOnlyList<(string, double[], double?)>>.Of(boxes);

        static bool IsBare(JsonItem list) => list.Items.Count > 0 && list.Items[0].Kind == JsonKind.Number;

        static Parsed<IReadOnlyList<(string, double[], double?)>> None(string reason) =>
            Parsed<IReadOnlyList<(string, double[], double?)>>.None(reason);
    }
}
