namespace EmbodiedRL.Simulation.Layout;

/// <summary>Parser of C declarations: enum members, typedefs and the bodies of structs.</summary>
internal sealed class CDeclarations
{
    private readonly List<CToken> _tokens;
    private readonly CPreprocessor _source;
    private readonly Dictionary<string, long> _members = [];
    private int _at;

    public CDeclarations(CPreprocessor source)
    {
        _source = source;
        _tokens = source.Tokens;
        while (_at < _tokens.Count) Declaration();
    }

    /// <summary>Other names of types.</summary>
    public Dictionary<string, CTypeName> Typedefs { get; } = [];

    /// <summary>What stands between the braces of a struct, by its tag.</summary>
    public Dictionary<string, List<CToken>> Bodies { get; } = [];

    /// <summary>The whole number behind a #define or a member of an enum; null if there is none.</summary>
    public long? Value(string name) => _source.Value(name, other => _members.TryGetValue(other, out long value) ? value : null);

    /// <summary>All #defines and enum members that are whole numbers of 32 bits.</summary>
    public Dictionary<string, int> Constants() => _members.Keys.Concat(_source.Defined).Distinct().ToList()
        .Select(name => (name, Value: Value(name))).Where(pair => pair.Value is >= int.MinValue and <= int.MaxValue)
        .ToDictionary(pair => pair.name, pair => (int)pair.Value!);

    /// <summary>All #defines that are one number with a fraction or an exponent.</summary>
    public Dictionary<string, double> Reals() => _source.Defined.ToList()
        .Where(name => Value(name) is null).Select(name => (name, Value: _source.Real(name))).Where(pair => pair.Value is not null)
        .ToDictionary(pair => pair.name, pair => pair.Value!.Value);

    /// <summary>The index behind the bracket that closes the one at <paramref name="open"/>.</summary>
    public static int Close(List<CToken> tokens, int open)
    {
        int depth = 0;
        for (int i = open; i < tokens.Count; i++)
        {
            if (tokens[i].Text is "(" or "[" or "{") depth++;
            if (tokens[i].Text is ")" or "]" or "}" && --depth == 0) return i + 1;
        }

        throw tokens[open].Error("a bracket that is closed");
    }

    private string Peek(int ahead = 0) => _at + ahead < _tokens.Count ? _tokens[_at + ahead].Text : "";

    private void Declaration()
    {
        int start = _at;
        bool named = Peek() == "typedef";
        if (named) _at++;
        string kind = Peek();
        bool tagged = Peek(1) is not ("{" or "");
        if (kind is "enum" or "struct" && Peek(tagged ? 2 : 1) == "{")
        {
            int open = _at + (tagged ? 2 : 1), end = Close(_tokens, open);
            List<CToken> body = _tokens[(open + 1)..(end - 1)];
            string tag = tagged ? Peek(1) : end < _tokens.Count ? _tokens[end].Text : "";
            _at = end;
            // Anything but a name and a semicolon, such as an attribute, may change the layout: such a struct stays unknown.
            bool plain = Peek(named ? 1 : 0) == ";";
            if (kind == "enum") Members(body);
            else if (plain) Bodies[tag] = body;
            if (named && plain) Typedefs[Peek()] = new CTypeName(kind == "enum" ? "int" : $"struct {tag}");
            Skip();
        }
        else if (named)
        {
            Typedef();
        }
        else
        {
            _at = start;
            Skip();
        }
    }

    private void Typedef()
    {
        // A union, an array or C++ is no type of these structs: its name stays unknown, and asking for it is the error.
        int start = _at;
        if (Peek() == "union")
        {
            Skip();
            return;
        }

        CTypeName type = CTypes.Read(_tokens, ref _at);
        int stars = 0;
        for (; Peek() is "*" or "const"; _at++) stars += Peek() == "*" ? 1 : 0;
        if (Peek() == "(" && Peek(1) == "*") Typedefs[Peek(2)] = new CTypeName("function", 1);
        else if (Peek(1) == ";") Typedefs[Peek()] = type with { Pointers = stars };
        _at = start;
        Skip();
    }

    private void Members(List<CToken> body)
    {
        long next = 0;
        for (int at = 0; at < body.Count;)
        {
            int end = body.FindIndex(at, token => token.Text == ",");
            if (end < 0) end = body.Count;
            string name = body[at].IsName ? body[at].Text : throw body[at].Error("a member of an enum");
            if (end > at + 1)
            {
                if (body[at + 1].Text != "=") throw body[at + 1].Error("= or a comma");
                string written = string.Join(' ', body[(at + 2)..end].Select(token => token.Text));
                next = CExpression.Evaluate(body[(at + 2)..end], Value)
                    ?? throw body[at].Error("a whole number for an enum", $"'{written}'");
            }

            _members[name] = next++;
            at = end + 1;
        }
    }

    /// <summary>To the end of a declaration: behind a semicolon, or behind a function's body.</summary>
    private void Skip()
    {
        while (_at < _tokens.Count)
        {
            string text = Peek();
            if (text is "(" or "[" or "{")
            {
                _at = Close(_tokens, _at);
                if (text == "{" && Peek() != ";") return;
                continue;
            }

            _at++;
            if (text == ";") return;
        }
    }
}
