using System.CommandLine.Parsing;

namespace EmbodiedRL.App.Commands;

/// <summary>Messages of the command-line parser, in plain words instead of type names.</summary>
internal static class Wording
{
    /// <summary>One sentence.</summary>
    public static string Of(ParseError error)
    {
        (string name, Type? type) = error.SymbolResult switch
        {
            OptionResult option => (option.Option.Name, option.Option.ValueType),
            ArgumentResult argument => (argument.Argument.Name, argument.Argument.ValueType),
            _ => ("", null),
        };
        string[] said = [.. error.SymbolResult?.Tokens.Select(token => token.Value) ?? []];
        if (type is null || said.Length != 1 || Expected(type) is not { } expected) return error.Message;
        return $"{name}: expected {expected}, found '{said[0]}'.";
    }

    private static string? Expected(Type type) => Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) switch
    {
        TypeCode.Int32 => FormattableString.Invariant($"a whole number of at most {int.MaxValue}"),
        TypeCode.Int64 => FormattableString.Invariant($"a whole number of at most {long.MaxValue}"),
        TypeCode.UInt64 => FormattableString.Invariant($"a whole number from 0 to {ulong.MaxValue}"),
        TypeCode.Single or TypeCode.Double => "a number",
        TypeCode.Boolean => "true or false",
        _ => null,
    };
}
