using System.CommandLine;
using EmbodiedRL.App.Reporting;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Preflights;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary><c>rewards preflight</c>: says before hours are spent whether a run's reward can carry its task.</summary>
/// <param name="runServices">Environments, models and rewards.</param>
internal sealed class RewardPreflightCommand(RunServices runServices)
{
    private readonly RunOptions _run = new();
    private readonly Option<string> _out = new("--out")
    {
        Description = "Folder for report and pictures: new or empty. Default: runs/preflight-NAME-DATE."
    };
    private readonly Option<string?> _json = new("--json")
    {
        Description = "Also write the answer to FILE as JSON; without FILE answer in JSON.",
        Arity = ArgumentArity.ZeroOrOne,
        HelpName = "FILE"
    };

    public Command Build(CommandServices services)
    {
        var command = new Command("preflight",
            "Say within a minute, before hours are spent, whether a reward can carry its task: the check of train, and the reward's "
                + "landscape from typical starts to success: its range, how much of it the goal's truth explains, how often a small step "
                + "towards success raises it, what random actions are told. The verdict is go, doubtful or no-go, with its reasons. "
                + $"Nothing is trained. Ends with {ExitCode.DidNotHold} on no-go.\n\n"
                + "Example: ./embodied rewards preflight --env cartpole --goal \"a pole standing upright on a cart\" --out runs/preflight");
        foreach (Option option in _run.OfReward) command.Add(option);
        command.Add(_out);
        command.Add(_json);
        command.SetAction((parsed, _) => RunAsync(parsed, services));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandServices services)
    {
        RunSettings settings = _run.Read(parsed, runServices, []);
        using RunFolder folder = RunFolder.Create(parsed.GetValue(_out), $"preflight-{settings.Env.Name}", services.Time);
        PreflightReport report;
        long began = services.Time.GetTimestamp();
        try
        {
            services.Error.WriteLine($"Looking at the reward in {settings.Env.Name} ...");
            report = await Preflight.RunAsync(settings, _run.Folder(parsed), runServices, null, services.Time, services.Cancel);
        }
        catch
        {
            folder.Abandon(); // there is nothing in it
            throw;
        }

        double seconds = services.Time.GetElapsedTime(began).TotalSeconds;
        PreflightPage.Write(folder, report);
        string json = PreflightAnswer.Json(report, folder.Root, seconds);
        bool isAsked = parsed.GetResult(_json) is { Implicit: false };
        if (isAsked && parsed.GetValue(_json) is { } file) AtomicFile.WriteText(file, json);
        else if (isAsked) services.Output.Write(json);
        if (!isAsked || parsed.GetValue(_json) is not null) PreflightAnswer.Write(services.Output, report, folder.Root);
        return report.Verdict == PreflightVerdict.NoGo ? ExitCode.DidNotHold : ExitCode.Done;
    }
}
