using System.Globalization;

namespace EmbodiedRL.Models.Language.Chat;

/// <summary>Methods of strings, maps and lists, and filters and tests of values, that chat templates use.</summary>
internal static class TemplateMethods
{
    private static readonly string[] Filters =
    [
        "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "indent", "int", "items", "join", "last", "length",
        "list", "lower", "map", "max", "min", "reject", "rejectattr", "replace", "reverse", "round", "safe", "select", "selectattr",
        "sort", "string", "strip", "sum", "title", "tojson", "trim", "unique", "upper",
    ];

    private static readonly string[] Tests =
    [
        "boolean", "callable", "defined", "divisibleby", "eq", "equalto", "even", "false", "float", "ge", "gt", "in", "integer", "iterable",
        "le", "lower", "lt", "mapping", "ne", "none", "number", "odd", "sameas", "sequence", "string", "true", "undefined", "upper",
    ];

    /// <summary>The method of a value; null if it has none of this name.</summary>
    public static TemplateFunction? Find(object? of, string name) => of switch
    {
        string text => OfString(text, name),
        TemplateMap map => OfMap(map, name),
        List<object?> list => name switch
        {
            "index" => (places, _, line) => (long)list.FindIndex(item => TemplateValues.AreEqual(item, At(places, 0, line))),
            "count" => (places, _, line) => (long)list.Count(item => TemplateValues.AreEqual(item, At(places, 0, line))),
            _ => null,
        },
        _ => null,
    };

    /// <summary>A filter's value.</summary>
    /// <exception cref="ChatTemplateException">The filter is not known, or the value is none that it takes.</exception>
    public static object? Filter(object? value, string name, IReadOnlyList<object?> places, IReadOnlyDictionary<string, object?> names,
        int line)
    {
        object? Argument(int place, string key, object? usual = null) =>
            places.Count > place ? places[place] : names.TryGetValue(key, out object? named) ? named : usual;
        switch (name)
        {
            case "trim" or "strip":
                return Argument(0, "chars") is string letters ? Text(value).Trim(letters.ToCharArray()) : Text(value).Trim();
            case "upper":
                return Text(value).ToUpperInvariant();
            case "lower":
                return Text(value).ToLowerInvariant();
            case "capitalize":
                return Capitalize(Text(value));
            case "title":
                return Title(Text(value));
            case "string" or "safe":
                return Text(value);
            case "length" or "count":
                return value is string words ? words.EnumerateRunes().LongCount() : Items(value, line).Count;
            case "tojson":
                return TemplateValues.Json(value, Argument(0, "indent") is long indent ? (int)Math.Clamp(indent, 0, 16) : null, line);
            case "default" or "d":
                return value is UndefinedValue || (TemplateValues.IsTrue(Argument(1, "boolean", false)) && !TemplateValues.IsTrue(value))
                    ? Argument(0, "default_value", "") : value;
            case "first":
                return Items(value, line) is [var first, ..] ? first : new UndefinedValue("first of nothing");
            case "last":
                return Items(value, line) is [.., var last] ? last : new UndefinedValue("last of nothing");
            case "list":
                return new List<object?>(Items(value, line));
            case "reverse":
                List<object?> reversed = [.. Items(value, line).Reverse()];
                return value is string ? string.Concat(reversed) : reversed;
            case "unique":
                var seen = new List<object?>();
                foreach (object? item in Items(value, line))
                    if (!seen.Exists(other => TemplateValues.AreEqual(other, item))) seen.Add(item);
                return seen;
            case "join":
                IEnumerable<object?> parts = Items(value, line);
                if (Argument(1, "attribute") is string key) parts = parts.Select(item => Field(item, key));
                return string.Join(Text(Argument(0, "d", "")), parts.Select(TemplateValues.Text));
            case "replace":
                return Replace(Text(value), Text(Argument(0, "old")), Text(Argument(1, "new")),
                    Argument(2, "count") is long most ? most : -1);
            case "int":
                return value switch
                {
                    double number => (long)Math.Truncate(number),
                    string digits => long.TryParse(digits.Trim(), CultureInfo.InvariantCulture, out long whole) ? whole
                        : double.TryParse(digits, CultureInfo.InvariantCulture, out double real) ? (long)real : Argument(0, "default", 0L),
                    _ => TemplateValues.Number(value) is { } number ? (long)number : Argument(0, "default", 0L),
                };
            case "float":
                return value is string spelled && double.TryParse(spelled, CultureInfo.InvariantCulture, out double parsed) ? parsed
                    : TemplateValues.Number(value) ?? Argument(0, "default", 0.0);
            case "abs":
                return value is long integer ? (object)Math.Abs(integer) : Math.Abs(Number(value, line));
            case "round":
                return Math.Round(Number(value, line), (int)(Argument(0, "precision") as long? ?? 0));
            case "items":
                return value is TemplateMap map ? Pairs(map) : new List<object?>();
            case "dictsort":
                return value is TemplateMap sorted
                    ? new List<object?>(Pairs(sorted).OrderBy(pair => Text(((List<object?>)pair!)[0]), StringComparer.OrdinalIgnoreCase))
                    : throw Wrong("a mapping", value, line);
            case "sort":
                return Sort(Items(value, line), Argument(2, "attribute") as string, TemplateValues.IsTrue(Argument(0, "reverse")));
            case "min" or "max":
                List<object?> ordered = Sort(Items(value, line), null, name == "max");
                return ordered.Count > 0 ? ordered[0] : new UndefinedValue(name + " of nothing");
            case "sum":
                double sum = Items(value, line).Sum(item => Number(item, line));
                return Items(value, line).All(item => item is long) ? (object)(long)sum : sum;
            case "indent":
                return Indent(Text(value), Argument(0, "width", 4L), TemplateValues.IsTrue(Argument(1, "first")));
            case "map":
                return Map(Items(value, line), places, names, line);
            case "select" or "reject" or "selectattr" or "rejectattr":
                return Choose(Items(value, line), name, places, line);
            default:
                throw new ChatTemplateException(line, $"the filter '{name}' is not supported. Known: {string.Join(", ", Filters)}.");
        }
    }

    /// <summary>Whether a test holds.</summary>
    /// <exception cref="ChatTemplateException">The test is not known.</exception>
    public static bool Test(object? value, string name, IReadOnlyList<object?> places, int line)
    {
        switch (name)
        {
            case "defined": return value is not UndefinedValue;
            case "undefined": return value is UndefinedValue;
            case "none": return value is null;
            case "string": return value is string;
            case "mapping": return value is TemplateMap;
            case "iterable" or "sequence": return value is string or List<object?> or TemplateMap;
            case "number": return value is long or double or bool;
            case "integer": return value is long;
            case "float": return value is double;
            case "boolean": return value is bool;
            case "true": return value is true;
            case "false": return value is false;
            case "callable": return value is TemplateFunction;
            case "odd": return Number(value, line) % 2 is 1 or -1;
            case "even": return Number(value, line) % 2 == 0;
            case "divisibleby": return Number(value, line) % Number(At(places, 0, line), line) == 0;
            case "eq" or "equalto": return TemplateValues.AreEqual(value, At(places, 0, line));
            case "sameas": return value?.GetType() == At(places, 0, line)?.GetType() && TemplateValues.AreEqual(value, At(places, 0, line));
            case "ne": return !TemplateValues.AreEqual(value, At(places, 0, line));
            case "lt": return Compare(value, At(places, 0, line), line) < 0;
            case "le": return Compare(value, At(places, 0, line), line) <= 0;
            case "gt": return Compare(value, At(places, 0, line), line) > 0;
            case "ge": return Compare(value, At(places, 0, line), line) >= 0;
            case "in": return Contains(At(places, 0, line), value, line);
            case "lower": return value is string low && low.Any(char.IsLower) && !low.Any(char.IsUpper);
            case "upper": return value is string high && high.Any(char.IsUpper) && !high.Any(char.IsLower);
            default:
                throw new ChatTemplateException(line, $"the test '{name}' is not supported. Known: {string.Join(", ", Tests)}.");
        }
    }

    /// <summary>Order of two numbers or two strings.</summary>
    public static int Compare(object? left, object? right, int line) => (left, right) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        _ => Number(left, line).CompareTo(Number(right, line)),
    };

    /// <summary>Whether something is in a list, string or map.</summary>
    public static bool Contains(object? whole, object? part, int line) => whole switch
    {
        string text => part is string inner ? text.Contains(inner, StringComparison.Ordinal) : throw Wrong("a string", part, line),
        List<object?> list => list.Exists(item => TemplateValues.AreEqual(item, part)),
        TemplateMap map => part is string key && map.TryGet(key, out _),
        UndefinedValue => false,
        _ => throw new ChatTemplateException(line, $"nothing is in {TemplateValues.Kind(whole)}."),
    };

    /// <summary>A field of a map or namespace.</summary>
    public static object? Field(object? of, string name) => of switch
    {
        TemplateMap map => map.TryGet(name, out object? value) ? value : new UndefinedValue(name),
        TemplateNamespace space => space.Fields.TryGetValue(name, out object? value) ? value : new UndefinedValue(name),
        _ => new UndefinedValue(name),
    };

    private static TemplateFunction? OfString(string text, string name) => name switch
    {
        "strip" => (places, _, _) => Letters(places) is { } letters ? text.Trim(letters) : text.Trim(),
        "lstrip" => (places, _, _) => Letters(places) is { } letters ? text.TrimStart(letters) : text.TrimStart(),
        "rstrip" => (places, _, _) => Letters(places) is { } letters ? text.TrimEnd(letters) : text.TrimEnd(),
        "upper" => (_, _, _) => text.ToUpperInvariant(),
        "lower" => (_, _, _) => text.ToLowerInvariant(),
        "title" => (_, _, _) => Title(text),
        "capitalize" => (_, _, _) => Capitalize(text),
        "startswith" => (places, _, line) => Any(places, line, part => text.StartsWith(part, StringComparison.Ordinal)),
        "endswith" => (places, _, line) => Any(places, line, part => text.EndsWith(part, StringComparison.Ordinal)),
        "replace" => (places, names, line) => Replace(text, Text(At(places, 0, line)), Text(At(places, 1, line)),
            (places.Count > 2 ? places[2] : names.GetValueOrDefault("count")) is long most ? most : -1),
        "split" => (places, names, _) => Split(text, places.Count > 0 ? places[0] : names.GetValueOrDefault("sep"),
            (places.Count > 1 ? places[1] : names.GetValueOrDefault("maxsplit")) is long most ? most : -1),
        "splitlines" => (_, _, _) => new List<object?>((text.EndsWith('\n') ? text[..^1] : text).Split('\n')),
        "join" => (places, _, line) => string.Join(text, Items(At(places, 0, line), line).Select(TemplateValues.Text)),
        "find" => (places, _, line) => (long)text.IndexOf(Text(At(places, 0, line)), StringComparison.Ordinal),
        "count" => (places, _, line) => (long)(text.Split(Text(At(places, 0, line))).Length - 1),
        "isdigit" => (_, _, _) => text.Length > 0 && text.All(char.IsDigit),
        "removeprefix" => (places, _, line) => Text(At(places, 0, line)) is var start && text.StartsWith(start, StringComparison.Ordinal)
            ? text[start.Length..] : text,
        "removesuffix" => (places, _, line) => Text(At(places, 0, line)) is var end && text.EndsWith(end, StringComparison.Ordinal)
            ? text[..^end.Length] : text,
        _ => null,
    };

    private static TemplateFunction? OfMap(TemplateMap map, string name) => name switch
    {
        "items" => (_, _, _) => Pairs(map),
        "keys" => (_, _, _) => new List<object?>(map.Items.Select(item => item.Key)),
        "values" => (_, _, _) => new List<object?>(map.Items.Select(item => item.Value)),
        "get" => (places, _, line) => map.TryGet(Text(At(places, 0, line)), out object? value) ? value
            : places.Count > 1 ? places[1] : null,
        _ => null,
    };

    private static List<object?> Map(IReadOnlyList<object?> items, IReadOnlyList<object?> places,
        IReadOnlyDictionary<string, object?> names, int line)
    {
        if (names.TryGetValue("attribute", out object? key))
            return [.. items.Select(item => Field(item, Text(key)) is UndefinedValue missing
                ? names.GetValueOrDefault("default", missing) : Field(item, Text(key)))];
        return [.. items.Select(item => Filter(item, Text(At(places, 0, line)), [.. places.Skip(1)], names, line))];
    }

    private static List<object?> Choose(IReadOnlyList<object?> items, string name, IReadOnlyList<object?> places, int line)
    {
        bool byField = name.EndsWith("attr", StringComparison.Ordinal), keeps = name.StartsWith("select", StringComparison.Ordinal);
        int first = byField ? 1 : 0;
        string? key = byField ? Text(At(places, 0, line)) : null;
        return
        [
            .. items.Where(item =>
            {
                object? value = key is null ? item : Field(item, key);
                bool holds = places.Count > first
                    ? Test(value, Text(places[first]), [.. places.Skip(first + 1)], line)
                    : TemplateValues.IsTrue(value);
                return holds == keeps;
            }),
        ];
    }

    private static List<object?> Sort(IReadOnlyList<object?> items, string? key, bool reversed)
    {
        object? Key(object? item) => key is null ? item : Field(item, key);
        var order = Comparer<object?>.Create((a, b) => a is string x && b is string y
            ? string.Compare(x, y, StringComparison.OrdinalIgnoreCase) : Compare(a, b, 0));
        return [.. reversed ? items.OrderByDescending(Key, order) : items.OrderBy(Key, order)];
    }

    private static List<object?> Pairs(TemplateMap map) =>
        [.. map.Items.Select(item => (object?)new List<object?> { item.Key, item.Value })];

    private static List<object?> Split(string text, object? mark, long most)
    {
        if (mark is string { Length: > 0 } separator)
            return [.. most < 0 ? text.Split(separator) : text.Split(separator, (int)Math.Min(most + 1, int.MaxValue))];
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return most < 0 || words.Length <= most + 1 ? [.. words]
            : [.. text.TrimStart().Split((char[]?)null, (int)most + 1, StringSplitOptions.RemoveEmptyEntries)];
    }

    private static string Replace(string text, string old, string by, long most)
    {
        if (most < 0) return old.Length == 0 ? text : text.Replace(old, by, StringComparison.Ordinal);
        int at = 0;
        for (; most > 0 && old.Length > 0 && (at = text.IndexOf(old, at, StringComparison.Ordinal)) >= 0; most--, at += by.Length)
            text = text[..at] + by + text[(at + old.Length)..];
        return text;
    }

    private static string Indent(string text, object? width, bool first)
    {
        string space = width as string ?? new string(' ', (int)Math.Clamp(width as long? ?? 4, 0, 64));
        string[] lines = text.Split('\n');
        return string.Join('\n', lines.Select((words, i) => (i == 0 ? first : words.Length > 0) ? space + words : words));
    }

    private static string Capitalize(string text) =>
        text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    private static string Title(string text) => string.Create(text.Length, text, (span, source) =>
    {
        for (int i = 0; i < span.Length; i++)
            span[i] = i > 0 && char.IsLetter(source[i - 1]) ? char.ToLowerInvariant(source[i]) : char.ToUpperInvariant(source[i]);
    });

    private static bool Any(IReadOnlyList<object?> places, int line, Func<string, bool> holds) =>
        At(places, 0, line) is List<object?> several ? several.Exists(part => holds(Text(part))) : holds(Text(places[0]));

    private static char[]? Letters(IReadOnlyList<object?> places) => places is [string letters, ..] ? letters.ToCharArray() : null;

    private static string Text(object? value) => TemplateValues.Text(value);

    private static IReadOnlyList<object?> Items(object? value, int line) => TemplateValues.Items(value, line);

    private static double Number(object? value, int line) => TemplateValues.Number(value) ?? throw Wrong("a number", value, line);

    private static object? At(IReadOnlyList<object?> places, int place, int line) => places.Count > place ? places[place]
        : throw new ChatTemplateException(line, "a call lacks an argument.");

    private static ChatTemplateException Wrong(string expected, object? found, int line) =>
        new(line, $"expected {expected}, found {TemplateValues.Kind(found)}.");
}
