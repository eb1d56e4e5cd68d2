using System.CommandLine;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Core;

namespace EmbodiedRL.Benchmarks.Measuring;

/// <summary>Options that are lists of whole numbers: <c>--threads 1 2</c> or <c>--threads 1,2</c>.</summary>
internal static class NumberLists
{
    public static Option<string[]> Option(string name, string description, params int[] usual) => new(name)
    {
        Description = description,
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [string.Join(',', usual)],
    };

    /// <exception cref="SettingsException">Something is no whole number from 1 to the most.</exception>
    public static int[] Read(ParseResult parsed, Option<string[]> option, int most) =>
    [
        .. parsed.GetRequiredValue(option)
            .SelectMany(part => part.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Select(word =>
            int.TryParse(word, out int number) && number >= 1 && number <= most
                ? number
                : throw new SettingsException(BenchCommand.Verb,
                    [$"{option.Name}: expected whole numbers from 1 to {most}, found '{word}'."])).Distinct(),
    ];
}
