using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EmbodiedRL.App.Commands;
using EmbodiedRL.App.Reporting;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Benchmarks.RewardComparison;

/// <summary>Trains cells: a run folder each, which goes on where it was interrupted.</summary>
/// <param name="services">Output, clock, cancellation.</param>
/// <param name="runServices">Environments and models.</param>
/// <param name="root">Of the comparison.</param>
/// <param name="pairs">Settings that were said for all runs.</param>
internal sealed class CellRuns(CommandServices services, RunServices runServices, string root,
    IReadOnlyList<KeyValuePair<string, string>> pairs)
{
    private const int CurvePoints = 4; // evaluations of a training, where settings say nothing

    private static readonly string[] OfMachines = ["threads", "device", "env:workers", "agent:device", "reward:device"];

    private static readonly string Environments = Path.Combine(RewardDefinition.Shipped, "environments");

    /// <summary>The run folder of a cell.</summary>
    public string FolderOf(BenchTask task, string reward, ulong seed) => Path.Combine(root, "runs", task.Environment.Replace('/', '-'),
        task.Name, reward, string.Create(CultureInfo.InvariantCulture, $"seed-{seed}"));

    /// <summary>The settings of a cell.</summary>
    /// <exception cref="SettingsException">Lists every violation.</exception>
    public RunSettings SettingsOf(BenchTask task, RewardDefinition reward, ulong seed)
    {
        string file = FileOf(Environments, task);
        RunSettings settings = SettingsReader.Read(new SettingsSources
        {
            File = File.Exists(file) ? file : null,
            Variables = SettingsSources.VariablesOfProcess(),
            CommandLine = [.. Said(task), .. pairs, new("env:seed", seed.ToString(CultureInfo.InvariantCulture))],
            Reward = reward.WriteFor(task, Path.Combine(root, "rewards")),
        }, runServices);
        long every = Math.Max(1, settings.Agent.Steps / CurvePoints);
        return settings.Evaluate.Every == 0 ? settings with { Evaluate = settings.Evaluate with { Every = every } } : settings;
    }

    /// <summary>
    /// What a cell's figures depend on beside its seed and what nobody said, as one number: settings that are said, reward, weights.
    /// </summary>
    public string FingerprintOf(BenchTask task, RewardDefinition reward)
    {
        IEnumerable<string> said =
        [
            .. new[] { FileOf(SettingsReader.DefaultsFolder, task), FileOf(Environments, task) }.Where(File.Exists)
                .Select(File.ReadAllText),
            .. SettingsSources.VariablesOfProcess().Concat(Said(task)).Concat(pairs)
                .Where(pair => !OfMachines.Contains(pair.Key)).Select(pair => $"{pair.Key}={pair.Value}"),
            reward.HashFor(task),
            .. ModelsOf(reward, task)
                .SelectMany(model => Directory.EnumerateFiles(Path.Combine(runServices.Weights, model)).Order(StringComparer.Ordinal))
                .Select(AssetManifest.Sha256Of),
        ];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', said))))[..16];
    }

    private static IEnumerable<KeyValuePair<string, string>> Said(BenchTask task) =>
    [
        new("env:name", task.Environment), new("goal:prompt", task.Goal), new("evaluate:task", task.Name),
        new("goal:untrusted", "true"), // what a refused reward teaches is part of the answer
        new("evaluate:episodes", "30"), new("evaluate:scored", "8"), new("evaluate:taskStart", "false"),
        new("evaluate:baselines", "false"), new("checkpoint:keep", "1"),
    ];

    private static string FileOf(string folder, BenchTask task) => Path.Combine(folder, $"{task.Environment}.json");

    /// <summary>Trains a cell to its end.</summary>
    /// <param name="task">Under which task.</param>
    /// <param name="reward">Under which reward.</param>
    /// <param name="seed">Of all draws.</param>
    /// <exception cref="RunInUseException">Another process trains it.</exception>
    /// <exception cref="OperationCanceledException">Interrupted; the next call goes on.</exception>
    public async Task<RewardCell> TrainAsync(BenchTask task, RewardDefinition reward, ulong seed)
    {
        RunSettings settings = SettingsOf(task, reward, seed);
        string path = FolderOf(task, reward.Name, seed), fingerprint = FingerprintOf(task, reward);
        using TrainingRun run = TrainingRun.Compose(settings, root, runServices, services.Time);
        using RunFolder folder = await OpenAsync(path, run, fingerprint);
        ProgressLine? line = null;
        Trainer trainer = run.CreateTrainer(folder, services.Time, now =>
        {
            line ??= new ProgressLine(services.Error, services.Time, services.IsTerminal, now.Steps, from: now.Step);
            string note = now.Latest?.Success is { } success ? FormattableString.Invariant($"success {success:0.00}") : "";
            if (now.Update < now.Updates) line.Report(now.Step, run.Clock, note);
            else line.Finish(now.Step, run.Clock, note);
        });
        if (trainer.HasCheckpoint) trainer.Resume();
        else trainer.Begin();
        await trainer.RunAsync(services.Cancel);
        return CellOf(task, reward.Name, seed, fingerprint, run, trainer, MetricsTable.Read(folder.Metrics));
    }

    /// <summary>What a reward that learns had learned at the end of a run; null if its folder is gone.</summary>
    public Snapshot? LearnedIn(BenchTask task, string reward, ulong seed)
    {
        string folder = Path.Combine(FolderOf(task, reward, seed), "checkpoints");
        var store = new CheckpointStore(folder, 1, writes: false);
        return Directory.Exists(folder) && store.Updates.Count > 0 ? store.LoadNewest().Snapshot.Section(Trainer.RewardSection) : null;
    }

    /// <summary>Removes the run folder of a cell.</summary>
    public void Forget(BenchTask task, string reward, ulong seed)
    {
        string path = FolderOf(task, reward, seed);
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        while (Path.GetDirectoryName(path) is { } above && above.Length > root.Length && Directory.Exists(above)
            && !Directory.EnumerateFileSystemEntries(above).Any())
            Directory.Delete(path = above);
    }

    private static async Task<RunFolder> OpenAsync(string path, TrainingRun run, string fingerprint)
    {
        string mark = Path.Combine(path, "fingerprint");
        if (File.Exists(mark) && await File.ReadAllTextAsync(mark) != fingerprint) Directory.Delete(path, recursive: true);
        if (File.Exists(Path.Combine(path, "settings.json"))) return RunFolder.OpenToWrite(path);
        RunFolder folder = RunFolder.Create(path);
        SettingsFile.Write(folder.Settings, run.Settings, Versions.OfProcess(), new Dictionary<string, string>());
        AtomicFile.WriteText(mark, fingerprint);
        return folder;
    }

    private static RewardCell CellOf(BenchTask task, string reward, ulong seed, string fingerprint, TrainingRun run, Trainer trainer,
        MetricsTable metrics)
    {
        (EvaluationOutcome before, EvaluationOutcome after) = (trainer.Before!, trainer.Latest!);
        IReadOnlyDictionary<string, double> seconds = run.Clock.Seconds;
        MetricSeries curve = metrics["evaluate/success"];
        SortedDictionary<string, string> versions = Versions.OfProcess();
        return new RewardCell
        {
            Environment = task.Environment,
            Task = task.Name,
            Goal = task.Goal,
            Reward = reward,
            Seed = seed,
            Fingerprint = fingerprint,
            Steps = trainer.Step,
            Success = after.Success!.Value,
            Before = before.Success!.Value,
            Episodes = after.Episodes,
            // what a reward that learns had paid before it knew anything is no number to compare with
            SeenBefore = run.Reward.Terms.All(term => term.Source is not ILearnedReward) ? before.Figures?.Seen?.Mean : null,
            Seen = after.Figures?.Seen?.Mean,
            CurveSteps = [.. curve.Steps],
            CurveSuccess = [.. curve.Values],
            Seconds = seconds.Where(phase => phase.Key is not ("prepare" or "evaluate" or "checkpoint")).Sum(phase => phase.Value),
            ScoreSeconds = seconds.GetValueOrDefault("score"),
            Verdict = run.Assessment.Verdict?.Trust.ToString().ToLowerInvariant() ?? "",
            Agreement = run.Assessment.Agreement,
            Processor = versions.GetValueOrDefault("CPU", ""),
        };
    }

    /// <summary>Models that ship and that the section of a reward names.</summary>
    private IEnumerable<string> ModelsOf(RewardDefinition reward, BenchTask task) =>
        runServices.Models.Names.Concat(runServices.VisualAnswerers.Names)
            .Where(model => reward.NamesModel(task, model) && Directory.Exists(Path.Combine(runServices.Weights, model)));
}
