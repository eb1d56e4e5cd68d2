using System.Globalization;

namespace EmbodiedRL.Simulation.Layout;

/// <summary>Evaluator of constant integer expressions, as array lengths, enum members and #if contain them.</summary>
internal sealed class CExpression
{
    private static readonly string[][] Levels =
        [["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<", ">", "<=", ">="], ["<<", ">>"], ["+", "-"], ["*", "/", "%"]];

    private readonly IReadOnlyList<CToken> _tokens;
    private readonly Func<string, long?> _value;
    private int _at;

    private CExpression(IReadOnlyList<CToken> tokens, Func<string, long?> value) => (_tokens, _value) = (tokens, value);

    private string Next => _at < _tokens.Count ? _tokens[_at].Text : "";

    /// <summary>The number; null if it is not a whole number or has a name without a value.</summary>
    public static long? Evaluate(IReadOnlyList<CToken> tokens, Func<string, long?> value)
    {
        var expression = new CExpression(tokens, value);
        long? result = expression.Binary(0);
        return expression._at == tokens.Count ? result : null;
    }

    private long? Binary(int level)
    {
        if (level == Levels.Length) return Unary();
        long? left = Binary(level + 1);
        while (Array.IndexOf(Levels[level], Next) >= 0)
        {
            string sign = _tokens[_at++].Text;
            left = Apply(sign, left, Binary(level + 1));
        }

        return left;
    }

    private static long? Apply(string sign, long? left, long? right)
    {
        if (left is not { } a || right is not { } b) return null;
        return sign switch
        {
            "||" => a != 0 || b != 0 ? 1 : 0,
            "&&" => a != 0 && b != 0 ? 1 : 0,
            "|" => a | b,
            "^" => a ^ b,
            "&" => a & b,
            "==" => a == b ? 1 : 0,
            "!=" => a != b ? 1 : 0,
            "<" => a < b ? 1 : 0,
            ">" => a > b ? 1 : 0,
            "<=" => a <= b ? 1 : 0,
            ">=" => a >= b ? 1 : 0,
            "<<" => a << (int)b,
            ">>" => a >> (int)b,
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => b == 0 ? null : a / b,
            _ => b == 0 ? null : a % b,
        };
    }

    private long? Unary()
    {
        if (_at == _tokens.Count) return null;
        CToken token = _tokens[_at++];
        switch (token.Text)
        {
            case "-": return -Unary();
            case "+": return Unary();
            case "~": return ~Unary();
            case "!": return Unary() is { } value ? (value == 0 ? 1 : 0) : null;
            case "(":
                long? inner = Binary(0);
                return Next == ")" && _at++ > 0 ? inner : null;
            default: return token.IsName ? _value(token.Text) : Number(token.Text.TrimEnd('u', 'U', 'l', 'L'));
        }
    }

    private static long? Number(string text)
    {
        bool hexadecimal = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var style = hexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return long.TryParse(hexadecimal ? text[2..] : text, style, CultureInfo.InvariantCulture, out long number) ? number : null;
    }
}
