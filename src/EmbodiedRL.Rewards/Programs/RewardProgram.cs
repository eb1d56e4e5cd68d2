using System.Runtime.Loader;
using System.Text;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Specs;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace EmbodiedRL.Rewards.Programs;

/// <summary>One C# expression over named fields, compiled to machine code.</summary>
/// <remarks>
/// It may hold numbers, fields, arithmetic, comparisons, logic, the conditional and the functions of <see cref="Math"/>; nothing else is
/// let through. Everything is computed in double precision; 1 / 2 is a half. <c>double.NaN</c> says "not applicable here".
/// </remarks>
public sealed class RewardProgram : IDisposable
{
    private readonly AssemblyLoadContext _home;
    private readonly string _file;
    private readonly ScoreRows _score;
    private readonly int _stateLength;
    private readonly int _actionLength;

    private RewardProgram(AssemblyLoadContext home, string file, ScoreRows score, BatchFields reads, StateSpec state, ActionSpec actions)
    {
        (_home, _file, _score, Reads) = (home, file, score, reads);
        (_stateLength, _actionLength) = (state.Length, actions.Length);
    }

    private delegate void ScoreRows(ReadOnlySpan<float> states, ReadOnlySpan<float> actions, Span<float> rewards);

    /// <summary>The blocks whose fields it names.</summary>
    public BatchFields Reads { get; }

    /// <summary>Compiles an expression.</summary>
    /// <param name="text">The expression; comments are welcome.</param>
    /// <param name="file">What to call it in errors.</param>
    /// <param name="info">Whose state and action fields it may name.</param>
    /// <exception cref="SettingsException">It is not valid, uses something not allowed, or names an unknown field;
    /// says file, line and column.</exception>
    public static RewardProgram Compile(string text, string file, EnvironmentInfo info) => Compile(text, file, info.State, info.Actions);

    /// <summary>Compiles an expression over specs alone, before there is an environment.</summary>
    /// <param name="text">The expression; a condition counts as 1 or 0.</param>
    /// <param name="file">What to call it in errors.</param>
    /// <param name="state">Fields it may name.</param>
    /// <param name="actions">More fields it may name.</param>
    /// <exception cref="SettingsException">As above.</exception>
    public static RewardProgram Compile(string text, string file, StateSpec state, ActionSpec actions)
    {
        if (text.Length > LengthAttribute.Text)
            throw new SettingsException(file,
                [FormattableString.Invariant($"expected a formula of at most {LengthAttribute.Text} characters, found {text.Length}.")]);
        // the parser would look ahead for minutes
        if (ProgramSyntax.IsTooDeep(text))
            throw new SettingsException(file,
                [$"expected parentheses at most {ProgramSyntax.DeepestParentheses} deep, found more. Write it in fewer terms."]);
        ExpressionSyntax expression = SyntaxFactory.ParseExpression(text, consumeFullText: false);
        var source = SourceText.From(text);
        Report(file, source, expression.GetDiagnostics().Select(found => (found.Location.SourceSpan.Start, Sentence(found))));
        if (expression.ContainsDirectives)
            Report(file, source, [(0, "Lines that begin with # are not allowed.")]);
        if (expression.FullSpan.Length < text.Length)
            Report(file, source, [(expression.FullSpan.Length, "Expected the end of the formula: a file holds one expression.")]);

        var syntax = new ProgramSyntax(ProgramFields.Of(state, actions));
        syntax.Visit(expression);
        Report(file, source, syntax.Violations);

        (string program, Func<int, int> place) = Write(text, syntax, state, actions);
        byte[] image = Emit(program, found => Report(file, source, [(place(found.Location.SourceSpan.Start), Sentence(found))]));
        var home = new AssemblyLoadContext("formula", isCollectible: true);
        ScoreRows score = home.LoadFromStream(new MemoryStream(image)).GetType("Program")!.GetMethod("Score")!.CreateDelegate<ScoreRows>();
        var compiled = new RewardProgram(home, file, score,
            syntax.Used.Aggregate(BatchFields.None, (reads, field) => reads | field.Block), state, actions);
        try
        {
            // what no state can compute is refused before a run begins
            compiled.Score(new float[state.Length], new float[actions.Length], new float[1]);
            return compiled;
        }
        catch
        {
            compiled.Dispose();
            throw;
        }
    }

    /// <summary>Evaluates the expression on every row.</summary>
    /// <param name="states">[rows, S].</param>
    /// <param name="actions">[rows, A].</param>
    /// <param name="rewards">[rows], overwritten.</param>
    /// <exception cref="SpecMismatchException">Lengths do not belong together.</exception>
    /// <exception cref="SettingsException">A Math.Clamp has a minimum above its maximum in one of the rows.</exception>
    public void Score(ReadOnlySpan<float> states, ReadOnlySpan<float> actions, Span<float> rewards)
    {
        SpecMismatchException.ThrowIfLength("states", states.Length, rewards.Length * _stateLength);
        SpecMismatchException.ThrowIfLength("actions", actions.Length, rewards.Length * _actionLength);
        try
        {
            _score(states, actions, rewards);
        }
        catch (ArgumentException error) // Math.Clamp is the one function that throws
        {
            throw new SettingsException(_file,
                [$"expected a Math.Clamp whose minimum is at most its maximum, found others: {error.Message.TrimEnd('.')}. Put the "
                    + "smaller bound first."]);
        }
    }

    /// <summary>Lets the compiled code go.</summary>
    public void Dispose() => _home.Unload();

    /// <summary>The expression inside a loop over rows, and the way back from a place in it to one in the user's text.</summary>
    private static (string Program, Func<int, int> Place) Write(string text, ProgramSyntax syntax, StateSpec state, ActionSpec actions)
    {
        var program = new StringBuilder("""
            using System;

            public static class Program
            {
                static double __Number(double value) => value;

                static double __Number(bool condition) => condition ? 1 : 0;

                public static void Score(ReadOnlySpan<float> __states, ReadOnlySpan<float> __actions, Span<float> __rewards)
                {
                    for (int __row = 0; __row < __rewards.Length; __row++)
                    {

            """);
        foreach (ProgramField field in syntax.Used.OrderBy(field => field.Identifier, StringComparer.Ordinal))
        {
            (string block, int width) = field.Block == BatchFields.States ? ("__states", state.Length) : ("__actions", actions.Length);
            program.AppendLine(field.Length == 1
                ? $"double {field.Identifier} = {block}[(__row * {width}) + {field.Offset}];"
                : $"ReadOnlySpan<float> {field.Identifier} = {block}.Slice((__row * {width}) + {field.Offset}, {field.Length});");
        }

        program.Append("double __result = __Number(");
        int start = program.Length, taken = 0;
        foreach (int end in syntax.WholeNumberEnds.Order())
        {
            program.Append(text, taken, end - taken).Append('d');
            taken = end;
        }

        program.Append(text, taken, text.Length - taken).AppendLine().AppendLine(");");
        program.AppendLine("__rewards[__row] = (float)__result; } } }");
        int[] added = [.. syntax.WholeNumberEnds.Order().Select((end, index) => start + end + index)];
        return (program.ToString(), position => Math.Clamp(position - start - added.Count(place => place < position), 0, text.Length));
    }

    private static byte[] Emit(string program, Action<Diagnostic> refuse)
    {
        var compilation = CSharpCompilation.Create("RewardProgram", [CSharpSyntaxTree.ParseText(program)],
            [MetadataReference.CreateFromFile(typeof(object).Assembly.Location)],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release));
        using var image = new MemoryStream();
        foreach (Diagnostic found in compilation.Emit(image).Diagnostics)
            if (found.Severity == DiagnosticSeverity.Error) refuse(found);
        return image.ToArray();
    }

    private static void Report(string file, SourceText source, IEnumerable<(int Position, string Message)> violations)
    {
        string[] sentences = [.. violations.OrderBy(found => found.Position).Select(found =>
        {
            LinePosition place = source.Lines.GetLinePosition(Math.Min(found.Position, source.Length));
            return $"line {place.Line + 1}, column {place.Character + 1}: {found.Message}";
        })];
        if (sentences.Length > 0) throw new SettingsException(file, sentences);
    }

    private static string Sentence(Diagnostic found) =>
        found.GetMessage(System.Globalization.CultureInfo.InvariantCulture) + (found.GetMessage(null).EndsWith('.') ? "" : ".");
}
