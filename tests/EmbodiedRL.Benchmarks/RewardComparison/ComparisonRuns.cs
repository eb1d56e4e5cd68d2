using EmbodiedRL.App.Commands;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Auditing;
using EmbodiedRL.Training.Auditing.RedTeam;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Benchmarks.RewardComparison;

/// <summary>Runs what is not there yet, seed by seed, so that every reward has a first run before any has a second; then audits.</summary>
/// <param name="services">Output, clock, cancellation.</param>
/// <param name="runServices">Environments and models.</param>
/// <param name="root">Folder of the comparison, which exists.</param>
/// <param name="plan">What is compared.</param>
internal sealed class ComparisonRuns(CommandServices services, RunServices runServices, string root, ComparisonPlan plan)
{
    private const string NoModel = "not run: no model", NotYet = "not run yet";
    private const ulong AuditedSeed = 1;

    private readonly CellRuns _runs = new(services, runServices, root, plan.Pairs);
    private readonly Ledger<RewardCell> _cells = new(Path.Combine(root, "cells.jsonl"));
    private readonly Ledger<AuditFigure> _audits = new(Path.Combine(root, "audits.jsonl"));
    private readonly Dictionary<string, string> _unable = new(StringComparer.Ordinal); // TASK/REWARD to the reason
    private readonly Dictionary<(string Task, string Reward), string> _fingerprints = [];

    /// <summary>The page.</summary>
    public string Report => Path.Combine(root, "report.html");

    /// <summary>Whether a model that a reward names is not on this machine.</summary>
    public bool LacksModels { get; private set; }

    /// <summary>Cells that have not been run, <c>ENVIRONMENT/TASK/REWARD/seed-K</c>, and why.</summary>
    public IReadOnlyDictionary<string, string> Missing
    {
        get
        {
            IReadOnlyList<RewardCell> done = Ended();
            var missing = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach ((BenchTask task, RewardDefinition reward, ulong seed) in Cells())
            {
                if (done.Any(cell => cell.Is(task, reward.Name, seed))) continue;
                bool isUnable = _unable.TryGetValue($"{task.Path}/{reward.Name}", out string? reason);
                missing[isUnable ? $"{task.Path}/{reward.Name}" : $"{task.Path}/{reward.Name}/seed-{seed}"] = reason ?? NotYet;
            }

            return missing;
        }
    }

    /// <summary>Runs until all is there or the budget is spent.</summary>
    /// <exception cref="OperationCanceledException">Interrupted; the same call goes on.</exception>
    public async Task RunAsync()
    {
        long started = services.Time.GetTimestamp();
        foreach ((BenchTask task, RewardDefinition reward) in plan.Tasks.SelectMany(task => plan.Rewards.Select(reward => (task, reward))))
        {
            if (reward.MissingFor(task) is { } file) _unable[$"{task.Path}/{reward.Name}"] = $"not run: no file {file}";
            else
            {
                _runs.SettingsOf(task, reward, AuditedSeed); // what is wrong with any is said before the first run
                _fingerprints[(task.Path, reward.Name)] = _runs.FingerprintOf(task, reward);
            }
        }

        RequireSame();
        plan.Write(root, _fingerprints.ToDictionary(pair => $"{pair.Key.Task}/{pair.Key.Reward}", pair => pair.Value));
        foreach ((BenchTask task, RewardDefinition reward, ulong seed) in Cells())
        {
            if (services.Time.GetElapsedTime(started) >= plan.Budget) break;
            await RunAsync(task, reward, seed);
            if (seed == AuditedSeed && reward == plan.Rewards[^1]) await JudgeAsync(task);
        }

        foreach (BenchTask task in plan.Tasks)
        {
            if (services.Time.GetElapsedTime(started) >= plan.Budget) break;
            await JudgeAsync(task);
        }

        Publish();
    }

    /// <summary>What has ended, compared.</summary>
    public Comparison Compared() => new(plan.Tasks, [.. plan.Rewards.Select(reward => reward.Name)], Ended(), Audited());

    private IEnumerable<(BenchTask Task, RewardDefinition Reward, ulong Seed)> Cells() =>
        from seed in Enumerable.Range(1, plan.Seeds)
        from task in plan.Tasks
        from reward in plan.Rewards
        select (task, reward, (ulong)seed);

    private async Task RunAsync(BenchTask task, RewardDefinition reward, ulong seed)
    {
        if (_unable.ContainsKey($"{task.Path}/{reward.Name}") || Ended().Any(cell => cell.Is(task, reward.Name, seed))) return;
        services.Error.WriteLine($"{task.Path} under {reward.Name}, seed {seed}:");
        try
        {
            RewardCell cell = await _runs.TrainAsync(task, reward, seed);
            _cells.Append([cell]);
            services.Error.WriteLine(ComparisonWords.Text($"  success {cell.Success:0.00}, before {cell.Before:0.00}; {cell.Seconds:0} s"));
        }
        catch (AssetMissingException missing)
        {
            (_unable[$"{task.Path}/{reward.Name}"], LacksModels) = ($"{NoModel}. {missing.Message}", true);
            services.Error.WriteLine($"  {NoModel}. {missing.Message}");
            return;
        }
        catch (RunInUseException)
        {
            services.Error.WriteLine("  run by another process");
            return;
        }

        if (!plan.KeepsRuns && (seed != AuditedSeed || plan.AuditEpisodes == 0)) _runs.Forget(task, reward.Name, seed);
        Publish();
    }

    /// <summary>What can be said of the rewards of a task beside their runs, where it was not said yet.</summary>
    private async Task JudgeAsync(BenchTask task)
    {
        if (plan.AuditEpisodes == 0) return;
        string folder = Path.Combine(root, "runs", task.Environment.Replace('/', '-'), task.Name);
        Directory.CreateDirectory(folder);
        RunLock held;
        try
        {
            held = RunLock.Take(folder);
        }
        catch (RunInUseException)
        {
            return; // another process audits it
        }

        using (held)
        {
            await PreflightAsync(task);
            await AuditAsync(task);
        }

        Publish();
    }

    private async Task PreflightAsync(BenchTask task)
    {
        foreach (RewardDefinition reward in Unjudged(task, metric => metric == TaskPreflight.Metric))
        {
            services.Error.WriteLine($"{task.Path}: pre-flight of {reward.Name} ...");
            _audits.Append([await new TaskPreflight(services, runServices, root).RunAsync(task, reward.Name,
                _runs.SettingsOf(task, reward, AuditedSeed), _fingerprints[(task.Path, reward.Name)])]);
        }
    }

    private IEnumerable<RewardDefinition> Able(BenchTask task) =>
        plan.Rewards.Where(reward => !_unable.ContainsKey($"{task.Path}/{reward.Name}"));

    private RewardDefinition[] Unjudged(BenchTask task, Func<string, bool> isMeant)
    {
        IReadOnlyList<AuditFigure> known = Audited();
        return [.. Able(task).Where(reward => !known.Any(figure =>
            figure.TaskPath == task.Path && figure.Reward == reward.Name && isMeant(figure.Metric)))];
    }

    /// <summary>Audits the rewards of a task, once each has its first run.</summary>
    private async Task AuditAsync(BenchTask task)
    {
        IReadOnlyList<RewardCell> cells = Ended();
        RewardDefinition[] open = Unjudged(task, metric => metric != TaskPreflight.Metric);
        if (open.Length == 0 || !Able(task).All(reward => cells.Any(cell => cell.Is(task, reward.Name, AuditedSeed)))) return;
        services.Error.WriteLine($"{task.Path}: auditing {string.Join(", ", open.Select(reward => reward.Name))} ...");
        var audited = new List<(string, RunSettings, Snapshot?, string)>();
        foreach (RewardDefinition reward in open)
            audited.Add((reward.Name, _runs.SettingsOf(task, reward, AuditedSeed), _runs.LearnedIn(task, reward.Name, AuditedSeed),
                _fingerprints[(task.Path, reward.Name)]));
        try
        {
            _audits.Append(await new TaskAudit(services, runServices, root).RunAsync(task, audited, new AuditSettings
            {
                Episodes = plan.AuditEpisodes,
                RedTeam = new RedTeamSettings { Random = false, Optimizer = false }, // by hand, with rewards audit
            }));
        }
        catch (SettingsException error)
        {
            services.Error.WriteLine($"  not audited: {error.Message}"); // e.g. a goal that no sampled state fulfills
        }

        if (!plan.KeepsRuns)
            foreach (RewardDefinition reward in open) _runs.Forget(task, reward.Name, AuditedSeed);
    }

    /// <summary>Two processes may have run the same cell, with the same outcome.</summary>
    private IReadOnlyList<RewardCell> Ended() =>
        [.. _cells.Read().DistinctBy(cell => (cell.TaskPath, cell.Reward, cell.Seed))];

    private IReadOnlyList<AuditFigure> Audited() => _audits.Read();

    private void Publish()
    {
        CellTable.Write(Path.Combine(root, "cells.csv"), Ended());
        ComparisonPage.Write(Report, Compared(), Missing);
    }

    /// <summary>Refuses to put runs of other settings, rewards or weights beside these.</summary>
    /// <exception cref="SettingsException">The folder holds some.</exception>
    private void RequireSame()
    {
        foreach (RewardCell cell in Ended())
            if (_fingerprints.TryGetValue((cell.TaskPath, cell.Reward), out string? now) && now != cell.Fingerprint)
                throw new SettingsException("--out", [$"expected '{root}' to hold runs of the settings, rewards and weights asked for, "
                    + $"found other ones of {cell.TaskPath} under {cell.Reward}. Name another folder, or remove their lines from "
                    + "cells.jsonl."]);
    }
}
