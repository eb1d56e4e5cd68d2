using System.CommandLine;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary>
/// Help on registered parts: <c>list</c> names them, <c>describe</c> shows one with its paper and options. It
/// reads the registries and makes no part.
/// </summary>
/// <param name="runServices">The registries.</param>
/// <param name="verb">E.g. <c>rewards</c>.</param>
/// <param name="what">What the verb lists, for help.</param>
/// <param name="example">A part there is.</param>
/// <param name="kinds">Of the registries, in the order shown.</param>
public sealed class PartsCommand(RunServices runServices, string verb, string what, string example, params string[] kinds) : ICommand
{
    /// <summary>The verb <c>rewards</c>, which also checks, audits, looks ahead, trains and labels.</summary>
    public static PartsCommand Rewards(RunServices runServices) => new(runServices, "rewards",
        "reward sources, transforms and combinators", "goal-baseline",
        PartKinds.RewardSource, PartKinds.RewardTransform, PartKinds.RewardCombinator)
    {
        More = services =>
        [
            new RewardCheckCommand(runServices).Build(services), new RewardAuditCommand(runServices).Build(services),
            new RewardPreflightCommand(runServices).Build(services), new RewardTrainCommand(runServices).Build(services),
            new RewardLabelCommand(runServices).Build(services),
        ],
    };

    /// <summary>The verb <c>agents</c>.</summary>
    public static PartsCommand Agents(RunServices runServices) => new(runServices, "agents", "algorithms", "ppo",
        PartKinds.Algorithm, PartKinds.CompletionAlgorithm);

    /// <summary>Subcommands beside <c>list</c> and <c>describe</c>.</summary>
    internal Func<CommandServices, IReadOnlyList<Command>> More { get; init; } = _ => [];

    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var command = new Command(verb,
            $"List the {what} that settings can name, or describe one.\n\nExample: ./embodied {verb} list\n"
                + $"Example: ./embodied {verb} describe {example}")
        {
            BuildList(services), BuildDescribe(services),
        };
        foreach (Command more in More(services)) command.Add(more);
        return command;
    }

    /// <summary>The subcommand <c>describe</c>, for verbs that list their parts otherwise.</summary>
    public Command BuildDescribe(CommandServices services)
    {
        var name = new Argument<string>("name") { Description = "Of a part." };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("describe",
            $"Show summary, paper and every option of one of the {what}.\n\nExample: ./embodied {verb} describe {example}") { name, json };
        command.SetAction(parsed =>
        {
            PartDescription part = Describe(parsed.GetRequiredValue(name));
            if (parsed.GetValue(json)) services.Output.Write(RunJson.Of(part));
            else part.Write(services.Output);
            return ExitCode.Done;
        });
        return command;
    }

    private Command BuildList(CommandServices services)
    {
        Option<bool> json = SharedOptions.Json();
        var command = new Command("list", $"Name the {what}.\n\nExample: ./embodied {verb} list --json") { json };
        command.SetAction(parsed =>
        {
            (string Kind,
                RegistryEntry Entry)[] all = [.. kinds.SelectMany(kind => runServices.Of(kind).Entries.Select(entry => (kind, entry)))];
            if (parsed.GetValue(json))
                services.Output.Write(RunJson.Of(all.Select(part => new { part.Kind, part.Entry.Name, part.Entry.Summary })));
            else
                TextTable.Write(services.Output, "",
                    [["name", "kind", "what it does"], .. all.Select(part => new[] { part.Entry.Name, part.Kind, part.Entry.Summary })]);
            return ExitCode.Done;
        });
        return command;
    }

    private PartDescription Describe(string name)
    {
        string kind = Array.Find(kinds, kind => runServices.Of(kind).Contains(name))
            ?? throw new UnknownNameException(kinds.Length == 1 ? kinds[0] : $"part of {verb}", name,
                kinds.SelectMany(kind => runServices.Of(kind).Names));
        return PartDescription.Of(kind, runServices.Of(kind).Find(name), runServices);
    }
}
