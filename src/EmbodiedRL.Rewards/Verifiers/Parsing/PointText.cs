namespace EmbodiedRL.Rewards.Verifiers.Parsing;

/// <summary>Parser of points: <c>[[x,y]]</c>, <c>[x,y]</c>, or objects with <c>point</c> or <c>point_2d</c>.</summary>
public static class PointText
{
    /// <summary>The points in a text.</summary>
    /// <param name="text">Any.</param>
    /// <param name="work">Counts characters.</param>
    public static Parsed<IReadOnlyList<(double X, double Y)>> Parse(string text, ParseWork? work = null)
    {
        Parsed<JsonItem> json = JsonText.Only(text, work);
        if (!json.IsFound) return Parsed<IReadOnlyList<(double X, double Y)>>.None(json.Reason);
        bool isOne = json.Value.Kind == JsonKind.Members || (json.Value.Items.Count > 0 && json.Value.Items[0].Kind == JsonKind.Number);
        JsonItem[] items = isOne ? [json.Value] : [.. json.Value.Items];
        if (items.Length > BoxText.MostBoxes) return Parsed<IReadOnlyList<(double X, double Y)>>.None("too many points");
        var points = new List<(double, double)>();
        foreach (JsonItem item in items)
        {
            if (BoxText.Numbers(item.Kind == JsonKind.Members ? item.Member("point", "point_2d") : item, 2) is not { } pair)
                return Parsed<IReadOnlyList<(double X, double Y)>>.None("a point that is not two finite numbers");
            points.Add((pair[0], pair[1]));
        }

        return Parsed<IReadOnlyList<(double X, double Y)>>.Of(points);
    }
}
