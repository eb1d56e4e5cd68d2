using System.Text;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Specs;
using Microsoft.CodeAnalysis.CSharp;

namespace EmbodiedRL.Rewards.Programs;

/// <summary>A field as a formula sees it.</summary>
/// <param name="Identifier">Its name in the formula, e.g. <c>cart_position</c>.</param>
/// <param name="Block">States or actions.</param>
/// <param name="Offset">Where it begins in the row.</param>
/// <param name="Length">How many values it has; more than one are read by index.</param>
internal sealed record ProgramField(string Identifier, BatchFields Block, int Offset, int Length);

/// <summary>
/// The names a formula may use: <c>cart/position</c> is <c>cart_position</c>; an action whose name a state has is <c>action_NAME</c>.
/// </summary>
internal static class ProgramFields
{
    public static Dictionary<string, ProgramField> Of(StateSpec state, ActionSpec actions)
    {
        var fields = new Dictionary<string, ProgramField>(StringComparer.Ordinal);
        Add(fields, state, BatchFields.States);
        Add(fields, actions.Vector, BatchFields.Actions);
        return fields;
    }

    /// <summary>Letters and digits stay, everything else becomes an underscore; keywords get one at the end.</summary>
    public static string Identifier(string name)
    {
        var identifier = new StringBuilder(name.Length + 1);
        if (char.IsAsciiDigit(name[0])) identifier.Append('_');
        foreach (char letter in name) identifier.Append(char.IsAsciiLetterOrDigit(letter) ? letter : '_');
        string text = identifier.ToString();
        return SyntaxFacts.GetKeywordKind(text) == SyntaxKind.None ? text : text + "_";
    }

    private static void Add(Dictionary<string, ProgramField> fields, VectorSpec spec, BatchFields block)
    {
        foreach (FieldSpec field in spec.Fields)
        {
            string identifier = Identifier(field.Name);
            if (fields.ContainsKey(identifier)) identifier = $"{(block == BatchFields.Actions ? "action" : "state")}_{identifier}";
            if (!fields.TryAdd(identifier, new ProgramField(identifier, block, spec.Offset(field.Name), field.Length)))
                throw new SpecMismatchException($"field '{field.Name}'", "a name that differs from others in letters and digits",
                    $"a second '{identifier}'");
        }
    }
}
