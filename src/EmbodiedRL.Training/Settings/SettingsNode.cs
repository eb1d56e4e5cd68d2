using System.Globalization;
using System.Text.Json;

namespace EmbodiedRL.Training.Settings;

/// <summary>One place in the merged settings: what stands there and who put it there.</summary>
/// <remarks>
/// Configuration providers flatten everything to strings, and so lay lists over each other element by element and forget whether 5 was
/// a number. Here a list replaces a list, and a value keeps its type; only the environment and the command line speak in plain text.
/// </remarks>
internal sealed class SettingsNode
{
    private SettingsNode(JsonValueKind kind, string text, string origin, bool isPlain) =>
        (Kind, Text, Origin, IsPlain) = (kind, text, origin, isPlain);

    /// <summary>Object, Array, or the kind of a value; undefined for plain text, which may be any of them.</summary>
    public JsonValueKind Kind { get; }

    /// <summary>The value as written; empty for objects and lists.</summary>
    public string Text { get; }

    /// <summary>Where it was said, for people.</summary>
    public string Origin { get; }

    /// <summary>Whether it came as text without a type.</summary>
    public bool IsPlain { get; }

    /// <summary>Members of an object; letter case does not tell keys apart, because it does not in environment variables.</summary>
    public Dictionary<string, SettingsNode> Members { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Elements of a list.</summary>
    public List<SettingsNode> Items { get; } = [];

    public static SettingsNode Empty(string origin) => new(JsonValueKind.Object, "", origin, isPlain: false);

    public static SettingsNode Plain(string text, string origin) => new(JsonValueKind.Undefined, text, origin, isPlain: true);

    /// <summary>Takes a JSON document in; keys that are given twice are violations.</summary>
    public static SettingsNode Of(JsonElement element, string origin, string path, List<string> violations)
    {
        string text = element.ValueKind switch
        {
            JsonValueKind.Object or JsonValueKind.Array => "",
            JsonValueKind.String => element.GetString()!,
            _ => element.GetRawText(),
        };
        var node = new SettingsNode(element.ValueKind, text, origin, isPlain: false);
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in element.EnumerateObject())
            {
                string key = Join(path, member.Name);
                if (!node.Members.TryAdd(member.Name, Of(member.Value, origin, key, violations)))
                    violations.Add($"{key}: given twice in {origin}.");
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
                node.Items.Add(Of(item, origin, Join(path, $"{node.Items.Count}"), violations));
        }

        return node;
    }

    /// <summary>Lays another over this one: objects are joined key by key, everything else is replaced.</summary>
    public void Overlay(SettingsNode over)
    {
        foreach ((string key, SettingsNode theirs) in over.Members)
        {
            if (Members.TryGetValue(key, out SettingsNode? mine) && mine.Kind == JsonValueKind.Object
                && theirs.Kind == JsonValueKind.Object) mine.Overlay(theirs);
            else Members[key] = theirs;
        }
    }

    /// <summary>Says one value by its path; a number picks the element of a list that is there.</summary>
    public void Set(ReadOnlySpan<string> path, string text, string origin)
    {
        SettingsNode next = path.Length == 1 ? Plain(text, origin) : Child(path[0]) is { } child && !child.IsValue ? child : Empty(origin);
        if (path.Length > 1) next.Set(path[1..], text, origin);
        if (Kind != JsonValueKind.Array) Members[path[0]] = next;
        else if (Index(path[0]) is { } index && index < Items.Count) Items[index] = next;
        else if (Index(path[0]) == Items.Count) Items.Add(next);
        else Members[path[0]] = next; // no such element: the binder says so
    }

    /// <summary>What stands at a path; null if nothing does.</summary>
    public SettingsNode? Find(params ReadOnlySpan<string> path)
    {
        SettingsNode? at = this;
        foreach (string key in path) at = at?.Child(key);
        return at;
    }

    /// <summary>How the value would be quoted to people.</summary>
    public override string ToString() => Kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String or JsonValueKind.Undefined => $"'{Text}'",
        _ => Text,
    };

    public static string Join(string path, string key) => path.Length == 0 ? key : $"{path}:{key}";

    private bool IsValue => Kind is not (JsonValueKind.Object or JsonValueKind.Array);

    private SettingsNode? Child(string key)
    {
        if (Kind == JsonValueKind.Array) return Index(key) is { } index && index < Items.Count ? Items[index] : null;
        return Members.GetValueOrDefault(key);
    }

    private static int? Index(string key) =>
        int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : null;
}
