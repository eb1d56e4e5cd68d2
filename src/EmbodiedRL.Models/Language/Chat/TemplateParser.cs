using System.Globalization;

namespace EmbodiedRL.Models.Language.Chat;

/// <summary>Reads the tokens of a template into nodes, with Jinja's precedence of operators.</summary>
internal sealed class TemplateParser
{
    private const int MostDepth = 120;

    private static readonly string[] Comparisons = ["==", "!=", "<", ">", "<=", ">="];

    private readonly List<TemplateToken> _tokens;
    private int _at, _depth;

    private TemplateParser(List<TemplateToken> tokens) => _tokens = tokens;

    private int Line => _tokens.Count == 0 ? 1 : _tokens[Math.Min(_at, _tokens.Count - 1)].Line;

    /// <summary>Reads a template.</summary>
    /// <exception cref="ChatTemplateException">Names what is not supported, and its line.</exception>
    public static IReadOnlyList<TemplateNode> Read(string text)
    {
        var parser = new TemplateParser(TemplateLexer.Read(text));
        IReadOnlyList<TemplateNode> nodes = parser.Body([], out string? end);
        return end is null ? nodes : throw new ChatTemplateException(parser.Line, $"'{end}' ends nothing.");
    }

    private List<TemplateNode> Body(string[] ends, out string? end)
    {
        var nodes = new List<TemplateNode>();
        if (++_depth > MostDepth) throw new ChatTemplateException(Line, "blocks are nested too deeply.");
        int begun = Line;
        while (_at < _tokens.Count)
        {
            TemplateToken token = _tokens[_at++];
            if (token.Kind == TemplateTokenKind.Text) nodes.Add(new TextNode(token.Line, token.Text));
            else if (token.Text == "{{")
            {
                nodes.Add(new OutputNode(token.Line, Expression()));
                Expect(TemplateTokenKind.End, "}}");
            }
            else
            {
                string word = Name();
                if (ends.Contains(word))
                {
                    end = word;
                    _depth--;
                    return nodes;
                }

                nodes.Add(Block(word, token.Line));
            }
        }

        if (ends.Length > 0) throw new ChatTemplateException(begun, $"a block is not ended by '{ends[^1]}'.");
        end = null;
        _depth--;
        return nodes;
    }

    private TemplateNode Block(string word, int line)
    {
        switch (word)
        {
            case "if":
                return If(line);
            case "for":
                return For(line);
            case "set":
                return Set(line);
            case "macro":
                return Macro(line);
            case "generation":
                EndTag();
                List<TemplateNode> body = Body(["endgeneration"], out _);
                EndTag();
                return new BodyNode(line, body);
            case "break" or "continue":
                EndTag();
                return new LeaveNode(line, word == "break");
            default:
                throw new ChatTemplateException(line,
                    $"the block '{word}' is not supported. Known: if, for, set, macro, generation, break, continue.");
        }
    }

    private IfNode If(int line)
    {
        var branches = new List<(TemplateExpression?, IReadOnlyList<TemplateNode>)>();
        TemplateExpression? condition = Expression();
        while (true)
        {
            EndTag();
            List<TemplateNode> body = Body(condition is null ? ["endif"] : ["elif", "else", "endif"], out string? end);
            branches.Add((condition, body));
            if (end == "endif") break;
            condition = end == "elif" ? Expression() : null;
        }

        EndTag();
        return new IfNode(line, branches);
    }

    private ForNode For(int line)
    {
        List<string> names = Names();
        if (Name() != "in") throw new ChatTemplateException(line, "expected 'in' after the names of a loop.");
        TemplateExpression items = Or();
        TemplateExpression? filter = Takes(TemplateTokenKind.Name, "if") ? Or() : null;
        if (Is(TemplateTokenKind.Name, "recursive")) throw new ChatTemplateException(line, "recursive loops are not supported.");
        EndTag();
        List<TemplateNode> body = Body(["else", "endfor"], out string? end), otherwise = [];
        if (end == "else")
        {
            EndTag();
            otherwise = Body(["endfor"], out _);
        }

        EndTag();
        return new ForNode(line, names, items, filter, body, otherwise);
    }

    private SetNode Set(int line)
    {
        List<string> names = Names();
        string? field = names.Count == 1 && Takes(TemplateTokenKind.Operator, ".") ? Name() : null;
        if (Takes(TemplateTokenKind.Operator, "="))
        {
            TemplateExpression value = Tuple();
            EndTag();
            return new SetNode(line, names, field, value, null);
        }

        EndTag();
        List<TemplateNode> body = Body(["endset"], out _);
        EndTag();
        return new SetNode(line, names, field, null, body);
    }

    private MacroNode Macro(int line)
    {
        string name = Name();
        var parameters = new List<(string, TemplateExpression?)>();
        Expect(TemplateTokenKind.Operator, "(");
        while (!Takes(TemplateTokenKind.Operator, ")"))
        {
            if (parameters.Count > 0) Expect(TemplateTokenKind.Operator, ",");
            parameters.Add((Name(), Takes(TemplateTokenKind.Operator, "=") ? Expression() : null));
        }

        EndTag();
        List<TemplateNode> body = Body(["endmacro"], out _);
        EndTag();
        return new MacroNode(line, name, parameters, body);
    }

    private List<string> Names()
    {
        bool bracket = Takes(TemplateTokenKind.Operator, "(");
        var names = new List<string> { Name() };
        while (Takes(TemplateTokenKind.Operator, ",")) names.Add(Name());
        if (bracket) Expect(TemplateTokenKind.Operator, ")");
        return names;
    }

    private TemplateExpression Tuple()
    {
        int line = Line;
        TemplateExpression first = Expression();
        if (!Is(TemplateTokenKind.Operator, ",")) return first;
        var items = new List<TemplateExpression> { first };
        while (Takes(TemplateTokenKind.Operator, ",")) items.Add(Expression());
        return new ListExpression(line, items);
    }

    private TemplateExpression Expression()
    {
        if (++_depth > MostDepth) throw new ChatTemplateException(Line, "an expression is nested too deeply.");
        TemplateExpression value = Or();
        while (Is(TemplateTokenKind.Name, "if"))
        {
            int line = _tokens[_at++].Line;
            TemplateExpression condition = Or();
            value = new ChoiceExpression(line, condition, value, Takes(TemplateTokenKind.Name, "else") ? Expression() : null);
        }

        _depth--;
        return value;
    }

    private TemplateExpression Or()
    {
        TemplateExpression left = And();
        while (Is(TemplateTokenKind.Name, "or")) left = new BinaryExpression(_tokens[_at++].Line, "or", left, And());
        return left;
    }

    private TemplateExpression And()
    {
        TemplateExpression left = Not();
        while (Is(TemplateTokenKind.Name, "and")) left = new BinaryExpression(_tokens[_at++].Line, "and", left, Not());
        return left;
    }

    private TemplateExpression Not() =>
        Is(TemplateTokenKind.Name, "not") ? new UnaryExpression(_tokens[_at++].Line, "not", Not()) : Comparison();

    /// <summary>a &lt; b &lt; c means both, as in Python.</summary>
    private TemplateExpression Comparison()
    {
        TemplateExpression left = Sum();
        TemplateExpression? all = null;
        while (true)
        {
            int line = Line;
            string? mark = null;
            if (_at < _tokens.Count && _tokens[_at].Kind == TemplateTokenKind.Operator && Comparisons.Contains(_tokens[_at].Text))
                mark = _tokens[_at++].Text;
            else if (Takes(TemplateTokenKind.Name, "in")) mark = "in";
            else if (Is(TemplateTokenKind.Name, "not") && _at + 1 < _tokens.Count
                && _tokens[_at + 1] is { Kind: TemplateTokenKind.Name, Text: "in" })
            {
                mark = "not in";
                _at += 2;
            }

            if (mark is null) return all ?? left;
            TemplateExpression right = Sum(), one = new BinaryExpression(line, mark, left, right);
            all = all is null ? one : new BinaryExpression(line, "and", all, one);
            left = right;
        }
    }

    private TemplateExpression Sum() => Chain(["+", "-"], Joined);

    private TemplateExpression Joined() => Chain(["~"], Product);

    private TemplateExpression Product() => Chain(["*", "/", "//", "%"], Power);

    private TemplateExpression Power() => Chain(["**"], () => Unary(true));

    private TemplateExpression Chain(string[] marks, Func<TemplateExpression> operand)
    {
        TemplateExpression left = operand();
        while (_at < _tokens.Count && _tokens[_at].Kind == TemplateTokenKind.Operator && marks.Contains(_tokens[_at].Text))
        {
            TemplateToken mark = _tokens[_at++];
            left = new BinaryExpression(mark.Line, mark.Text, left, operand());
        }

        return left;
    }

    private TemplateExpression Unary(bool withFilters)
    {
        TemplateExpression value;
        if (Is(TemplateTokenKind.Operator, "-") || Is(TemplateTokenKind.Operator, "+"))
        {
            TemplateToken mark = _tokens[_at++];
            if (++_depth > MostDepth) throw new ChatTemplateException(mark.Line, "an expression is nested too deeply.");
            value = new UnaryExpression(mark.Line, mark.Text, Unary(false));
            _depth--;
        }
        else value = Postfix(Primary());

        return withFilters ? Filters(value) : value;
    }

    private TemplateExpression Filters(TemplateExpression value)
    {
        while (true)
        {
            int line = Line;
            if (Takes(TemplateTokenKind.Operator, "|"))
                value = new FilterExpression(line, value, Name(),
                    Is(TemplateTokenKind.Operator, "(") ? Arguments() : TemplateArguments.None);
            else if (Takes(TemplateTokenKind.Name, "is"))
            {
                bool negated = Takes(TemplateTokenKind.Name, "not");
                string name = Name();
                TemplateArguments arguments = Is(TemplateTokenKind.Operator, "(") ? Arguments()
                    : BeginsOperand() ? new TemplateArguments([Postfix(Primary())], []) : TemplateArguments.None;
                value = new TestExpression(line, value, name, arguments, negated);
            }
            else if (Is(TemplateTokenKind.Operator, "(")) value = Postfix(value);
            else return value;
        }
    }

    /// <summary>A test may have an operand without brackets: <c>is divisibleby 3</c>.</summary>
    private bool BeginsOperand() => _at < _tokens.Count && _tokens[_at] is var token && (token.Kind is TemplateTokenKind.String
        or TemplateTokenKind.Number || (token.Kind == TemplateTokenKind.Operator && token.Text is "[" or "{")
        || (token.Kind == TemplateTokenKind.Name && token.Text is not ("and" or "or" or "not" or "if" or "else" or "is" or "in")));

    private TemplateExpression Postfix(TemplateExpression value)
    {
        while (true)
        {
            int line = Line;
            if (Takes(TemplateTokenKind.Operator, "."))
                value = Is(TemplateTokenKind.Number)
                    ? new ItemExpression(line, value, Primary())
                    : new FieldExpression(line, value, Name());
            else if (Takes(TemplateTokenKind.Operator, "[")) value = Subscript(line, value);
            else if (Is(TemplateTokenKind.Operator, "(")) value = new CallExpression(line, value, Arguments());
            else return value;
        }
    }

    private TemplateExpression Subscript(int line, TemplateExpression value)
    {
        TemplateExpression? Part() => Is(TemplateTokenKind.Operator, ":") || Is(TemplateTokenKind.Operator, "]") ? null : Expression();
        TemplateExpression? from = Part();
        if (!Takes(TemplateTokenKind.Operator, ":"))
        {
            Expect(TemplateTokenKind.Operator, "]");
            return new ItemExpression(line, value, from ?? throw new ChatTemplateException(line, "expected a key between brackets."));
        }

        TemplateExpression? to = Part(), step = Takes(TemplateTokenKind.Operator, ":") ? Part() : null;
        Expect(TemplateTokenKind.Operator, "]");
        return new SliceExpression(line, value, from, to, step);
    }

    private TemplateArguments Arguments()
    {
        Expect(TemplateTokenKind.Operator, "(");
        var places = new List<TemplateExpression>();
        var names = new List<(string, TemplateExpression)>();
        while (!Takes(TemplateTokenKind.Operator, ")"))
        {
            if (places.Count + names.Count > 0)
            {
                Expect(TemplateTokenKind.Operator, ",");
                if (Takes(TemplateTokenKind.Operator, ")")) break;
            }

            bool isNamed = Is(TemplateTokenKind.Name) && _at + 1 < _tokens.Count
                && _tokens[_at + 1] is { Kind: TemplateTokenKind.Operator, Text: "=" };
            if (!isNamed)
            {
                places.Add(Expression());
                continue;
            }

            string name = Name();
            _at++;
            names.Add((name, Expression()));
        }

        return new TemplateArguments(places, names);
    }

    private TemplateExpression Primary()
    {
        if (_at >= _tokens.Count) throw new ChatTemplateException(Line, "an expression does not end.");
        TemplateToken token = _tokens[_at++];
        switch (token.Kind)
        {
            case TemplateTokenKind.String:
                string text = token.Text;
                while (Is(TemplateTokenKind.String)) text += _tokens[_at++].Text;
                return new ConstantExpression(token.Line, text);
            case TemplateTokenKind.Number:
                if (token.Text.Contains('.', StringComparison.Ordinal))
                    return double.TryParse(token.Text, CultureInfo.InvariantCulture, out double real)
                        ? new ConstantExpression(token.Line, real)
                        : throw new ChatTemplateException(token.Line, $"{token.Text} is no number.");
                return long.TryParse(token.Text, CultureInfo.InvariantCulture, out long whole)
                    ? new ConstantExpression(token.Line, whole)
                    : throw new ChatTemplateException(token.Line, $"{token.Text} is too large.");
            case TemplateTokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new ConstantExpression(token.Line, true),
                    "false" or "False" => new ConstantExpression(token.Line, false),
                    "none" or "None" => new ConstantExpression(token.Line, null),
                    _ => new NameExpression(token.Line, token.Text),
                };
            case TemplateTokenKind.Operator when token.Text == "(":
                return Bracket(token.Line);
            case TemplateTokenKind.Operator when token.Text == "[":
                return new ListExpression(token.Line, Items("]"));
            case TemplateTokenKind.Operator when token.Text == "{":
                return Map(token.Line);
            default:
                throw new ChatTemplateException(token.Line, $"expected a value, found '{token.Text}'.");
        }
    }

    private TemplateExpression Bracket(int line)
    {
        if (Takes(TemplateTokenKind.Operator, ")")) return new ListExpression(line, []);
        TemplateExpression first = Expression();
        if (Takes(TemplateTokenKind.Operator, ")")) return first;
        Expect(TemplateTokenKind.Operator, ",");
        return new ListExpression(line, [first, .. Items(")")]);
    }

    private List<TemplateExpression> Items(string close)
    {
        var items = new List<TemplateExpression>();
        while (!Takes(TemplateTokenKind.Operator, close))
        {
            if (items.Count > 0)
            {
                Expect(TemplateTokenKind.Operator, ",");
                if (Takes(TemplateTokenKind.Operator, close)) break;
            }

            items.Add(Expression());
        }

        return items;
    }

    private MapExpression Map(int line)
    {
        var items = new List<(TemplateExpression, TemplateExpression)>();
        while (!Takes(TemplateTokenKind.Operator, "}"))
        {
            if (items.Count > 0)
            {
                Expect(TemplateTokenKind.Operator, ",");
                if (Takes(TemplateTokenKind.Operator, "}")) break;
            }

            TemplateExpression key = Expression();
            Expect(TemplateTokenKind.Operator, ":");
            items.Add((key, Expression()));
        }

        return new MapExpression(line, items);
    }

    private bool Is(TemplateTokenKind kind, string? text = null) =>
        _at < _tokens.Count && _tokens[_at].Kind == kind && (text is null || _tokens[_at].Text == text);

    private bool Takes(TemplateTokenKind kind, string text)
    {
        if (!Is(kind, text)) return false;
        _at++;
        return true;
    }

    private void Expect(TemplateTokenKind kind, string text)
    {
        if (!Takes(kind, text))
            throw new ChatTemplateException(Line, $"expected '{text}', found '{(_at < _tokens.Count ? _tokens[_at].Text : "the end")}'.");
    }

    private void EndTag() => Expect(TemplateTokenKind.End, "%}");

    private string Name() => Is(TemplateTokenKind.Name) ? _tokens[_at++].Text
        : throw new ChatTemplateException(Line, $"expected a name, found '{(_at < _tokens.Count ? _tokens[_at].Text : "the end")}'.");
}
