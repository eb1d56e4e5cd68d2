using System.CommandLine;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Commands;

/// <summary><c>train</c>: one run, as its settings say it.</summary>
/// <param name="stations">Environments and models.</param>
public sealed class TrainCommand(Stations stations) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var options = new RunOptions();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("train",
            "Train one agent as the settings say: defaults, then --settings FILE, then variables EMBODIED__section__key, then options.\n\n"
            + "Example: ./embodied train --env cartpole --goal \"a pole standing upright on a cart\" --agent:learningRate 5e-4 --out runs/mine");
        foreach (Option option in options.All) command.Add(option);
        command.Add(json);
        command.SetAction(async (parsed, _) =>
        {
            RunSettings settings = options.Read(parsed, stations, []);
            (RunFolder folder, RunSummary summary) = await new RunSession(services, stations).BeginAsync(settings, options.Folder(parsed), options.Out(parsed));
            RunAnswer.Write(services.Output, folder, summary, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }
}
