using System.CommandLine;
using EmbodiedRL.App.Reporting;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Auditing;
using EmbodiedRL.Training.Auditing.RedTeam;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.App.Commands;

/// <summary><c>rewards audit</c>: measures rewards on trajectories whose truth the simulator knows, without training.</summary>
/// <param name="runServices">Environments, models and rewards.</param>
internal sealed class RewardAuditCommand(RunServices runServices)
{
    private const string Random = "random", Optimizer = "optimizer", None = "none";

    private readonly RunOptions _run = new();
    private readonly Option<string> _rewards = new("--rewards")
    {
        Description = "Which, parted by commas, each as --reward of train says it: task, vlm, terms of the settings by name, files (.json "
            + "a reward section, .cs a formula), or folders of ./embodied rewards train.",
        DefaultValueFactory = _ => $"{RewardChoice.Task},{RewardChoice.Vision}",
    };
    private readonly Option<int> _episodes = new("--episodes")
    {
        Description = "Trajectories of each kind, 2 to 256.",
        DefaultValueFactory = _ => new AuditSettings().Episodes
    };
    private readonly Option<int> _frames = new("--frames")
    {
        Description = "Frames of a trajectory, 4 to 256.",
        DefaultValueFactory = _ => new AuditSettings().Frames
    };
    private readonly Option<int> _size = new("--size")
    {
        Description = "Pixels a side of the data set's video, 16 to 1024.",
        DefaultValueFactory = _ => new AuditSettings().Size
    };
    private readonly Option<string> _redTeam = new("--red-team")
    {
        Description = "Attacks that look for frauds, states that a reward pays for and that are neither the goal nor near it: random "
            + "(drawn states), optimizer (the cross-entropy method over positions and speeds), parted by commas; or none.",
        DefaultValueFactory = _ => $"{Random},{Optimizer}"
    };
    private readonly Option<int> _redTeamStates = new("--red-team-states")
    {
        Description = "States that each of them tries, 128 to 1,048,576; 0: 4,096, or as many as a slow reward scores in half a minute.",
    };
    private readonly Option<long> _redTeamSteps = new("--red-team-steps")
    {
        Description = "Also train a policy on each reward for so many steps and search its episodes, e.g. 65536, which takes half a minute "
            + "to minutes for each reward; its run is kept. 0: no policy.",
    };
    private readonly Option<string> _out = new("--out")
    {
        Description = "Folder for data set and report: new or empty. Default: runs/audit-NAME-DATE."
    };
    private readonly Option<string?> _json = new("--json")
    {
        Description = "Also write the figures to FILE; without FILE answer in JSON.",
        Arity = ArgumentArity.ZeroOrOne,
        HelpName = "FILE"
    };

    public Command Build(CommandServices services)
    {
        var command = new Command("audit",
            "Measure rewards on successes, partial successes, stalls, reversals, near misses, look-alikes, other tasks, expert and random "
                + "episodes whose exact truth the simulator knows, without training: rank correlation with time and truth, success AUROC, "
                + "calibrated error, obedience to the sentence, robustness, cost, each with a 95 % interval over trajectories; and how "
                + "well it pays for the worst fraud that a red team finds. Writes a report and, in LeRobot's layout, the trajectories.\n\n"
                + "Example: ./embodied rewards audit --env cartpole --goal \"a pole standing upright on a cart\" --rewards task,vlm "
                + "--out runs/audit --json audit.json");
        foreach (Option option in _run.OfGoal) command.Add(option);
        Option[] own = [_rewards, _episodes, _frames, _size, _redTeam, _redTeamStates, _redTeamSteps, _out, _json];
        foreach (Option option in own) command.Add(option);
        command.SetAction((parsed, _) => RunAsync(parsed, services));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandServices services)
    {
        AuditedReward[] rewards = [.. Rewards(parsed)];
        RunSettings settings = rewards[0].Settings;
        var asked = new AuditSettings
        {
            Episodes = parsed.GetValue(_episodes),
            Frames = parsed.GetValue(_frames),
            Size = parsed.GetValue(_size),
            Seed = settings.Env.Seed,
            RedTeam = RedTeam(parsed),
        };
        services.Error.WriteLine($"Making trajectories in {settings.Env.Name} ...");
        using RewardAudit audit = RewardAudit.Prepare(settings, _run.Folder(parsed), runServices, asked, services.Time, services.Cancel);
        using RunFolder folder = RunFolder.Create(parsed.GetValue(_out), $"audit-{settings.Env.Name}", services.Time);
        AuditReport report = await audit.RunAsync(rewards, services.Error.WriteLine, services.Cancel,
            Path.Combine(folder.Root, FraudFiles.Folder, FraudFiles.Runs));
        services.Error.WriteLine("Writing data set and report ...");
        await AuditDataSet.WriteAsync(folder.Root, audit, report, services.Cancel);
        if (audit.Frames.Drawing is { } drawing) services.TellDrawing(drawing);
        FraudFiles.Write(folder.Root, audit, report);
        AuditPage.Write(folder.Report, audit, report);
        string json = AuditAnswer.Json(report, folder.Root);
        if (parsed.GetResult(_json) is { Implicit: false })
        {
            if (parsed.GetValue(_json) is { } file) AtomicFile.WriteText(file, json);
            else services.Output.Write(json);
        }

        if (parsed.GetResult(_json) is not { Implicit: false } || parsed.GetValue(_json) is not null)
            AuditAnswer.Write(services.Output, report, folder.Root);
        if (report.Rewards.Count > 0) return ExitCode.Done;
        services.Error.WriteLine("No reward was audited: the model of none of them is there.");
        foreach (RewardNotRun missing in report.NotRun) services.Error.WriteLine($"{missing.Reward}: {missing.Reason}");
        return ExitCode.BadInput;
    }

    private RedTeamSettings RedTeam(ParseResult parsed)
    {
        string[] attacks = parsed.GetRequiredValue(_redTeam)
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        foreach (string attack in attacks)
            if (attack is not (Random or Optimizer or None))
                throw new SettingsException("--red-team", [new UnknownNameException("attack", attack, [Random, Optimizer, None]).Message]);
        if (attacks.Length == 0 || (attacks.Contains(None) && attacks.Length > 1))
            throw new SettingsException("--red-team",
                [$"expected {Random}, {Optimizer}, both parted by a comma, or {None}, found '{parsed.GetValue(_redTeam)}'."]);
        return new RedTeamSettings
        {
            Random = attacks.Contains(Random),
            Optimizer = attacks.Contains(Optimizer),
            States = parsed.GetValue(_redTeamStates),
            PolicySteps = parsed.GetValue(_redTeamSteps),
        };
    }

    /// <summary>Each reward with the settings of the run that it would be the reward of.</summary>
    private IEnumerable<AuditedReward> Rewards(ParseResult parsed)
    {
        string[] said = parsed.GetRequiredValue(_rewards)
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (said.Length == 0) throw new SettingsException("--rewards", ["expected one reward at least, found none."]);
        string[] names = Array.ConvertAll(said, NameOf);
        if (names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new SettingsException("--rewards", [$"expected names that differ, found '{twice.Key}' twice."]);
        return said.Select((word, i) => new AuditedReward(names[i], _run.Read(parsed, runServices, [], reward: word)));
    }

    /// <summary>A file's name without its endings; names of rows hold no "/".</summary>
    private static string NameOf(string word)
    {
        string name = Path.GetFileName(word);
        foreach (string ending in new[] { ".json", ".cs", ".reward" })
            if (name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) name = name[..^ending.Length];
        return name;
    }
}
