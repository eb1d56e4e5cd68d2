namespace EmbodiedRL.Models.Language.Chat;

/// <summary>Part of a template that makes text.</summary>
internal abstract record TemplateNode(int Line);

internal sealed record TextNode(int Line, string Text) : TemplateNode(Line);

internal sealed record OutputNode(int Line, TemplateExpression Value) : TemplateNode(Line);

internal sealed record IfNode(int Line, IReadOnlyList<(TemplateExpression? Condition, IReadOnlyList<TemplateNode> Body)> Branches)
    : TemplateNode(Line);

internal sealed record ForNode(int Line, IReadOnlyList<string> Names, TemplateExpression Items, TemplateExpression? Filter,
    IReadOnlyList<TemplateNode> Body, IReadOnlyList<TemplateNode> Otherwise) : TemplateNode(Line);

internal sealed record SetNode(int Line, IReadOnlyList<string> Names, string? Field, TemplateExpression? Value,
    IReadOnlyList<TemplateNode>? Body) : TemplateNode(Line);

internal sealed record MacroNode(int Line, string Name, IReadOnlyList<(string Name, TemplateExpression? Usual)> Parameters,
    IReadOnlyList<TemplateNode> Body) : TemplateNode(Line);

internal sealed record BodyNode(int Line, IReadOnlyList<TemplateNode> Body) : TemplateNode(Line);

internal sealed record LeaveNode(int Line, bool Breaks) : TemplateNode(Line);

/// <summary>Part of a template that has a value.</summary>
internal abstract record TemplateExpression(int Line);

internal sealed record ConstantExpression(int Line, object? Value) : TemplateExpression(Line);

internal sealed record NameExpression(int Line, string Name) : TemplateExpression(Line);

internal sealed record ListExpression(int Line, IReadOnlyList<TemplateExpression> Items) : TemplateExpression(Line);

internal sealed record MapExpression(int Line, IReadOnlyList<(TemplateExpression Key, TemplateExpression Value)> Items)
    : TemplateExpression(Line);

internal sealed record FieldExpression(int Line, TemplateExpression Of, string Name) : TemplateExpression(Line);

internal sealed record ItemExpression(int Line, TemplateExpression Of, TemplateExpression Key) : TemplateExpression(Line);

internal sealed record SliceExpression(int Line, TemplateExpression Of, TemplateExpression? From, TemplateExpression? To,
    TemplateExpression? Step) : TemplateExpression(Line);

internal sealed record CallExpression(int Line, TemplateExpression Of, TemplateArguments Arguments) : TemplateExpression(Line);

internal sealed record FilterExpression(int Line, TemplateExpression Of, string Name, TemplateArguments Arguments)
    : TemplateExpression(Line);

internal sealed record TestExpression(int Line, TemplateExpression Of, string Name, TemplateArguments Arguments, bool Negated)
    : TemplateExpression(Line);

internal sealed record UnaryExpression(int Line, string Operator, TemplateExpression Of) : TemplateExpression(Line);

internal sealed record BinaryExpression(int Line, string Operator, TemplateExpression Left, TemplateExpression Right)
    : TemplateExpression(Line);

internal sealed record ChoiceExpression(int Line, TemplateExpression Condition, TemplateExpression Then, TemplateExpression? Otherwise)
    : TemplateExpression(Line);

/// <summary>Arguments of a call.</summary>
internal sealed record TemplateArguments(IReadOnlyList<TemplateExpression> Places,
    IReadOnlyList<(string Name, TemplateExpression Value)> Names)
{
    public static TemplateArguments None { get; } = new([], []);
}
