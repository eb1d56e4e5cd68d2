using System.Globalization;
using System.Text;

namespace EmbodiedRL.Models.Language.Chat;

/// <summary>Kinds of tokens of a template.</summary>
internal enum TemplateTokenKind
{
    /// <summary>Text between tags.</summary>
    Text,

    /// <summary>A tag begins: <c>{{</c> or <c>{%</c>.</summary>
    Begin,

    /// <summary>A tag ends: <c>}}</c> or <c>%}</c>.</summary>
    End,

    /// <summary>A name or keyword.</summary>
    Name,

    /// <summary>A string.</summary>
    String,

    /// <summary>A number.</summary>
    Number,

    /// <summary>An operator or bracket.</summary>
    Operator,
}

/// <summary>Token of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">As written; of a string, what it means.</param>
/// <param name="Line">From 1.</param>
internal readonly record struct TemplateToken(TemplateTokenKind Kind, string Text, int Line);

/// <summary>
/// Cuts a template into tokens, with the treatment of white space that transformers asks of Jinja: a line break after a block is left out,
/// and so is white space before a block at the beginning of a line.
/// </summary>
internal sealed class TemplateLexer
{
    private static readonly string[] Operators =
        ["//", "**", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<", ">", "=", "(", ")", "[", "]", "{", "}", ",", ":", ".", "|"];

    private readonly string _text;
    private readonly List<TemplateToken> _tokens = [];
    private int _at, _line = 1;

    private TemplateLexer(string text) => _text = text;

    /// <summary>All tokens.</summary>
    /// <exception cref="ChatTemplateException">A tag or string does not end, or a character has no meaning.</exception>
    public static List<TemplateToken> Read(string text)
    {
        text = text.Replace("\r\n", "\n", StringComparison.Ordinal);
        var lexer = new TemplateLexer(text.EndsWith('\n') ? text[..^1] : text);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        bool trimsStart = false, trimsBreak = false;
        while (_at < _text.Length)
        {
            int tag = FindTag(_at);
            int end = tag < 0 ? _text.Length : tag;
            string text = _text[_at..end];
            if (trimsStart) text = Skip(text, text.Length - text.TrimStart().Length);
            else if (trimsBreak && text.StartsWith('\n')) text = Skip(text, 1);
            int lines = text.Count(letter => letter == '\n');
            if (tag >= 0)
            {
                char mark = tag + 2 < _text.Length ? _text[tag + 2] : ' ';
                if (mark == '-') text = text.TrimEnd();
                else if (mark != '+' && _text[tag + 1] != '{')
                    text = WithoutIndent(text, tag - text.Length > 0 ? _text[tag - text.Length - 1] : '\n');
            }

            if (text.Length > 0) _tokens.Add(new TemplateToken(TemplateTokenKind.Text, text, _line));
            _line += lines;
            _at = end;
            if (tag < 0) return;
            (trimsStart, trimsBreak) = _text[tag + 1] == '#' ? Comment() : Tag();
        }
    }

    private string Skip(string text, int count)
    {
        _line += text[..count].Count(letter => letter == '\n');
        return text[count..];
    }

    /// <summary>White space between the beginning of a line and a block goes.</summary>
    private static string WithoutIndent(string text, char before)
    {
        int start = text.Length;
        while (start > 0 && text[start - 1] is ' ' or '\t') start--;
        bool beginsLine = start > 0 ? text[start - 1] == '\n' : before == '\n';
        return beginsLine ? text[..start] : text;
    }

    private int FindTag(int from)
    {
        for (int i = _text.IndexOf('{', from); i >= 0 && i + 1 < _text.Length; i = _text.IndexOf('{', i + 1))
            if (_text[i + 1] is '{' or '%' or '#') return i;
        return -1;
    }

    private (bool Start, bool Break) Comment()
    {
        int end = _text.IndexOf("#}", _at + 2, StringComparison.Ordinal);
        if (end < 0) throw new ChatTemplateException(_line, "a comment does not end.");
        bool trims = _text[end - 1] == '-';
        _line += _text[_at..end].Count(letter => letter == '\n');
        _at = end + 2;
        return (trims, true);
    }

    private (bool Start, bool Break) Tag()
    {
        bool isBlock = _text[_at + 1] == '%';
        string close = isBlock ? "%}" : "}}";
        _tokens.Add(new TemplateToken(TemplateTokenKind.Begin, isBlock ? "{%" : "{{", _line));
        _at += 2;
        if (_at < _text.Length && _text[_at] is '-' or '+') _at++;
        int open = 0;
        while (true)
        {
            while (_at < _text.Length && char.IsWhiteSpace(_text[_at])) if (_text[_at++] == '\n') _line++;
            if (_at >= _text.Length) throw new ChatTemplateException(_line, $"a tag does not end with {close}.");
            bool marked = _text[_at] is '-' or '+' && string.CompareOrdinal(_text, _at + 1, close, 0, 2) == 0;
            if (open == 0 && (marked || string.CompareOrdinal(_text, _at, close, 0, 2) == 0))
            {
                bool trims = marked && _text[_at] == '-', keeps = marked && _text[_at] == '+';
                _at += marked ? 3 : 2;
                _tokens.Add(new TemplateToken(TemplateTokenKind.End, close, _line));
                return (trims, isBlock && !keeps);
            }

            TemplateToken token = Next();
            open += token.Kind != TemplateTokenKind.Operator ? 0 : token.Text is "{" ? 1 : token.Text is "}" ? -1 : 0;
            _tokens.Add(token);
        }
    }

    private TemplateToken Next()
    {
        char first = _text[_at];
        int start = _at;
        if (char.IsLetter(first) || first == '_')
        {
            while (_at < _text.Length && (char.IsLetterOrDigit(_text[_at]) || _text[_at] == '_')) _at++;
            return new TemplateToken(TemplateTokenKind.Name, _text[start.._at], _line);
        }

        if (char.IsAsciiDigit(first))
        {
            while (_at < _text.Length && (char.IsAsciiDigit(_text[_at]) || _text[_at] == '_'
                || (_text[_at] == '.' && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1])))) _at++;
            return new TemplateToken(TemplateTokenKind.Number, _text[start.._at].Replace("_", "", StringComparison.Ordinal), _line);
        }

        if (first is '"' or '\'') return new TemplateToken(TemplateTokenKind.String, Quoted(first), _line);
        foreach (string mark in Operators)
            if (string.CompareOrdinal(_text, _at, mark, 0, mark.Length) == 0)
            {
                _at += mark.Length;
                return new TemplateToken(TemplateTokenKind.Operator, mark, _line);
            }

        throw new ChatTemplateException(_line, $"the character '{first}' has no meaning in a tag.");
    }

    private string Quoted(char quote)
    {
        var text = new StringBuilder();
        for (_at++; _at < _text.Length && _text[_at] != quote; _at++)
        {
            if (_text[_at] == '\n') _line++;
            if (_text[_at] != '\\' || _at + 1 >= _text.Length)
            {
                text.Append(_text[_at]);
                continue;
            }

            char code = _text[++_at];
            switch (code)
            {
                case 'n': text.Append('\n'); break;
                case 't': text.Append('\t'); break;
                case 'r': text.Append('\r'); break;
                case 'b': text.Append('\b'); break;
                case 'f': text.Append('\f'); break;
                case 'v': text.Append('\v'); break;
                case 'a': text.Append('\a'); break;
                case '0': text.Append('\0'); break;
                case '\\' or '\'' or '"': text.Append(code); break;
                case '\n': break;
                case 'u': Character(text, 4); break;
                case 'U': Character(text, 8); break;
                case 'x': Character(text, 2); break;
                default: text.Append('\\').Append(code); break;
            }
        }

        if (_at >= _text.Length) throw new ChatTemplateException(_line, "a string does not end.");
        _at++;
        return text.ToString();
    }

    private void Character(StringBuilder text, int digits)
    {
        if (_at + digits >= _text.Length || !int.TryParse(_text.AsSpan(_at + 1, digits), NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture, out int code) || code > 0x10FFFF)
            throw new ChatTemplateException(_line, "a string names a character by a number that is none.");
        if (code is >= 0xD800 and < 0xE000) text.Append((char)code);
        else text.Append(char.ConvertFromUtf32(code));
        _at += digits;
    }
}
