using System.Globalization;
using System.Text;

namespace EmbodiedRL.Rewards.Verifiers.Parsing;

/// <summary>Parser of JSON in completions: never throws, goes forward only, and is bounded in depth and size.</summary>
/// <remarks>
/// Lenient, it also takes what language models write: text around, single quotes, a comma before the end, Python's <c>None</c>,
/// <c>True</c> and <c>False</c>, <c>NaN</c> and <c>Infinity</c>, <c>+1</c> and <c>.5</c>. A bracket of prose is passed over, and the search
/// goes on behind the place of the error; a value that breaks off later makes the whole text unreadable, or what is left inside a broken
/// list would pass for an answer.
/// </remarks>
public ref struct JsonText
{
    /// <summary>Deepest nesting that is read.</summary>
    public const int MostDepth = 32;

    /// <summary>Most values that one document may hold.</summary>
    public const int MostItems = 20_000;

    /// <summary>Longest number, in characters.</summary>
    public const int MostDigits = 400;

    private readonly ReadOnlySpan<char> _text;
    private readonly bool _isLenient;
    private int _at;
    private int _items;
    private string _error;

    private JsonText(ReadOnlySpan<char> text, bool isLenient, int at)
    {
        _text = text;
        (_isLenient, _at, _error) = (isLenient, at, "");
    }

    /// <summary>The whole text as one JSON value, by the letter of RFC 8259.</summary>
    /// <param name="text">Any.</param>
    /// <param name="work">Counts characters.</param>
    public static Parsed<JsonItem> Strict(ReadOnlySpan<char> text, ParseWork? work = null)
    {
        work?.Add(text.Length);
        var parser = new JsonText(text, isLenient: false, 0);
        JsonItem? item = parser.Value(0);
        if (item is null) return Parsed<JsonItem>.None(parser._error);
        parser.SkipSpace();
        return parser._at == text.Length ? Parsed<JsonItem>.Of(item) : Parsed<JsonItem>.None("text after the JSON value");
    }

    /// <summary>The first list or object in a text.</summary>
    /// <param name="text">Any.</param>
    /// <param name="work">Counts characters.</param>
    public static Parsed<JsonItem> First(ReadOnlySpan<char> text, ParseWork? work = null)
    {
        Parsed<IReadOnlyList<JsonItem>> all = Sequence(text, 1, work);
        return all.IsFound ? Parsed<JsonItem>.Of(all.Value[0]) : Parsed<JsonItem>.None(all.Reason);
    }

    /// <summary>The only list or object in a text: an answer with two has not decided.</summary>
    /// <param name="text">Any.</param>
    /// <param name="work">Counts characters.</param>
    public static Parsed<JsonItem> Only(ReadOnlySpan<char> text, ParseWork? work = null)
    {
        Parsed<IReadOnlyList<JsonItem>> all = Sequence(text, 2, work);
        return !all.IsFound ? Parsed<JsonItem>.None(all.Reason)
            : all.Value.Count > 1 ? Parsed<JsonItem>.None("several JSON values")
            : Parsed<JsonItem>.Of(all.Value[0]);
    }

    /// <summary>The lists and objects in a text, one after the other, e.g. one on each line.</summary>
    /// <param name="text">Any.</param>
    /// <param name="most">At most so many; what follows is not read.</param>
    /// <param name="work">Counts characters.</param>
    /// <returns>At least one, or the last error.</returns>
    public static Parsed<IReadOnlyList<JsonItem>> Sequence(ReadOnlySpan<char> text, int most, ParseWork? work = null)
    {
        var found = new List<JsonItem>();
        string error = "no JSON";
        int at = 0, items = 0;
        while (found.Count < most && at < text.Length && items <= MostItems)
        {
            int next = text[at..].IndexOfAny('{', '[');
            if (next < 0) break;
            var parser = new JsonText(text, isLenient: true, at + next) { _items = items };
            JsonItem? item = parser.Value(0);
            if (item is not null) found.Add(item);
            else if (parser._items - items > 2) return None(work, text.Length, parser._error);
            else error = parser._error; // a bracket of prose, e.g. [left]
            at = Math.Max(parser._at, at + next + 1);
            items = parser._items;
        }

        work?.Add(2 * text.Length);
        return found.Count > 0 ? Parsed<IReadOnlyList<JsonItem>>.Of(found) : Parsed<IReadOnlyList<JsonItem>>.None(error);
    }

    private static Parsed<IReadOnlyList<JsonItem>> None(ParseWork? work, int length, string error)
    {
        work?.Add(2 * length);
        return Parsed<IReadOnlyList<JsonItem>>.None(error);
    }

    private JsonItem? Fail(string error)
    {
        _error = error;
        return null;
    }

    private JsonItem? Value(int depth)
    {
        SkipSpace();
        if (_at >= _text.Length) return Fail("JSON ends too early");
        if (depth > MostDepth) return Fail("JSON nested too deeply");
        if (++_items > MostItems) return Fail("JSON with too many values");
        return _text[_at] switch
        {
            '{' => Object(depth),
            '[' => List(depth),
            '"' => TextValue('"'),
            '\'' when _isLenient => TextValue('\''),
            _ => Word() ?? Number(),
        };
    }

    private JsonItem? Object(int depth)
    {
        var members = new List<KeyValuePair<string, JsonItem>>();
        _at++;
        while (true)
        {
            SkipSpace();
            if (_at >= _text.Length) return Fail("JSON ends too early");
            if (_text[_at] == '}' && (members.Count == 0 || _isLenient)) break;
            char quote = _text[_at];
            if (quote != '"' && !(_isLenient && quote == '\'')) return Fail("a JSON member without a name");
            if (Quoted(quote) is not { } name) return Fail("a JSON text without an end");
            SkipSpace();
            if (_at >= _text.Length || _text[_at] != ':') return Fail("a JSON name without a value");
            _at++;
            if (Value(depth + 1) is not { } value) return null;
            members.Add(new(name, value));
            SkipSpace();
            if (_at >= _text.Length) return Fail("JSON ends too early");
            if (_text[_at] == '}') break;
            if (_text[_at] != ',') return Fail("JSON members without a comma");
            _at++;
        }

        _at++;
        return new JsonItem { Kind = JsonKind.Members, Members = members };
    }

    private JsonItem? List(int depth)
    {
        var items = new List<JsonItem>();
        _at++;
        while (true)
        {
            SkipSpace();
            if (_at >= _text.Length) return Fail("JSON ends too early");
            if (_text[_at] == ']' && (items.Count == 0 || _isLenient)) break;
            if (Value(depth + 1) is not { } value) return null;
            items.Add(value);
            SkipSpace();
            if (_at >= _text.Length) return Fail("JSON ends too early");
            if (_text[_at] == ']') break;
            if (_text[_at] != ',') return Fail("JSON elements without a comma");
            _at++;
        }

        _at++;
        return new JsonItem { Kind = JsonKind.List, Items = items };
    }

    private JsonItem? TextValue(char quote) =>
        Quoted(quote) is { } text ? new JsonItem { Kind = JsonKind.Text, Text = text } : Fail("a JSON text without an end");

    /// <summary>A quoted text; null where it has no end or a wrong escape.</summary>
    private string? Quoted(char quote)
    {
        int start = ++_at;
        StringBuilder? built = null;
        for (; _at < _text.Length; _at++)
        {
            char letter = _text[_at];
            if (letter == quote)
            {
                _at++;
                return built?.ToString() ?? _text[start..(_at - 1)].ToString();
            }

            if (letter < ' ' && !_isLenient) return null;
            if (letter != '\\')
            {
                built?.Append(letter);
                continue;
            }

            built ??= new StringBuilder().Append(_text[start.._at]);
            if (!Escape(built)) return null;
        }

        return null;
    }

    /// <summary>Reads an escape and stands on its last character.</summary>
    private bool Escape(StringBuilder built)
    {
        if (++_at >= _text.Length) return false;
        switch (_text[_at])
        {
            case 'n': built.Append('\n'); return true;
            case 't': built.Append('\t'); return true;
            case 'r': built.Append('\r'); return true;
            case 'b': built.Append('\b'); return true;
            case 'f': built.Append('\f'); return true;
            case '"' or '\\' or '/': built.Append(_text[_at]); return true;
            case '\'' when _isLenient: built.Append('\''); return true;
            case 'u' when _at + 4 < _text.Length
                && ushort.TryParse(_text.Slice(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code):
                built.Append((char)code);
                _at += 4;
                return true;
            default: return false;
        }
    }

    private JsonItem? Word()
    {
        if (Take("true") || (_isLenient && Take("True"))) return new JsonItem { Kind = JsonKind.Boolean, Number = 1 };
        if (Take("false") || (_isLenient && Take("False"))) return new JsonItem { Kind = JsonKind.Boolean };
        if (Take("null") || (_isLenient && Take("None"))) return new JsonItem { Kind = JsonKind.Null };
        if (!_isLenient) return null;
        if (Take("NaN") || Take("nan")) return new JsonItem { Kind = JsonKind.Number, Number = double.NaN };
        if (Take("Infinity") || Take("inf")) return new JsonItem { Kind = JsonKind.Number, Number = double.PositiveInfinity };
        return Take("-Infinity") || Take("-inf")
            ? new JsonItem { Kind = JsonKind.Number, Number = double.NegativeInfinity }
            : null;
    }

    private bool Take(string word)
    {
        if (!_text[_at..].StartsWith(word, StringComparison.Ordinal)) return false;
        if (_at + word.Length < _text.Length && char.IsAsciiLetterOrDigit(_text[_at + word.Length])) return false;
        _at += word.Length;
        return true;
    }

    private JsonItem? Number()
    {
        int start = _at;
        while (_at < _text.Length && _at - start <= MostDigits
            && (char.IsAsciiDigit(_text[_at]) || _text[_at] is '+' or '-' or '.' or 'e' or 'E'))
            _at++;
        ReadOnlySpan<char> digits = _text[start.._at];
        if (digits.Length == 0) return Fail("no JSON value where one must stand");
        if (digits.Length > MostDigits) return Fail("a JSON number that is too long");
        if (!_isLenient && !IsStrict(digits)) return Fail("no JSON number");
        return double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? new JsonItem { Kind = JsonKind.Number, Number = number }
            : Fail("no JSON number");
    }

    private static bool IsStrict(ReadOnlySpan<char> digits)
    {
        int at = digits[0] == '-' ? 1 : 0;
        if (at >= digits.Length || !char.IsAsciiDigit(digits[at])) return false;
        if (digits[at] == '0' && at + 1 < digits.Length && char.IsAsciiDigit(digits[at + 1])) return false;
        int point = digits.IndexOf('.');
        return point < 0 || (point + 1 < digits.Length && char.IsAsciiDigit(digits[point + 1]));
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && (_text[_at] is ' ' or '\n' or '\r' or '\t' || (_isLenient && char.IsWhiteSpace(_text[_at])))) _at++;
    }
}
