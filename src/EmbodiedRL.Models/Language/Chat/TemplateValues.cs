using System.Globalization;
using System.Text;

namespace EmbodiedRL.Models.Language.Chat;

/// <summary>A name or field that is not there; empty as text.</summary>
internal sealed record UndefinedValue(string Name);

/// <summary>A map in the order in which it was filled.</summary>
internal sealed class TemplateMap
{
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly List<KeyValuePair<string, object?>> _items = [];

    public IReadOnlyList<KeyValuePair<string, object?>> Items => _items;

    public object? this[string key]
    {
        set
        {
            if (_places.TryGetValue(key, out int place)) _items[place] = new(key, value);
            else
            {
                _places.Add(key, _items.Count);
                _items.Add(new(key, value));
            }
        }
    }

    public bool TryGet(string key, out object? value)
    {
        bool found = _places.TryGetValue(key, out int place);
        value = found ? _items[place].Value : null;
        return found;
    }
}

/// <summary>Fields that a template may change: <c>namespace()</c>.</summary>
internal sealed class TemplateNamespace
{
    public Dictionary<string, object?> Fields { get; } = new(StringComparer.Ordinal);
}

/// <summary>A function of places and names, and the line of its call.</summary>
internal delegate object? TemplateFunction(IReadOnlyList<object?> places, IReadOnlyDictionary<string, object?> names, int line);

/// <summary>Values of templates: null, bool, long, double, string, lists, maps, namespaces and functions, with Python's meanings.</summary>
internal static class TemplateValues
{
    private const int MostDepth = 64;

    /// <summary>Whether a value counts as true.</summary>
    public static bool IsTrue(object? value) => value switch
    {
        null or UndefinedValue => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        string text => text.Length > 0,
        List<object?> list => list.Count > 0,
        TemplateMap map => map.Items.Count > 0,
        _ => true,
    };

    /// <summary>A value as text, as Python's str does.</summary>
    public static string Text(object? value) => value switch
    {
        string text => text,
        UndefinedValue => "",
        _ => Spell(value, 0),
    };

    /// <summary>What a value is called in messages.</summary>
    public static string Kind(object? value) => value switch
    {
        null => "none",
        UndefinedValue missing => $"'{missing.Name}', which is undefined",
        bool => "a boolean",
        long or double => "a number",
        string => "a string",
        List<object?> => "a list",
        TemplateMap => "a mapping",
        TemplateNamespace => "a namespace",
        _ => "a function",
    };

    /// <summary>Whether two values are equal; 1, 1.0 and true are.</summary>
    public static bool AreEqual(object? left, object? right)
    {
        if (Number(left) is { } a && Number(right) is { } b) return a == b;
        return (left, right) switch
        {
            (string x, string y) => x == y,
            (List<object?> x, List<object?> y) => x.Count == y.Count && x.Zip(y).All(pair => AreEqual(pair.First, pair.Second)),
            (TemplateMap x, TemplateMap y) => x.Items.Count == y.Items.Count
                && x.Items.All(item => y.TryGet(item.Key, out object? other) && AreEqual(item.Value, other)),
            (UndefinedValue, UndefinedValue) => true,
            _ => ReferenceEquals(left, right),
        };
    }

    /// <summary>A value as a number; null if it is none.</summary>
    public static double? Number(object? value) => value switch
    {
        bool flag => flag ? 1 : 0,
        long number => number,
        double number => number,
        _ => null,
    };

    /// <summary>What a loop runs over.</summary>
    public static IReadOnlyList<object?> Items(object? value, int line) => value switch
    {
        List<object?> list => list,
        string text => [.. Runes(text)],
        TemplateMap map => [.. map.Items.Select(item => (object?)item.Key)],
        UndefinedValue => [],
        _ => throw new ChatTemplateException(line, $"a loop runs over lists, mappings and strings, not over {Kind(value)}."),
    };

    /// <summary>Characters of a text.</summary>
    public static IEnumerable<string> Runes(string text) => text.EnumerateRunes().Select(rune => rune.ToString());

    /// <summary>A value as JSON, as Python's json.dumps writes it.</summary>
    public static string Json(object? value, int? indent, int line)
    {
        var text = new StringBuilder();
        WriteJson(text, value, indent, 0, line);
        return text.ToString();
    }

    /// <summary>A number as Python spells it.</summary>
    public static string Spell(double number)
    {
        if (double.IsNaN(number)) return "nan";
        if (double.IsInfinity(number)) return number > 0 ? "inf" : "-inf";
        string text = number.ToString("R", CultureInfo.InvariantCulture);
        int exponent = text.IndexOf('E', StringComparison.Ordinal);
        if (exponent < 0) return text.Contains('.', StringComparison.Ordinal) ? text : text + ".0";
        int power = int.Parse(text[(exponent + 1)..], CultureInfo.InvariantCulture);
        if (power is > 0 and < 16) return number.ToString("F1", CultureInfo.InvariantCulture);
        return $"{text[..exponent]}e{(power < 0 ? '-' : '+')}{Math.Abs(power):00}";
    }

    private static string Spell(object? value, int depth)
    {
        if (depth > MostDepth) return "...";
        return value switch
        {
            null => "None",
            bool flag => flag ? "True" : "False",
            long number => number.ToString(CultureInfo.InvariantCulture),
            double number => Spell(number),
            string text => Quote(text),
            List<object?> list => $"[{string.Join(", ", list.Select(item => Spell(item, depth + 1)))}]",
            TemplateMap map =>
                $"{{{string.Join(", ", map.Items.Select(item => $"{Quote(item.Key)}: {Spell(item.Value, depth + 1)}"))}}}",
            UndefinedValue => "Undefined",
            _ => $"<{Kind(value)}>",
        };
    }

    private static string Quote(string text)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var quoted = new StringBuilder().Append(quote);
        foreach (char letter in text)
            _ = letter switch
            {
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                '\r' => quoted.Append("\\r"),
                '\\' => quoted.Append("\\\\"),
                _ when letter == quote => quoted.Append('\\').Append(letter),
                _ => quoted.Append(letter),
            };
        return quoted.Append(quote).ToString();
    }

    private static void WriteJson(StringBuilder text, object? value, int? indent, int depth, int line)
    {
        if (depth > MostDepth) throw new ChatTemplateException(line, "a value is nested too deeply for JSON.");
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case bool flag:
                text.Append(flag ? "true" : "false");
                break;
            case long number:
                text.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                text.Append(Spell(number));
                break;
            case string words:
                WriteString(text, words);
                break;
            case List<object?> list:
                Group(text, "[", "]", list.Count, indent, depth, i => WriteJson(text, list[i], indent, depth + 1, line));
                break;
            case TemplateMap map:
                Group(text, "{", "}", map.Items.Count, indent, depth, i =>
                {
                    WriteString(text, map.Items[i].Key);
                    text.Append(": ");
                    WriteJson(text, map.Items[i].Value, indent, depth + 1, line);
                });
                break;
            default:
                throw new ChatTemplateException(line, $"{Kind(value)} cannot be written as JSON.");
        }
    }

    private static void Group(StringBuilder text, string open, string close, int count, int? indent, int depth, Action<int> item)
    {
        text.Append(open);
        for (int i = 0; i < count; i++)
        {
            if (i > 0) text.Append(indent is null ? ", " : ",");
            if (indent is { } spaces) text.Append('\n').Append(' ', spaces * (depth + 1));
            item(i);
        }

        if (count > 0 && indent is { } last) text.Append('\n').Append(' ', last * depth);
        text.Append(close);
    }

    private static void WriteString(StringBuilder text, string words)
    {
        text.Append('"');
        foreach (char letter in words)
            _ = letter switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
                _ => text.Append(letter),
            };
        text.Append('"');
    }
}
