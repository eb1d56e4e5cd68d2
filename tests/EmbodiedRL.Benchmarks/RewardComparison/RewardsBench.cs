using System.CommandLine;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Models;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Benchmarks.RewardComparison;

/// <summary><c>bench rewards</c>: trains the same agent under each reward of each task, and says which rewards are worth it.</summary>
/// <param name="runServices">Environments and models.</param>
internal sealed class RewardsBench(RunServices runServices) : ICommand
{
    private const string All = "all";
    private const int Most = 1000;

    private readonly Option<string[]> _environments = new("--env")
    {
        Description = "Environments, with commas or spaces between.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => ["cartpole"],
    };
    private readonly Option<string[]> _tasks = new("--tasks")
    {
        Description = "Success measures, with commas or spaces between, or all: those that a sentence is known for.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [All],
    };
    private readonly Option<string[]> _rewards = new("--rewards")
    {
        Description = $"Which; the others are compared with the first. Shipped: {string.Join(',', RewardDefinition.Names)}, "
            + $"and on demand {string.Join(',', RewardDefinition.OnDemand)}; or files that "
            + "end in .json, a reward section in which {environment}, {task}, {goal} and {folder} are filled in.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [.. RewardDefinition.Names],
    };
    private readonly Option<int> _seeds = new("--seeds") { Description = "K: seeds 1 to K of each.", DefaultValueFactory = _ => 3 };
    private readonly Option<long?> _steps = new("--steps") { Description = "Environment steps of a run, instead of the settings'." };
    private readonly Option<string[]> _pairs = new("--set") { Description = "Any other setting of all runs, KEY=VALUE." };
    private readonly Option<double> _budget = new("--budget")
    {
        Description = "Hours after which no further run is begun; what is left is run by the same command later.",
        DefaultValueFactory = _ => 24,
        HelpName = "HOURS",
    };
    private readonly Option<bool> _keep = new("--keep-runs") { Description = "Keep run folders, with checkpoints, when runs have ended." };
    private readonly Option<int> _audit = new("--audit-episodes")
    {
        Description = "Trajectories of each kind that rewards are audited on, 2 to 256; 0 audits none.",
        DefaultValueFactory = _ => 4,
    };
    private readonly Option<string> _out = new("--out")
    {
        Description = "Folder of cells.jsonl, cells.csv, audits.jsonl and report.html; what has ended there is not run again.",
        HelpName = "FOLDER",
        DefaultValueFactory = _ => Path.Combine("runs", "rewards"),
    };
    private readonly Option<string?> _json = new("--json") { Description = "Write the figures to this file as well.", HelpName = "FILE" };

    public Command Build(CommandServices services)
    {
        var command = new Command("rewards",
            "Train the same agent with the same seeds and steps under each reward of each task, judge all by the hidden success measure, "
            + "and audit the rewards: success with intervals, sample efficiency, reward hacking, cost, and whether the audit foretold "
            + "it.\n\n"
            + "Resumable run by run: the same command goes on, also beside another process of the same folder. A missing model gives "
            + "\"not run: no model\", and exit code 2.\n\n"
            + "Example: ./embodied bench rewards --env cartpole --tasks all --rewards hand,vlm --seeds 3 --budget 1 --out runs/rewards")
        { _environments, _tasks, _rewards, _seeds, _steps, _pairs, _budget, _keep, _audit, _out, _json };
        command.SetAction((parsed, _) => RunAsync(parsed, services));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CommandServices services)
    {
        var plan = new ComparisonPlan
        {
            Tasks = Tasks(Words(parsed, _environments), Words(parsed, _tasks)),
            Rewards = RewardDefinition.Of(Words(parsed, _rewards)),
            Seeds = Within("--seeds", parsed.GetValue(_seeds), 1, Most),
            AuditEpisodes = parsed.GetValue(_audit) is 0 ? 0 : Within("--audit-episodes", parsed.GetValue(_audit), 2, 256),
            Budget = parsed.GetValue(_budget) is >= 0 and <= 100_000 and double hours ? TimeSpan.FromHours(hours)
                : throw new SettingsException("--budget", [$"expected hours, 0 to 100000, found {parsed.GetValue(_budget)}."]),
            KeepsRuns = parsed.GetValue(_keep),
            Pairs =
            [
                .. SettingPairs.Split(parsed.GetValue(_pairs) ?? []),
                .. parsed.GetValue(_steps) is { } steps ? [new KeyValuePair<string, string>("agent:steps", $"{steps}")]
                    : Array.Empty<KeyValuePair<string, string>>(),
            ],
        };
        string root = parsed.GetRequiredValue(_out), load = Machine.Load();
        Directory.CreateDirectory(root);
        var runs = new ComparisonRuns(services, runServices, root, plan);
        try
        {
            await runs.RunAsync();
        }
        catch (OperationCanceledException)
        {
            services.Error.WriteLine($"\nThe report so far: {runs.Report}. Go on with the same ./embodied bench rewards.");
            throw;
        }

        Comparison comparison = runs.Compared();
        ComparisonAnswer.Write(services.Output, comparison, runs.Missing, runs.Report);
        if (parsed.GetValue(_json) is { } file)
            AtomicFile.WriteText(file, new BenchReport(Machine.Describe(load, ("libtorch", TorchRuntime.Version)),
                ComparisonAnswer.Rows(comparison)).ToJson());
        return runs.LacksModels ? ExitCode.BadInput : ExitCode.Done;
    }

    private BenchTask[] Tasks(string[] environments, string[] names)
    {
        BenchTask[] known = [.. environments.Distinct().SelectMany(environment => BenchTask.Of(environment, runServices))];
        if (names is [All]) return known;
        foreach (string name in names)
            KnownNames.Require($"task of {string.Join(" or ", environments)}", name,
                [.. known.Select(task => task.Name), .. known.Select(task => task.Path)]);
        return [.. known.Where(task => names.Contains(task.Name) || names.Contains(task.Path))];
    }

    private static string[] Words(ParseResult parsed, Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? []).SelectMany(part =>
            part.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    private static int Within(string option, int value, int least, int most) => value >= least && value <= most ? value
        : throw new SettingsException(option, [$"expected {least} to {most}, found {value}."]);
}
