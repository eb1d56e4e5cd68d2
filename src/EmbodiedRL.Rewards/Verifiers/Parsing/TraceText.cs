namespace EmbodiedRL.Rewards.Verifiers.Parsing;

/// <summary>Call of a tool.</summary>
/// <param name="Name">Of the tool.</param>
/// <param name="Parameters">By name.</param>
public sealed record ToolCall(string Name, IReadOnlyDictionary<string, JsonItem> Parameters)
{
    /// <summary>Whether name and parameters are equal in value.</summary>
    public bool IsSame(ToolCall other) => Name == other.Name && Parameters.Count == other.Parameters.Count
        && Parameters.All(one => other.Parameters.TryGetValue(one.Key, out JsonItem? value) && one.Value.Equals(value));
}

/// <summary>
/// Parser of traces: a JSON array of calls <c>{"name":...,"parameters":{...}}</c>, or such objects one after the other.
/// </summary>
public static class TraceText
{
    /// <summary>Most calls that a trace may hold; matching them costs the square of this.</summary>
    public const int MostCalls = 200;

    /// <summary>The calls in a text.</summary>
    /// <param name="text">Any.</param>
    /// <param name="work">Counts characters.</param>
    /// <returns>Perhaps none: an empty array is a trace without calls.</returns>
    public static Parsed<IReadOnlyList<ToolCall>> Parse(string text, ParseWork? work = null)
    {
        Parsed<IReadOnlyList<JsonItem>> json = JsonText.Sequence(text, MostCalls + 1, work);
        if (!json.IsFound) return Parsed<IReadOnlyList<ToolCall>>.None(json.Reason);
        var calls = new List<ToolCall>();
        foreach (JsonItem item in json.Value.SelectMany(item => item.Kind == JsonKind.List ? item.Items : [item]))
        {
            if (item.Member("name", "tool") is not { Kind: JsonKind.Text } name) return None("a call without a name");
            JsonItem? parameters = item.Member("parameters", "arguments", "args");
            if (parameters is { Kind: not (JsonKind.Members or JsonKind.Null) }) return None("a call whose parameters have no names");
            calls.Add(new ToolCall(name.Text, parameters?.ByName() ?? []));
            if (calls.Count > MostCalls) return None("too many calls");
        }

        return Parsed<IReadOnlyList<ToolCall>>.Of(calls);

        static Parsed<IReadOnlyList<ToolCall>> None(string reason) => Parsed<IReadOnlyList<ToolCall>>.None(reason);
    }
}
