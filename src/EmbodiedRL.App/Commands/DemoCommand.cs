using System.CommandLine;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary><c>demo</c>: trains a behavior from a sentence, and writes a film and the evaluation.</summary>
/// <param name="runServices">Environments and models.</param>
public sealed class DemoCommand(RunServices runServices) : ICommand
{
    /// <inheritdoc/>
    public Command Build(CommandServices services)
    {
        var options = new RunOptions();
        Option<int?> seeds = SharedOptions.Seeds();
        var shuffle = new Option<bool>("--shuffle-weights")
        {
            Description = "The negative control: the image-text model forgets everything first."
        };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("demo",
            "Train an agent on nothing but what an image-text model says of its pixels, and show by a hidden measure what it learned.\n\n"
            + "Example: ./embodied demo --goal \"a pole standing upright on a cart\"\n"
            + "Example: ./embodied demo --env color-reacher --goal \"the arm touching the red ball\"");
        foreach (Option option in options.All) command.Add(option);
        command.Add(seeds);
        command.Add(shuffle);
        command.Add(json);
        command.SetAction(async (parsed, _) =>
        {
            KeyValuePair<string, string>[] more = parsed.GetValue(shuffle) ? [new("shuffleWeights", "true")] : [];
            RunSettings settings = options.Read(parsed, runServices, more);
            if (parsed.GetValue(seeds) is { } count)
                return await new SeedRuns(services, runServices).BeginAsync(settings, options.Folder(parsed), options.Out(parsed),
                    count, parsed.GetValue(json));
            (RunFolder folder, RunSummary summary) =
                await new RunSession(services, runServices).BeginAsync(settings, options.Folder(parsed), options.Out(parsed));
            RunAnswer.Write(services.Output, folder, summary, parsed.GetValue(json));
            return ExitCode.Done;
        });
        return command;
    }
}
