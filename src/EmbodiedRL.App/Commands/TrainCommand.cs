using System.CommandLine;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary><c>train</c>: one run, as its settings say it.</summary>
/// <param name="runServices">Environments and models.</param>
public sealed class TrainCommand(RunServices runServices) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var options = new RunOptions();
        var from = new Option<string>("--from")
        {
            Description = "Begin with the trained weights and normalizers of this run, and a fresh optimizer; settings are that run's "
                + "unless --settings says others."
        };
        Option<int?> seeds = SharedOptions.Seeds();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("train",
            "Train one agent as the settings say: defaults, then --settings FILE, then variables EMBODIED__section__key, then options.\n\n"
            + "Example: ./embodied train --env cartpole --goal \"a pole standing upright on a cart\" --agent:learningRate 5e-4 --out "
            + "runs/mine\n"
            + "Example: ./embodied train --from runs/mine --goal \"a pole leaning left\" --out runs/after-mine\n"
            + "Example: ./embodied train --env cartpole --seeds 5 --out runs/five");
        foreach (Option option in options.All) command.Add(option);
        command.Add(from);
        command.Add(seeds);
        command.Add(json);
        command.SetAction(async (parsed, _) =>
        {
            string? source = parsed.GetValue(from);
            RunFolder? trained = source is null ? null : RunFolder.Open(source);
            KeyValuePair<string, string>[] more = trained is null ? [] : [new("from", Path.GetFullPath(trained.Root))];
            RunSettings settings = options.Read(parsed, runServices, more, trained?.Settings);
            string folder = options.Folder(parsed, trained?.Settings);
            if (parsed.GetValue(seeds) is { } count)
                return await new SeedRuns(services, runServices).BeginAsync(settings, folder, options.Out(parsed),
                    count, parsed.GetValue(json));
            (RunFolder run, RunSummary summary) =
                await new RunSession(services, runServices).BeginAsync(settings, folder, options.Out(parsed));
            RunAnswer.Write(services.Output, run, summary, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }
}
