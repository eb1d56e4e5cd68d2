using System.CommandLine;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary><c>evaluate</c>: judges a run's agent anew.</summary>
/// <param name="runServices">Environments and models.</param>
public sealed class EvaluateCommand(RunServices runServices) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var run = new Argument<string>("run") { Description = "The folder of a run." };
        var episodes = new Option<int?>("--episodes") { Description = "Fresh episodes; default: as many as the run's own evaluations." };
        var seed = new Option<ulong?>("--seed") { Description = "Of the starts; default: those of the run's own evaluations." };
        var into = new Option<string>("--out")
        {
            Description = "Folder for summary, video and report: new or empty. Default: runs/NAME-evaluation-DATE."
        };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("evaluate",
            "Evaluate the agent of a run on fresh episodes, started over the whole range of states and, beside that, from the task's own "
                + "start.\n\nExample: ./embodied evaluate runs/mine --episodes 500 --seed 7")
        {
            run, episodes, seed, into, json,
        };
        command.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(episodes) is < 1 or > 10_000)
                throw new SettingsException("--episodes", [$"expected 1 to 10000, found {parsed.GetValue(episodes)}."]);
            (RunFolder folder, RunSummary summary) = await new RunSession(services, runServices)
                .EvaluateAsync(parsed.GetRequiredValue(run), parsed.GetValue(episodes), parsed.GetValue(seed), parsed.GetValue(into));
            RunAnswer.Write(services.Output, folder, summary, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }
}
