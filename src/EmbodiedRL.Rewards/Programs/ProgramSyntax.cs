using EmbodiedRL.Core;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EmbodiedRL.Rewards.Programs;

/// <summary>Walks a formula and notes everything that is not on the list of what a formula may hold.</summary>
/// <remarks>Whatever is not named here is refused, so a formula can neither reach the machine nor run for long.</remarks>
internal sealed class ProgramSyntax(IReadOnlyDictionary<string, ProgramField> fields) : CSharpSyntaxVisitor
{
    private const string Grammar =
        "A formula holds numbers, fields, + - * / %, comparisons, && || !, condition ? a : b, parentheses and Math functions.";

    /// <summary>How deep parentheses and brackets may stand in each other.</summary>
    public const int DeepestParentheses = 200;

    private const int DeepestNesting = 400;

    private int _depth;
    private bool _isTooDeep;

    private static readonly HashSet<string> Functions = new(StringComparer.Ordinal)
    {
        "Abs", "Acos", "Asin", "Atan", "Atan2", "Cbrt", "Ceiling", "Clamp", "CopySign", "Cos", "Cosh", "Exp", "Floor",
        "Log", "Log10", "Log2", "Max", "Min", "Pow", "Round", "Sin", "Sinh", "Sqrt", "Tan", "Tanh", "Truncate",
    };

    private static readonly HashSet<string> Constants = new(StringComparer.Ordinal) { "Math.PI", "Math.E", "Math.Tau", "double.NaN" };

    /// <summary>Where and what; empty if the formula is allowed.</summary>
    public List<(int Position, string Message)> Violations { get; } = [];

    /// <summary>The fields that the formula names.</summary>
    public HashSet<ProgramField> Used { get; } = [];

    /// <summary>Where whole numbers end in the text: they are made real, so that 1 / 2 is a half.</summary>
    public List<int> WholeNumberEnds { get; } = [];

    /// <summary>Whether parentheses stand deeper in each other than anybody writes by hand.</summary>
    public static bool IsTooDeep(string text)
    {
        int depth = 0;
        foreach (char letter in text)
        {
            if (letter is '(' or '[' or '{') depth++;
            else if (letter is ')' or ']' or '}') depth--;
            if (depth > DeepestParentheses) return true;
        }

        return false;
    }

    /// <summary>Goes one level deeper; whoever nests deeper than anybody writes by hand would end with the stack.</summary>
    public override void Visit(SyntaxNode? node)
    {
        if (_depth == DeepestNesting)
        {
            if (!_isTooDeep && node is not null)
                Refuse(node, $"The formula is nested deeper than {DeepestNesting} levels. Write it in fewer terms.");
            _isTooDeep = true;
            return;
        }

        _depth++;
        base.Visit(node);
        _depth--;
    }

    public override void DefaultVisit(SyntaxNode node) => Refuse(node, $"'{Shorten(node)}' is not allowed. {Grammar}");

    public override void VisitParenthesizedExpression(ParenthesizedExpressionSyntax node) => Visit(node.Expression);

    public override void VisitConditionalExpression(ConditionalExpressionSyntax node)
    {
        Visit(node.Condition);
        Visit(node.WhenTrue);
        Visit(node.WhenFalse);
    }

    public override void VisitPrefixUnaryExpression(PrefixUnaryExpressionSyntax node)
    {
        if (node.Kind() is SyntaxKind.UnaryMinusExpression or SyntaxKind.UnaryPlusExpression or SyntaxKind.LogicalNotExpression)
            Visit(node.Operand);
        else DefaultVisit(node);
    }

    public override void VisitBinaryExpression(BinaryExpressionSyntax node)
    {
        if (node.Kind() is SyntaxKind.AddExpression or SyntaxKind.SubtractExpression or SyntaxKind.MultiplyExpression
            or SyntaxKind.DivideExpression
            or SyntaxKind.ModuloExpression or SyntaxKind.LessThanExpression or SyntaxKind.LessThanOrEqualExpression
            or SyntaxKind.GreaterThanExpression or SyntaxKind.GreaterThanOrEqualExpression or SyntaxKind.EqualsExpression
            or SyntaxKind.NotEqualsExpression or SyntaxKind.LogicalAndExpression or SyntaxKind.LogicalOrExpression)
        {
            Visit(node.Left);
            Visit(node.Right);
        }
        else
        {
            DefaultVisit(node);
        }
    }

    public override void VisitLiteralExpression(LiteralExpressionSyntax node)
    {
        if (node.Kind() is SyntaxKind.TrueLiteralExpression or SyntaxKind.FalseLiteralExpression) return;
        if (node.Token.Value is double) return;
        if (node.IsKind(SyntaxKind.NumericLiteralExpression) && node.Token.Text.All(letter => char.IsAsciiDigit(letter) || letter == '_'))
            WholeNumberEnds.Add(node.Token.Span.End);
        else Refuse(node, $"'{Shorten(node)}' is not allowed. Write numbers plainly, e.g. 2, 0.5 or 1e-3.");
    }

    public override void VisitIdentifierName(IdentifierNameSyntax node)
    {
        if (Find(node) is { Length: > 1 } field)
            Refuse(node, $"'{field.Identifier}' has {field.Length} values: say which one, e.g. {field.Identifier}[0].");
    }

    public override void VisitElementAccessExpression(ElementAccessExpressionSyntax node)
    {
        if (node.Expression is not IdentifierNameSyntax name)
        {
            DefaultVisit(node);
            return;
        }

        if (Find(name) is not { } field) return;
        if (node.ArgumentList.Arguments is not [{ NameColon: null, RefKindKeyword.RawKind: 0, Expression: LiteralExpressionSyntax number }]
            || number.Token.Value is not int index || index < 0 || index >= field.Length)
        {
            Refuse(node, $"'{Shorten(node)}': expected a whole number from 0 to {field.Length - 1} in the brackets.");
        }
    }

    public override void VisitMemberAccessExpression(MemberAccessExpressionSyntax node)
    {
        if (!Constants.Contains(node.ToString()))
            Refuse(node,
                $"'{Shorten(node)}' is not known. Known: {string.Join(", ", Constants)}, and the Math functions with their arguments.");
    }

    public override void VisitInvocationExpression(InvocationExpressionSyntax node)
    {
        if (node.Expression is MemberAccessExpressionSyntax
            {
                Expression: IdentifierNameSyntax { Identifier.Text: "Math" }, Name: IdentifierNameSyntax function,
            } && node.IsKind(SyntaxKind.InvocationExpression))
        {
            if (!Functions.Contains(function.Identifier.Text))
                Refuse(function, new UnknownNameException("Math function", Shorten(function), Functions).Message
                    + $" Known: {string.Join(", ", Functions)}.");
            foreach (ArgumentSyntax argument in node.ArgumentList.Arguments)
            {
                if (argument.NameColon is null && argument.RefKindKeyword.RawKind == 0) Visit(argument.Expression);
                else DefaultVisit(argument);
            }
        }
        else
        {
            Refuse(node, $"'{Shorten(node)}' is not allowed: only Math functions can be called, e.g. Math.Cos(x).");
        }
    }

    private ProgramField? Find(IdentifierNameSyntax node)
    {
        if (fields.TryGetValue(node.Identifier.Text, out ProgramField? field)) Used.Add(field);
        else Refuse(node, new UnknownNameException("field", Shorten(node), fields.Keys).Message
            + (fields.Count > 12 ? $" Known: {string.Join(", ", fields.Keys)}." : ""));
        return field;
    }

    private void Refuse(SyntaxNode node, string message) => Violations.Add((node.SpanStart, message));

    private static string Shorten(SyntaxNode node) => node.ToString() is { Length: > 40 } text ? text[..40] + "..." : node.ToString();
}
