using System.CommandLine;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Commands;

/// <summary><c>resume</c>: goes on with a run, bit-equal to one that never stopped.</summary>
/// <param name="stations">Environments and models.</param>
public sealed class ResumeCommand(Stations stations) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var run = new Argument<string>("run") { Description = "The folder of a run that was interrupted, by whatever." };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("resume", "Go on with a run from its newest checkpoint.\n\nExample: ./embodied resume runs/mine") { run, json };
        command.SetAction(async (parsed, _) =>
        {
            (RunFolder folder, RunSummary summary) = await new RunSession(services, stations).ResumeAsync(parsed.GetRequiredValue(run));
            RunAnswer.Write(services.Output, folder, summary, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }
}
