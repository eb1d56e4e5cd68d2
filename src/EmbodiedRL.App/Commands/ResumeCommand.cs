using System.CommandLine;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary><c>resume</c>: goes on with a run, bit-equal to one that never stopped.</summary>
/// <param name="runServices">Environments and models.</param>
public sealed class ResumeCommand(RunServices runServices) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var run = new Argument<string>("run")
        {
            Description = "The folder of a run that was interrupted, by whatever, or of the runs of several seeds."
        };
        var steps = new Option<long?>("--steps")
        {
            Description = "Go on beyond what was planned: environment steps of the whole run, from its beginning."
        };
        var accept = new Option<bool>("--accept-changes")
        {
            Description = "Go on although weights, reward programs or models are not what they were; the run says so of itself."
        };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("resume",
            "Go on with a run from its newest checkpoint, or begin it anew if it was stopped before the first.\n\n"
                + "Example: ./embodied resume runs/mine\nExample: ./embodied resume runs/mine --steps 655360")
        {
            run, steps, accept, json,
        };
        command.SetAction(async (parsed, _) =>
        {
            string path = parsed.GetRequiredValue(run);
            var choices = new ResumeChoices(parsed.GetValue(steps), parsed.GetValue(accept));
            if (SeedRuns.IsIn(path)) return await new SeedRuns(services, runServices).ResumeAsync(path, choices, parsed.GetValue(json));
            bool isReasoning = SettingsFile.Read(RunFolder.Open(path).Settings, runServices).Reasoning is not null;
            (RunFolder folder, RunSummary summary) = isReasoning
                ? await new ReasoningSession(services, runServices).ResumeAsync(path, choices)
                : await new RunSession(services, runServices).ResumeAsync(path, choices);
            RunAnswer.Write(services.Output, folder, summary, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }
}
