namespace EmbodiedRL.Simulation.Layout;

/// <summary>Lexer of C headers: splits a header into tokens and attaches to each the comment that follows it.</summary>
internal sealed class CLexer
{
    private static readonly string[] LongSigns = ["...", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "->", "::", "##"];

    private readonly string _file, _text;
    private readonly List<CToken> _tokens = [];
    private int _at, _line = 1, _lineStart, _tokenLine, _commentLine, _commentColumn;
    private bool _startsLine = true;

    private CLexer(string file)
    {
        _file = file;
        _text = File.ReadAllText(file).ReplaceLineEndings("\n");
    }

    public static List<CToken> Split(string file)
    {
        var lexer = new CLexer(file);
        while (lexer._at < lexer._text.Length) lexer.Next();
        return lexer._tokens;
    }

    private void Next()
    {
        if (Is("\\\n")) Skip(2);                                    // the line goes on
        else if (_text[_at] == '\n') (_, _startsLine) = (Skip(1), true);
        else if (char.IsWhiteSpace(_text[_at])) Skip(1);
        else if (Is("//")) Trail(To("\n"));
        else if (Is("/*")) Trail(To("*/") + 2);
        else Take(EndOfToken());
    }

    private bool Is(string sign) => string.CompareOrdinal(_text, _at, sign, 0, sign.Length) == 0;

    private int To(string sign) => _text.IndexOf(sign, _at + 1, StringComparison.Ordinal) is >= 0 and var found ? found : _text.Length;

    private void Take(int end)
    {
        _tokens.Add(new CToken(_text[_at..end], _file, _line, _at, _startsLine));
        _startsLine = false;
        _tokenLine = _line;
        _commentLine = 0;
        Skip(end - _at);
    }

    /// <summary>A comment belongs to the token before it on the line, or goes on one line below, no further to the left.</summary>
    private void Trail(int end)
    {
        end = Math.Min(end, _text.Length);
        int column = _at - _lineStart;
        bool goesOn = _commentLine > 0 && _commentLine == _line - 1 && column >= _commentColumn;
        if (_tokens.Count > 0 && (_tokenLine == _line || goesOn))
        {
            string comment = _text[(_at + 2)..end].Replace("*/", "", StringComparison.Ordinal);
            _tokens[^1].Comment = $"{_tokens[^1].Comment} {comment.Trim()}".Trim();
            (_commentLine, _commentColumn) = (_line, column);
        }

        Skip(end - _at);
    }

    private int EndOfToken()
    {
        if (LongSigns.FirstOrDefault(Is) is { } sign) return _at + sign.Length;
        int end = _at + 1;
        if (_text[_at] is '"' or '\'')
        {
            while (end < _text.Length && _text[end] != _text[_at] && _text[end] != '\n') end += _text[end] == '\\' ? 2 : 1;
            return Math.Min(end + 1, _text.Length);
        }

        if (!IsWord(_text[_at])) return end;
        bool number = char.IsAsciiDigit(_text[_at]);
        while (end < _text.Length && (IsWord(_text[end]) || (number && (_text[end] == '.' || IsExponentSign(end))))) end++;
        return end;
    }

    private bool IsExponentSign(int at) => _text[at] is '+' or '-' && _text[at - 1] is 'e' or 'E';

    private static bool IsWord(char letter) => char.IsAsciiLetterOrDigit(letter) || letter == '_';

    private int Skip(int count)
    {
        for (int end = _at + count; _at < end; _at++)
            if (_text[_at] == '\n') (_line, _lineStart) = (_line + 1, _at + 1);
        return count;
    }
}
