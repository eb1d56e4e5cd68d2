using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace EmbodiedRL.Simulation.Layout;

/// <summary>Layout of one struct: each field at the next multiple of its alignment, the size a multiple of the largest alignment.</summary>
internal sealed partial class CStructBody(CStructs structs, string name, List<CToken> tokens)
{
    private readonly ImmutableArray<FieldLayout>.Builder _fields = ImmutableArray.CreateBuilder<FieldLayout>();
    private int _at, _offset, _alignment = 1;

    public StructLayout Read()
    {
        while (_at < tokens.Count) Declaration();
        Align(_alignment);
        return new StructLayout(name, _offset, _alignment, _fields.ToImmutable());
    }

    private CToken Current => _at < tokens.Count ? tokens[_at] : throw tokens[^1].Error("a semicolon after the field");

    private void Declaration()
    {
        int semicolon = EndOfDeclaration();
        string comment = tokens[semicolon].Comment;
        if (Current.Text == "union") throw Current.Error("a field that is no union");
        CTypeName type = default;
        CElement? inPlace = Nested();
        if (inPlace is null) type = CTypes.Read(tokens, ref _at);
        do
        {
            Declarator(type, inPlace, comment);
        }
        while (Current.Text == "," && _at++ > 0);

        if (Current.Text != ";") throw Current.Error("a semicolon after the field");
        _at++;
    }

    /// <summary>A struct that is declared where it lies.</summary>
    private CElement? Nested()
    {
        int open = _at + 1;
        if (Current.Text != "struct") return null;
        if (open < tokens.Count && tokens[open].IsName) open++;
        if (open >= tokens.Count || tokens[open].Text != "{") return null;
        int end = CDeclarations.Close(tokens, open);
        StructLayout inner = new CStructBody(structs, "", tokens[(open + 1)..(end - 1)]).Read();
        _at = end;
        return new CElement("struct", inner.Size, inner.Alignment, Inner: inner);
    }

    private void Declarator(CTypeName type, CElement? inPlace, string comment)
    {
        int stars = 0;
        for (; Current.Text is "*" or "const"; _at++) stars += Current.Text == "*" ? 1 : 0;
        if (Current.Text == "(")
        {
            // A function's address: (*name)(parameters).
            int end = CDeclarations.Close(tokens, _at);
            CToken function = tokens[end - 2];
            if (tokens[_at + 1].Text != "*" || end - _at != 4 || !function.IsName) throw Current.Error("a field or a function's address");
            _at = CDeclarations.Close(tokens, end);
            Place(function, CElement.Pointer("ptr"), 1, []);
            return;
        }

        CToken field = Current.IsName ? tokens[_at++] : throw Current.Error("the name of a field");
        if (inPlace is not null && stars > 0) throw field.Error("a struct in place", "an address of a struct without name");
        CElement element = inPlace ?? structs.Element(type with { Pointers = stars }, field);
        int count = 1;
        while (Current.Text == "[") count = checked(count * Length());
        if (Current.Text is not ("," or ";")) throw Current.Error("a semicolon after the field");
        bool hasElements = element is { IsPointer: true, Type: not "ptr" };         // a void* has bytes, whatever its comment counts
        Place(field, element, count, hasElements ? Dimensions(comment) : []);
    }

    private int Length()
    {
        int end = CDeclarations.Close(tokens, _at);
        List<CToken> words = tokens[(_at + 1)..(end - 1)];
        long? value = CExpression.Evaluate(words, structs.Value);
        if (value is not (> 0 and <= int.MaxValue))
            throw tokens[_at].Error("an array length that is known", $"'{string.Join(' ', words.Select(word => word.Text))}'");
        _at = end;
        return (int)value;
    }

    private void Place(CToken field, CElement element, int count, ImmutableArray<string> dimensions)
    {
        Align(element.Alignment);
        _alignment = Math.Max(_alignment, element.Alignment);
        if (element.Inner is { } inner && count == 1)
        {
            foreach (FieldLayout part in inner.Fields)
                _fields.Add(part with { Name = $"{field.Text}.{part.Name}", Offset = _offset + part.Offset });
        }
        else if (element.Type == "struct")
        {
            throw field.Error("an array of a struct with a name", "one without");
        }
        else
        {
            _fields.Add(new FieldLayout(field.Text, element.Type, _offset, count, element.IsPointer, dimensions));
        }

        _offset = checked(_offset + element.Size * count);
    }

    private void Align(int alignment) => _offset = (_offset + alignment - 1) / alignment * alignment;

    private int EndOfDeclaration()
    {
        int end = _at;
        while (end < tokens.Count && tokens[end].Text != ";") end = tokens[end].Text == "{" ? CDeclarations.Close(tokens, end) : end + 1;
        return end < tokens.Count ? end : throw tokens[^1].Error("a semicolon after the field");
    }

    /// <summary>The words of the last size that a comment has in parentheses, e.g. (nbody x 3).</summary>
    private ImmutableArray<string> Dimensions(string comment) =>
        Sizes().Matches(comment) is [.., var last] ? [.. last.Groups[1].Value.Split(" x ").Select(Resolved)] : [];

    private string Resolved(string word) => structs.Value(word) is { } value ? $"{value}" : word;

    // One word alone is a size only if it looks like one: (nuserdata), but not (mjtObj).
    [GeneratedRegex(@"\(((?:n\w+|\d+)|[\w*+]+(?: x [\w*+]+)+)\)")]
    private static partial Regex Sizes();
}
