using System.Globalization;

namespace EmbodiedRL.Simulation.Layout;

/// <summary>C preprocessor: follows #include, #if and #define from one header through its folder.</summary>
/// <remarks>Macros are not expanded: MuJoCo's structs have none but array lengths, which ask for <see cref="Value"/>.</remarks>
internal sealed class CPreprocessor(string folder)
{
    private readonly Dictionary<string, List<CToken>> _defined = [];
    private readonly HashSet<string> _read = [];
    private readonly Stack<(bool Outside, bool Taken, bool Active)> _conditions = new();
    private int _before;                                                    // conditions that including headers opened

    /// <summary>What is left for the compiler, in its order.</summary>
    public List<CToken> Tokens { get; } = [];

    /// <summary>Names without parameters that are defined at the end.</summary>
    public IEnumerable<string> Defined => _defined.Keys;

    private bool Active => !_conditions.TryPeek(out var top) || top.Active;

    /// <summary>Reads a header of the folder, once.</summary>
    public void Read(string header)
    {
        string path = Path.Combine(folder, header);
        if (!_read.Add(header) || !File.Exists(path)) return;               // C's own headers hold nothing that is needed
        int outer = _before;
        _before = _conditions.Count;
        List<CToken> tokens = CLexer.Split(path);
        for (int i = 0; i < tokens.Count;)
        {
            if (tokens[i] is not { Text: "#", StartsLine: true })
            {
                if (Active) Tokens.Add(tokens[i]);
                i++;
                continue;
            }

            int end = i + 1;
            while (end < tokens.Count && !tokens[end].StartsLine) end++;
            Follow(tokens[i], tokens[(i + 1)..end]);
            i = end;
        }

        if (_conditions.Count > _before) throw tokens[^1].Error("an #endif for every #if", $"{_conditions.Count - _before} more #if");
        _before = outer;
    }

    /// <summary>The value of a name that is defined as a whole number; null otherwise.</summary>
    public long? Value(string name, Func<string, long?> others)
    {
        if (!_defined.Remove(name, out List<CToken>? tokens)) return others(name);      // away meanwhile: it may name itself
        long? value = CExpression.Evaluate(tokens, inner => Value(inner, others));
        _defined[name] = tokens;
        return value;
    }

    /// <summary>The value of a name that is defined as one number with a fraction or an exponent; null otherwise.</summary>
    public double? Real(string name) =>
        _defined[name] is [var token] && char.IsAsciiDigit(token.Text[0])
            && double.TryParse(token.Text, CultureInfo.InvariantCulture, out double value)
            ? value
            : null;

    private void Follow(CToken sign, List<CToken> words)
    {
        switch (words.Count > 0 ? words[0].Text : "")
        {
            case "if": Enter(Active && IsTrue(words)); break;
            case "ifdef": Enter(Active && _defined.ContainsKey(Name(words))); break;
            case "ifndef": Enter(Active && !_defined.ContainsKey(Name(words))); break;
            case "elif":
                var before = Leave(sign);
                bool now = before.Outside && !before.Taken && IsTrue(words);
                _conditions.Push((before.Outside, before.Taken || now, now));
                break;
            case "else":
                before = Leave(sign);
                _conditions.Push((before.Outside, true, before.Outside && !before.Taken));
                break;
            case "endif": Leave(sign); break;
            case "define" when Active: Define(words); break;
            case "undef" when Active: _defined.Remove(Name(words)); break;
            case "pragma" when Active && words.Count > 1 && words[1].Text == "pack": throw words[1].Error("structs with C's own padding");
            case "include" when Active: Read(string.Concat(words[1..].Select(word => word.Text)).Trim('<', '>', '"').Split('/')[^1]); break;
        }
    }

    private void Enter(bool active) => _conditions.Push((Active, active, active));

    private (bool Outside, bool Taken, bool Active) Leave(CToken sign) =>
        _conditions.Count > _before ? _conditions.Pop() : throw sign.Error("an #if before it");

    private static string Name(List<CToken> words) => words.Count > 1 ? words[1].Text : throw words[0].Error("a name after it");

    private void Define(List<CToken> words)
    {
        string name = Name(words);
        bool hasParameters = words.Count > 2 && words[2].Text == "(" && words[2].Start == words[1].Start + name.Length;
        if (!hasParameters) _defined[name] = words[2..];
    }

    private bool IsTrue(List<CToken> words)
    {
        var condition = new List<CToken>();
        for (int i = 1; i < words.Count; i++)
        {
            if (words[i].Text == "defined")
            {
                bool inParentheses = i + 1 < words.Count && words[i + 1].Text == "(";
                int name = inParentheses ? i + 2 : i + 1;
                if (name >= words.Count) throw words[i].Error("a name after it");
                condition.Add(words[name].As(_defined.ContainsKey(words[name].Text) ? "1" : "0"));
                i = inParentheses ? name + 1 : name;
            }
            else
            {
                condition.Add(words[i]);
            }
        }

        string written = string.Join(' ', words.Select(word => word.Text));
        long? value = CExpression.Evaluate(condition, name => Value(name, _ => 0));
        return value is { } found ? found != 0 : throw words[0].Error("a condition of whole numbers", $"'{written}'");
    }
}
