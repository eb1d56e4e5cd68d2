using System.Globalization;
using System.Text;

namespace EmbodiedRL.Models.Language.Chat;

/// <summary>Evaluates a template. It reaches nothing but the values it is given, and ends after a number of steps.</summary>
internal sealed class TemplateRunner
{
    private const int MostSteps = 2_000_000, MostDepth = 100;
    private const int MostLetters = 32 << 20;

    private readonly Dictionary<string, object?> _globals;
    private readonly TimeProvider _time;
    private Scope _scope;
    private StringBuilder _output = new();
    private int _steps, _depth;

    private TemplateRunner(Dictionary<string, object?> globals, TimeProvider time)
    {
        (_globals, _time) = (globals, time);
        _scope = new Scope(null);
    }

    private enum Flow
    {
        Next,
        Break,
        Continue,
    }

    /// <summary>The text that a template makes.</summary>
    /// <param name="nodes">The template.</param>
    /// <param name="variables">By name.</param>
    /// <param name="time">For templates that name the day.</param>
    /// <exception cref="ChatTemplateException">The template refuses, or cannot be evaluated.</exception>
    public static string Run(IReadOnlyList<TemplateNode> nodes, IEnumerable<KeyValuePair<string, object?>> variables, TimeProvider time)
    {
        var globals = new Dictionary<string, object?>(StringComparer.Ordinal);
        var runner = new TemplateRunner(globals, time);
        globals["raise_exception"] = (TemplateFunction)((places, _, line) =>
            throw new ChatTemplateException(line, places.Count > 0 ? TemplateValues.Text(places[0]) : "the template refuses."));
        globals["namespace"] = (TemplateFunction)((places, names, _) =>
        {
            var space = new TemplateNamespace();
            if (places is [TemplateMap map]) foreach ((string key, object? value) in map.Items) space.Fields[key] = value;
            foreach ((string key, object? value) in names) space.Fields[key] = value;
            return space;
        });
        globals["dict"] = (TemplateFunction)((_, names, _) =>
        {
            var map = new TemplateMap();
            foreach ((string key, object? value) in names) map[key] = value;
            return map;
        });
        globals["range"] = (TemplateFunction)((places, _, line) => Range(places, line));
        globals["strftime_now"] = (TemplateFunction)((places, _, _) =>
            places is [string format] ? FormatTime(runner._time.GetLocalNow(), format) : "");
        foreach ((string name, object? value) in variables) globals[name] = value;
        runner.Body(nodes);
        return runner._output.ToString();
    }

    private static List<object?> Range(IReadOnlyList<object?> places, int line)
    {
        long[] bounds = [.. places.Select(place => place as long? ?? throw new ChatTemplateException(line, "range takes whole numbers."))];
        (long from, long to, long step) = bounds switch
        {
            [var end] => (0, end, 1),
            [var begin, var end] => (begin, end, 1),
            [var begin, var end, var by] when by != 0 => (begin, end, by),
            _ => throw new ChatTemplateException(line, "range takes one to three whole numbers."),
        };
        var list = new List<object?>();
        for (long i = from; step > 0 ? i < to : i > to; i += step)
        {
            if (list.Count > 100_000) throw new ChatTemplateException(line, "a range is too long.");
            list.Add(i);
        }

        return list;
    }

    private static string FormatTime(DateTimeOffset time, string format)
    {
        var text = new StringBuilder();
        CultureInfo words = CultureInfo.InvariantCulture;
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }

            string? code = format[++i] switch
            {
                'd' => "dd",
                'm' => "MM",
                'Y' => "yyyy",
                'y' => "yy",
                'b' => "MMM",
                'B' => "MMMM",
                'a' => "ddd",
                'A' => "dddd",
                'H' => "HH",
                'I' => "hh",
                'M' => "mm",
                'S' => "ss",
                'p' => "tt",
                _ => null,
            };
            _ = code is not null ? text.Append(time.ToString(code, words))
                : format[i] == 'j' ? text.Append(time.DayOfYear.ToString("000", words))
                : format[i] == '%' ? text.Append('%') : text.Append('%').Append(format[i]);
        }

        return text.ToString();
    }

    private Flow Body(IReadOnlyList<TemplateNode> nodes)
    {
        foreach (TemplateNode node in nodes)
            if (Run(node) is not Flow.Next and var flow) return flow;
        return Flow.Next;
    }

    private Flow Run(TemplateNode node)
    {
        Step(node.Line);
        switch (node)
        {
            case TextNode text:
                Write(text.Text, node.Line);
                return Flow.Next;
            case OutputNode output:
                Write(TemplateValues.Text(Value(output.Value)), node.Line);
                return Flow.Next;
            case IfNode choice:
                foreach ((TemplateExpression? condition, IReadOnlyList<TemplateNode> body) in choice.Branches)
                    if (condition is null || TemplateValues.IsTrue(Value(condition))) return Body(body);
                return Flow.Next;
            case ForNode loop:
                Loop(loop);
                return Flow.Next;
            case SetNode set:
                Set(set);
                return Flow.Next;
            case MacroNode macro:
                Scope outer = _scope;
                _scope.Values[macro.Name] = (TemplateFunction)((places, names, line) => Call(macro, outer, places, names, line));
                return Flow.Next;
            case BodyNode body:
                return Body(body.Body);
            case LeaveNode leave:
                return leave.Breaks ? Flow.Break : Flow.Continue;
            default:
                throw new ChatTemplateException(node.Line, "a block is not supported.");
        }
    }

    private void Loop(ForNode loop)
    {
        IReadOnlyList<object?> items = TemplateValues.Items(Value(loop.Items), loop.Line);
        Scope outer = _scope;
        if (loop.Filter is not null)
        {
            var kept = new List<object?>();
            foreach (object? item in items)
            {
                Step(loop.Line);
                _scope = new Scope(outer);
                Assign(loop.Names, item, loop.Line);
                if (TemplateValues.IsTrue(Value(loop.Filter))) kept.Add(item);
            }

            _scope = outer;
            items = kept;
        }

        if (items.Count == 0)
        {
            Body(loop.Otherwise);
            return;
        }

        for (int i = 0; i < items.Count; i++)
        {
            Step(loop.Line);
            _scope = new Scope(outer);
            _scope.Values["loop"] = LoopOf(items, i);
            Assign(loop.Names, items[i], loop.Line);
            if (Body(loop.Body) == Flow.Break) break;
        }

        _scope = outer;
    }

    private static TemplateMap LoopOf(IReadOnlyList<object?> items, int i) => new()
    {
        ["index"] = i + 1L,
        ["index0"] = (long)i,
        ["revindex"] = (long)(items.Count - i),
        ["revindex0"] = (long)(items.Count - i - 1),
        ["first"] = i == 0,
        ["last"] = i == items.Count - 1,
        ["length"] = (long)items.Count,
        ["previtem"] = i > 0 ? items[i - 1] : new UndefinedValue("previtem"),
        ["nextitem"] = i + 1 < items.Count ? items[i + 1] : new UndefinedValue("nextitem"),
        ["cycle"] = (TemplateFunction)((places, _, _) => places.Count == 0 ? null : places[i % places.Count]),
    };

    private void Set(SetNode set)
    {
        object? value = set.Value is not null ? Value(set.Value) : Captured(() => Body(set.Body!));
        if (set.Field is null)
        {
            Assign(set.Names, value, set.Line);
            return;
        }

        if (Name(set.Names[0]) is not TemplateNamespace space)
            throw new ChatTemplateException(set.Line, $"only fields of a namespace can be set, '{set.Names[0]}' is none.");
        space.Fields[set.Field] = value;
    }

    private void Assign(IReadOnlyList<string> names, object? value, int line)
    {
        if (names.Count == 1)
        {
            _scope.Values[names[0]] = value;
            return;
        }

        IReadOnlyList<object?> parts = TemplateValues.Items(value, line);
        if (parts.Count != names.Count)
            throw new ChatTemplateException(line, $"expected {names.Count} values for {string.Join(", ", names)}, found {parts.Count}.");
        for (int i = 0; i < parts.Count; i++) _scope.Values[names[i]] = parts[i];
    }

    private string Call(MacroNode macro, Scope outer, IReadOnlyList<object?> places, IReadOnlyDictionary<string, object?> names, int line)
    {
        if (++_depth > MostDepth) throw new ChatTemplateException(line, "macros call each other without an end.");
        if (places.Count > macro.Parameters.Count) throw new ChatTemplateException(line, $"'{macro.Name}' takes fewer arguments.");
        Scope caller = _scope;
        _scope = new Scope(outer);
        try
        {
            for (int i = 0; i < macro.Parameters.Count; i++)
            {
                (string name, TemplateExpression? usual) = macro.Parameters[i];
                _scope.Values[name] = i < places.Count ? places[i] : names.TryGetValue(name, out object? named) ? named
                    : usual is not null ? Value(usual) : new UndefinedValue(name);
            }

            return Captured(() => Body(macro.Body));
        }
        finally
        {
            _scope = caller;
            _depth--;
        }
    }

    private string Captured(Action write)
    {
        StringBuilder outer = _output;
        _output = new StringBuilder();
        try
        {
            write();
            return _output.ToString();
        }
        finally
        {
            _output = outer;
        }
    }

    private object? Value(TemplateExpression expression)
    {
        Step(expression.Line);
        int line = expression.Line;
        switch (expression)
        {
            case ConstantExpression constant:
                return constant.Value;
            case NameExpression name:
                return Name(name.Name);
            case ListExpression list:
                return new List<object?>(list.Items.Select(Value));
            case MapExpression map:
                var made = new TemplateMap();
                foreach ((TemplateExpression key, TemplateExpression value) in map.Items)
                    made[TemplateValues.Text(Value(key))] = Value(value);
                return made;
            case FieldExpression field:
                return Field(Value(field.Of), field.Name, line);
            case ItemExpression item:
                return Item(Value(item.Of), Value(item.Key), line);
            case SliceExpression slice:
                return Slice(Value(slice.Of), slice, line);
            case CallExpression call:
                return Value(call.Of) is TemplateFunction function
                    ? function(Places(call.Arguments), Names(call.Arguments), line)
                    : throw new ChatTemplateException(line, $"{Describe(call.Of)} is not a function that is supported.");
            case FilterExpression filter:
                return TemplateMethods.Filter(Value(filter.Of), filter.Name, Places(filter.Arguments), Names(filter.Arguments), line);
            case TestExpression test:
                return TemplateMethods.Test(Value(test.Of), test.Name, Places(test.Arguments), line) != test.Negated;
            case UnaryExpression unary:
                return Unary(unary);
            case BinaryExpression binary:
                return Binary(binary);
            case ChoiceExpression choice:
                return TemplateValues.IsTrue(Value(choice.Condition)) ? Value(choice.Then)
                    : choice.Otherwise is not null ? Value(choice.Otherwise) : new UndefinedValue("else");
            default:
                throw new ChatTemplateException(line, "an expression is not supported.");
        }
    }

    private object? Unary(UnaryExpression unary)
    {
        object? value = Value(unary.Of);
        if (unary.Operator == "not") return !TemplateValues.IsTrue(value);
        if (value is long whole) return unary.Operator == "-" ? -whole : whole;
        double number = TemplateValues.Number(value) ?? throw Wrong(unary.Line, unary.Operator, value);
        return unary.Operator == "-" ? -number : number;
    }

    private object? Binary(BinaryExpression binary)
    {
        object? left = Value(binary.Left);
        if (binary.Operator == "and") return TemplateValues.IsTrue(left) ? Value(binary.Right) : left;
        if (binary.Operator == "or") return TemplateValues.IsTrue(left) ? left : Value(binary.Right);
        object? right = Value(binary.Right);
        int line = binary.Line;
        return binary.Operator switch
        {
            "==" => TemplateValues.AreEqual(left, right),
            "!=" => !TemplateValues.AreEqual(left, right),
            "<" => TemplateMethods.Compare(left, right, line) < 0,
            "<=" => TemplateMethods.Compare(left, right, line) <= 0,
            ">" => TemplateMethods.Compare(left, right, line) > 0,
            ">=" => TemplateMethods.Compare(left, right, line) >= 0,
            "in" => TemplateMethods.Contains(right, left, line),
            "not in" => !TemplateMethods.Contains(right, left, line),
            "~" => Bounded(TemplateValues.Text(left), TemplateValues.Text(right), line),
            "+" when (left, right) is (string a, string b) => Bounded(a, b, line),
            "+" when (left, right) is (List<object?> a, List<object?> b) && a.Count + b.Count <= MostSteps =>
                new List<object?>([.. a, .. b]),
            "*" when (left, right) is (string text, long count) => Repeat(text, count, line),
            _ => Arithmetic(binary.Operator, left, right, line),
        };
    }

    private static object Arithmetic(string mark, object? left, object? right, int line)
    {
        if (TemplateValues.Number(left) is not { } a) throw Wrong(line, mark, left);
        if (TemplateValues.Number(right) is not { } b) throw Wrong(line, mark, right);
        if (b == 0 && (mark is "/" or "//" or "%")) throw new ChatTemplateException(line, "a number is divided by zero.");
        if (left is long or bool && right is long or bool && mark != "/" && !(mark == "**" && b < 0))
            return Whole(mark, (long)a, (long)b);
        return mark switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "//" => Math.Floor(a / b),
            "%" => a - (b * Math.Floor(a / b)),
            _ => Math.Pow(a, b),
        };
    }

    private static long Whole(string mark, long a, long b) => mark switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "//" => (a / b) - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0),
        "%" => ((a % b) + b) % b,
        _ => (long)Math.Pow(a, b),
    };

    private static string Bounded(string left, string right, int line) => left.Length + right.Length <= MostLetters ? left + right
        : throw new ChatTemplateException(line, "a text is too long.");

    private static string Repeat(string text, long count, int line) => text.Length * Math.Max(0, count) <= MostLetters
        ? string.Concat(Enumerable.Repeat(text, (int)Math.Max(0, count)))
        : throw new ChatTemplateException(line, "a text is too long.");

    private static object? Field(object? of, string name, int line)
    {
        if (TemplateMethods.Find(of, name) is { } method) return method;
        return of switch
        {
            TemplateMap or TemplateNamespace => TemplateMethods.Field(of, name),
            UndefinedValue or null => throw new ChatTemplateException(line, $"'{name}' is asked of {TemplateValues.Kind(of)}."),
            _ => new UndefinedValue(name),
        };
    }

    private static object? Item(object? of, object? key, int line)
    {
        switch (of, key)
        {
            case (List<object?> list, long place):
                place = place < 0 ? place + list.Count : place;
                return place >= 0 && place < list.Count ? list[(int)place] : new UndefinedValue($"item {place}");
            case (string text, long place):
                string[] letters = [.. TemplateValues.Runes(text)];
                place = place < 0 ? place + letters.Length : place;
                return place >= 0 && place < letters.Length ? letters[place] : new UndefinedValue($"letter {place}");
            case (TemplateMap map, _):
                return map.TryGet(TemplateValues.Text(key), out object? value) ? value
                    : TemplateMethods.Find(of, TemplateValues.Text(key)) ?? (object)new UndefinedValue(TemplateValues.Text(key));
            case (UndefinedValue or null, _):
                throw new ChatTemplateException(line, $"'{TemplateValues.Text(key)}' is asked of {TemplateValues.Kind(of)}.");
            default:
                return key is string name ? Field(of, name, line) : new UndefinedValue(TemplateValues.Text(key));
        }
    }

    private object? Slice(object? of, SliceExpression slice, int line)
    {
        long? Bound(TemplateExpression? bound) => bound is null || Value(bound) is not { } value ? null
            : value as long? ?? throw new ChatTemplateException(line, "bounds of a slice are whole numbers.");
        if (of is not (string or List<object?>)) throw new ChatTemplateException(line, $"{TemplateValues.Kind(of)} cannot be sliced.");
        IReadOnlyList<object?> items = TemplateValues.Items(of, line);
        long step = Bound(slice.Step) ?? 1, count = items.Count;
        if (step == 0) throw new ChatTemplateException(line, "the step of a slice is zero.");
        long Clamp(long? bound, long usual) => bound is not { } at ? usual
            : step > 0 ? Math.Clamp(at < 0 ? at + count : at, 0, count) : Math.Clamp(at < 0 ? at + count : at, -1, count - 1);
        long from = Clamp(Bound(slice.From), step > 0 ? 0 : count - 1), to = Clamp(Bound(slice.To), step > 0 ? count : -1);
        var taken = new List<object?>();
        for (long i = from; step > 0 ? i < to : i > to; i += step) taken.Add(items[(int)i]);
        return of is string ? string.Concat(taken) : taken;
    }

    private object? Name(string name)
    {
        for (Scope? scope = _scope; scope is not null; scope = scope.Outer)
            if (scope.Values.TryGetValue(name, out object? value)) return value;
        return _globals.TryGetValue(name, out object? global) ? global : new UndefinedValue(name);
    }

    private object?[] Places(TemplateArguments arguments) => [.. arguments.Places.Select(Value)];

    private Dictionary<string, object?> Names(TemplateArguments arguments)
    {
        var names = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach ((string name, TemplateExpression value) in arguments.Names) names[name] = Value(value);
        return names;
    }

    private void Write(string text, int line)
    {
        if (_output.Length + text.Length > MostLetters) throw new ChatTemplateException(line, "the text is too long.");
        _output.Append(text);
    }

    private void Step(int line)
    {
        if (++_steps > MostSteps) throw new ChatTemplateException(line, $"the template takes more than {MostSteps} steps.");
    }

    private static string Describe(TemplateExpression expression) => expression switch
    {
        NameExpression name => $"'{name.Name}'",
        FieldExpression field => $"'{field.Name}'",
        _ => "a value",
    };

    private static ChatTemplateException Wrong(int line, string mark, object? found) =>
        new(line, $"'{mark}' takes numbers, found {TemplateValues.Kind(found)}.");

    private sealed class Scope(Scope? outer)
    {
        public Scope? Outer { get; } = outer;

        public Dictionary<string, object?> Values { get; } = new(StringComparer.Ordinal);
    }
}
