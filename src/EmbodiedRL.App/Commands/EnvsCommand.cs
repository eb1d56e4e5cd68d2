using System.CommandLine;
using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary><c>envs</c>: which environments there are, and all that their specs say. Loads neither libtorch nor GL.</summary>
/// <param name="runServices">Environments.</param>
public sealed class EnvsCommand(RunServices runServices) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services) =>
        new("envs",
            "List the environments, describe one, or try whether one keeps its promises.\n\nExample: ./embodied envs list\n"
                + "Example: ./embodied envs describe cartpole\nExample: ./embodied envs check cartpole")
        {
            List(services), Describe(services), Wrappers(services), new EnvironmentCheckCommand(runServices).Build(services),
        };

    private Command List(CommandServices services)
    {
        Option<bool> json = SharedOptions.Json();
        var command = new Command("list",
            "Name every environment, what it is, and how long its observations and actions are.\n\nExample: ./embodied envs list --json")
        {
            json
        };
        command.SetAction(parsed =>
        {
            EnvironmentInfo[] all = [.. runServices.Environments.Names.Select(InfoOf)];
            if (parsed.GetValue(json))
            {
                services.Output.Write(RunJson.Of(all.Select(info => new
                {
                    info.Name,
                    info.Summary,
                    Observations = info.Observations.Length,
                    Actions = info.Actions.Length,
                    info.Actions.Choices,
                })));
                return ExitCode.Done;
            }

            TextTable.Write(services.Output, "",
            [
                ["name", "observations", "actions", "summary"],
                .. all.Select(info =>
                    new[] { info.Name, Number(info.Observations.Length), EnvironmentTables.Size(info.Actions), info.Summary }),
            ]);
            return ExitCode.Done;
        });
        return command;
    }

    private Command Describe(CommandServices services)
    {
        var name = new Argument<string?>("name")
        {
            Description = "An environment of ./embodied envs list.",
            Arity = ArgumentArity.ZeroOrOne
        };
        var settings = new Option<string>("--settings")
        {
            Description = "A settings file: what it makes of the environment, with its model file, wrappers and draws."
        };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("describe", "Show an environment's specs: what is seen, done, measured and said of it.\n\n"
            + "Example: ./embodied envs describe cartpole\nExample: ./embodied envs describe --settings mine.json")
        {
            name, settings, json
        };
        command.SetAction(parsed =>
        {
            EnvironmentInfo info =
                InfoOf(StagedEnvironment.Of(parsed.GetValue(name), parsed.GetValue(settings), runServices, "envs describe"));
            if (parsed.GetValue(json))
                services.Output.Write(RunJson.Of(EnvironmentTables.Data(info, PartOf(parsed.GetValue(name))?.Options ?? [])));
            else
            {
                EnvironmentTables.Write(services.Output, info);
                PartDescription.WriteOptions(services.Output, PartOf(parsed.GetValue(name))?.Options ?? []);
            }

            return ExitCode.Done;
        });
        return command;
    }

    private Command Wrappers(CommandServices services)
    {
        var name = new Argument<string?>("name")
        {
            Description = "A wrapper, to show its paper and options.",
            Arity = ArgumentArity.ZeroOrOne
        };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("wrappers", "Name every wrapper that env:wrappers can put around an environment, or describe one.\n\n"
            + "Example: ./embodied envs wrappers\nExample: ./embodied envs wrappers frame-stack --json") { name, json };
        command.SetAction(parsed =>
        {
            string? asked = parsed.GetValue(name);
            PartDescription[] parts = [.. (asked is null
                ? runServices.Wrappers.Entries
                : [runServices.Wrappers.Find(asked)]).Select(entry => PartDescription.Of(PartKinds.Wrapper, entry, runServices))];
            if (parsed.GetValue(json)) services.Output.Write(asked is null ? RunJson.Of(parts) : RunJson.Of(parts[0]));
            else if (asked is not null) parts[0].Write(services.Output);
            else
                TextTable.Write(services.Output, "",
                    [
                        ["name", "options", "what it does"],
                        .. parts.Select(part => new[] { part.Name, string.Join(", ", part.Options.Select(Option)), part.Summary })
                    ]);
            return ExitCode.Done;
        });
        return command;
    }

    private static string Option(SettingRow option) => option.Default.Length > 0 ? $"{option.Key} = {option.Default}" : option.Key;

    private PartDescription? PartOf(string? name) =>
        name is not null && runServices.Environments.Contains(name)
            ? PartDescription.Of(PartKinds.Environment, runServices.Environments.Find(name), runServices)
            : null;

    private EnvironmentInfo InfoOf(string name)
    {
        using IVectorEnvironment environment = runServices.Environment(name, 1, 1);
        return environment.Info;
    }

    private static EnvironmentInfo InfoOf(StagedEnvironment staged)
    {
        using IVectorEnvironment environment = staged.Factory.Create(1, 1, EnvironmentUse.Training);
        return environment.Info;
    }

    private static string Number(int count) => count.ToString(CultureInfo.InvariantCulture);
}
