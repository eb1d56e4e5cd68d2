namespace EmbodiedRL.Rewards.Verifiers.Parsing;

/// <summary>Kind of a JSON value.</summary>
public enum JsonKind
{
    /// <summary><c>null</c>.</summary>
    Null,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>A number; not finite where the text says so or is too large.</summary>
    Number,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A list.</summary>
    List,

    /// <summary>Named members; a name may occur twice, as JSON allows.</summary>
    Members,
}

/// <summary>JSON value of a completion; unlike a document of the runtime it holds lone surrogates and numbers that are not
/// finite.</summary>
public sealed class JsonItem : IEquatable<JsonItem>
{
    /// <summary>What it is.</summary>
    public required JsonKind Kind { get; init; }

    /// <summary>A number's value; 1 for true.</summary>
    public double Number { get; init; }

    /// <summary>A text's value.</summary>
    public string Text { get; init; } = "";

    /// <summary>A list's elements.</summary>
    public IReadOnlyList<JsonItem> Items { get; init; } = [];

    /// <summary>Members in order.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonItem>> Members { get; init; } = [];

    /// <summary>The first member under one of several names, whatever the case of their letters; null if there is none.</summary>
    public JsonItem? Member(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            foreach (KeyValuePair<string, JsonItem> member in Members)
                if (member.Key.Equals(name, StringComparison.OrdinalIgnoreCase)) return member.Value;
        return null;
    }

    /// <summary>
    /// Equal in value: lists in order, members whatever their order (a name that occurs twice has its last value), numbers as numbers.
    /// </summary>
    public bool Equals(JsonItem? other)
    {
        if (other is null || other.Kind != Kind) return false;
        switch (Kind)
        {
            case JsonKind.Null: return true;
            case JsonKind.Text: return Text == other.Text;
            case JsonKind.List:
                return Items.Count == other.Items.Count && Items.Zip(other.Items).All(pair => pair.First.Equals(pair.Second));
            case JsonKind.Members:
                Dictionary<string, JsonItem> mine = ByName(), others = other.ByName();
                return mine.Count == others.Count
                    && mine.All(member => others.TryGetValue(member.Key, out JsonItem? value) && member.Value.Equals(value));
            default: return Number.Equals(other.Number);
        }
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as JsonItem);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Number, Text, Items.Count, Members.Count);

    /// <summary>Members by name, the last one where a name occurs twice.</summary>
    public Dictionary<string, JsonItem> ByName()
    {
        Dictionary<string, JsonItem> members = new(StringComparer.Ordinal);
        foreach (KeyValuePair<string, JsonItem> member in Members) members[member.Key] = member.Value;
        return members;
    }
}
