using System.CommandLine.Parsing;

namespace EmbodiedRL.App.Commands;

/// <summary>Check for empty arguments, e.g. from an unset shell variable: no path, name, sentence or number is empty.</summary>
internal static class Emptiness
{
    /// <summary>The name of the first option or argument whose text is empty; null if there is none.</summary>
    public static string? Of(System.CommandLine.ParseResult parsed) => parsed.CommandResult.Children
        .Where(child => child.Tokens.Any(token => token.Type == TokenType.Argument && string.IsNullOrWhiteSpace(token.Value)))
        .Select(NameOf).FirstOrDefault();

    private static string NameOf(SymbolResult result) => result switch
    {
        OptionResult option => option.Option.Name,
        ArgumentResult argument => argument.Argument.Name,
        _ => "command line",
    };
}
