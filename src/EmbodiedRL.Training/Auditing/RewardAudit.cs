using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Training.Auditing.RedTeam;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Auditing;

/// <summary>A reward to be audited.</summary>
/// <param name="Name">In the answer.</param>
/// <param name="Settings">The run that it is the reward of; all rewards of an audit share environment, goal and device.</param>
public sealed record AuditedReward(string Name, RunSettings Settings)
{
    /// <summary>What a reward that learns had learned, as a checkpoint holds it; null for one that has learned nothing.</summary>
    public Snapshot? State { get; init; }
}

/// <summary>
/// Audits rewards without training: scores trajectories whose truth the simulator knows, measures how well, and looks for frauds.
/// </summary>
/// <remarks>Owns environment, renderers and models. Not thread-safe.</remarks>
public sealed class RewardAudit : IDisposable
{
    private const int Probed = 24; // trajectories that are scored again by other sentences and under other looks

    private static readonly ImageChange[] Changes =
        [ImageChange.CameraShift, ImageChange.BodyColors, ImageChange.Backgrounds, ImageChange.Light];

    private readonly EnvironmentFactory _environments;
    private readonly IVectorEnvironment _environment;
    private readonly RunSettings _run;
    private readonly RunServices _services;
    private readonly AuditSettings _settings;
    private readonly TimeProvider _time;
    private readonly string _folder;
    private readonly AuditRewards _rewards;
    private readonly RendererPool _renderers = new();
    private readonly AuditFrames _frames;
    private readonly TrajectoryScorer _scorer;
    private readonly SentenceReading _reading;
    private readonly IReadOnlyList<AuditTrajectory> _trajectories;
    private readonly int[] _all, _probes;

    private RewardAudit(RunSettings run, string folder, RunServices services, AuditSettings settings, TimeProvider time,
        CancellationToken cancel)
    {
        (_run, _folder, _services, _settings, _time) = (run, folder, services, settings, time);
        _environments = new EnvironmentFactory(run.Env, folder, services);
        _environment = _environments.Create(1, 1, EnvironmentUse.Evaluation);
        try
        {
            EnvironmentInfo info = _environment.Info;
            if (info.Scene is null)
                throw new SettingsException("--env", [$"expected an environment with a scene to render, found '{info.Name}'."]);
            Camera = FrameSources.CameraOf(_environment, run.Env.Render.Camera);
            Goal = AuditGoal.Of(info, run.Goal.Prompt.Length > 0 ? run.Goal.Prompt : info.DefaultGoal, run.Evaluate.Task);
            string baseline = run.Goal.Baseline.Length > 0 ? run.Goal.Baseline : info.Baseline;
            _rewards = new AuditRewards(info, run, baseline, [.. Goal.Measures], folder, services, time);
            _trajectories = new GradedTrajectories(_environment, Goal, settings).Make(cancel);
            _frames = new AuditFrames(info, _trajectories, Camera, settings.Seed, _renderers);
            _scorer = new TrajectoryScorer(info, _trajectories, _frames, time);
            _all = [.. Enumerable.Range(0, _trajectories.Count)];
            int[] fresh = [.. _all.Where(i => !_trajectories[i].Kind.IsCopy())];
            _probes = [.. Enumerable.Range(0, Math.Min(Probed, fresh.Length))
                .Select(i => fresh[(int)((long)i * fresh.Length / Math.Min(Probed, fresh.Length))])];
            _reading = new SentenceReading(Goal, _trajectories, info.State.Length, _probes, settings.Seed);
        }
        catch
        {
            _environment.Dispose();
            throw;
        }
    }

    /// <summary>What is asked for.</summary>
    public AuditGoal Goal { get; }

    /// <summary>The environment's specs.</summary>
    public EnvironmentInfo Info => _environment.Info;

    /// <summary>What the data set's videos, and rewards that name no camera, look through.</summary>
    public string Camera { get; }

    /// <summary>The trajectories, of all kinds.</summary>
    public IReadOnlyList<AuditTrajectory> Trajectories => _trajectories;

    internal AuditFrames Frames => _frames;

    /// <summary>uint8 [T, size, size, 3], the frames of any trajectory, also of one that is not among the audit's.</summary>
    /// <param name="shown">Of this environment.</param>
    /// <param name="spec">Size and camera; a square.</param>
    internal byte[] Draw(AuditTrajectory shown, Core.Specs.FrameSpec spec) =>
        new AuditFrames(Info, [shown], Camera, _settings.Seed, _renderers).Of(0, spec);

    /// <summary>Makes the trajectories.</summary>
    /// <param name="run">Environment, goal and <c>evaluate:task</c> are read.</param>
    /// <param name="folder">That paths in the settings are relative to.</param>
    /// <param name="services">Environments, rewards and models.</param>
    /// <param name="settings">How much is looked at.</param>
    /// <param name="time">The clock that costs are measured by.</param>
    /// <param name="cancel">Stops between two trajectories.</param>
    /// <exception cref="SettingsException">Nobody knows how true the goal is, or it is never or always fulfilled.</exception>
    public static RewardAudit Prepare(RunSettings run, string folder, RunServices services, AuditSettings settings, TimeProvider time,
        CancellationToken cancel)
    {
        string[] violations = [.. SettingRanges.Violations(settings)];
        return violations.Length > 0
            ? throw new SettingsException("audit", violations)
            : new RewardAudit(run, folder, services, settings, time, cancel);
    }

    /// <summary>Audits rewards, one after the other.</summary>
    /// <param name="rewards">Names must differ.</param>
    /// <param name="progress">Told in a sentence what is done; null tells nobody.</param>
    /// <param name="cancel">Stops between two calls of a model.</param>
    /// <param name="runs">Folder that runs of trained attackers are kept in, one by the name of each reward; null keeps none.</param>
    public async Task<AuditReport> RunAsync(IReadOnlyList<AuditedReward> rewards, Action<string>? progress, CancellationToken cancel,
        string? runs = null)
    {
        if (_run.Threads > 0) TorchRuntime.SetThreads(_run.Threads);
        var rows = new List<AuditRow>();
        var notRun = new List<RewardNotRun>();
        var attacks = new List<AttackOutcome>();
        var scores = new Dictionary<string, double[][]>(StringComparer.Ordinal);
        using FraudSearch? search = _settings.RedTeam.IsAsked ? new FraudSearch(_environments.Create(FraudSearch.Rows, _run.Env.Workers,
            EnvironmentUse.Evaluation), Goal, Camera, _renderers, _settings, _time) : null;
        using IVectorEnvironment walked = _environments.Create(SimulatedWalks.Rows, _run.Env.Workers, EnvironmentUse.Evaluation);
        var walks = new SimulatedWalks(walked, _renderers, Camera, Goal.Instructions[0].Truth);
        var policies = new PolicyAttack(_folder, _services, _time, runs);
        foreach (AuditedReward reward in rewards) RefuseEarly(reward);
        Dictionary<string, double> references = await ReferencesAsync(search, cancel);
        foreach (AuditedReward reward in rewards)
        {
            try
            {
                progress?.Invoke($"Scoring {_trajectories.Count} trajectories by '{reward.Name}' ...");
                using RewardStack stack = _rewards.Build(reward, Goal.Sentence);
                double[][] scored = await _scorer.ScoreAsync(stack, _all, cancel);
                double cost = _scorer.Costs.Average();
                var figures = new FigureTable(Measures(scored))
                {
                    [AuditMetrics.Cost] = Bootstrap.Mean([.. _scorer.Costs], _settings.Seed)
                };
                await _reading.MeasureAsync(goal => _rewards.Build(reward, goal), _scorer, scored, figures, cancel);
                await ShiftAsync(stack, scored, figures, cancel);
                figures[AuditMetrics.Starc] = await walks.DistanceAsync(stack, _settings.Seed, cancel);
                if (search is null) figures.Notes[AuditMetrics.Fraud] = "not asked for";
                else attacks.AddRange(await AttackAsync(search, policies, reward, stack, scored, cost, figures, progress, cancel));
                rows.AddRange(figures.Rows(reward.Name, references, Undefined));
                scores[reward.Name] = scored;
            }
            catch (AssetMissingException missing) when (ReferenceEquals(missing, _rewards.Missing))
            {
                notRun.Add(new RewardNotRun(reward.Name, $"not run: no model. {missing.Message}"));
            }
            finally
            {
                _scorer.ForgetCosts();
            }
        }

        return new AuditReport(Info.Name, Goal.Sentence, _settings, rows, notRun)
        {
            Trajectories = _trajectories,
            Scores = scores,
            Asked = Goal,
            Attacks = attacks,
        };
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        _rewards.Dispose();
        _renderers.Dispose();
        _environment.Dispose();
    }

    /// <summary>Throws now what would be wrong with a reward when its turn comes; that its model is not there is told then.</summary>
    private void RefuseEarly(AuditedReward reward)
    {
        try
        {
            _rewards.Build(reward, Goal.Sentence).Dispose();
        }
        catch (AssetMissingException missing) when (ReferenceEquals(missing, _rewards.Missing))
        {
        }
    }

    private async Task<IReadOnlyList<AttackOutcome>> AttackAsync(FraudSearch search, PolicyAttack policies, AuditedReward reward,
        RewardStack stack, double[][] scored, double cost, FigureTable figures, Action<string>? progress, CancellationToken cancel)
    {
        if (!stack.Terms.Any(term => term.Source.IsCheckable))
        {
            figures.Notes[AuditMetrics.Fraud] = "it learns in the run or pays for novelty";
            return [];
        }

        RewardLevels? levels = RewardLevels.Of(_trajectories, scored);
        if (levels is null) return [];
        progress?.Invoke($"Looking for frauds of '{reward.Name}' ...");
        var outcomes = new List<AttackOutcome>(await search.AttackAsync(reward.Name, stack, levels, cost, cancel));
        if (_settings.RedTeam.PolicySteps > 0)
        {
            progress?.Invoke($"Training a policy on '{reward.Name}' for {_settings.RedTeam.PolicySteps:N0} steps ...");
            outcomes.Add(await search.AttackAsync(reward, stack, levels, policies, cancel));
        }

        if (outcomes.MaxBy(outcome => outcome.Share.Value) is { } strongest)
        {
            figures[AuditMetrics.Fraud] = strongest.Share;
            figures.Notes[AuditMetrics.Fraud] =
                levels.Success > levels.Failure ? strongest.Note : $"it pays successes no more than failures; {strongest.Note}";
        }

        return outcomes;
    }

    private async Task ShiftAsync(RewardStack reward, double[][] scores, FigureTable figures, CancellationToken cancel)
    {
        if (reward.Frames.Count == 0)
        {
            figures.Notes[AuditMetrics.Shift] = "it sees no frames";
            return;
        }

        var shifted = new List<double[][]>();
        foreach (ImageChange change in Changes) shifted.Add(await _scorer.ScoreAsync(reward, _probes, cancel, change));
        figures[AuditMetrics.Shift] = TrajectoryMeasures.Agreement([.. _probes.Select(i => scores[i])], shifted, _settings.Seed);
    }

    private string Undefined(string metric) => metric switch
    {
        AuditMetrics.OrderOnFailure when !_trajectories.Any(IsFailure) => "no trajectory fails",
        AuditMetrics.Starc => "random actions do not change the goal's truth within half a second",
        _ => "its scores are the same everywhere",
    };

    private Dictionary<string, IntervalFigure> Measures(double[][] scores)
    {
        ulong seed = _settings.Seed;
        (AuditTrajectory Made, ScoredTrajectory Scored)[] all = [.. _trajectories.Zip(scores,
            (made, scored) => (made, new ScoredTrajectory(made.Succeeds, made.Truths, scored)))];
        ScoredTrajectory[] fresh = [.. all.Where(pair => !pair.Made.Kind.IsCopy()).Select(pair => pair.Scored)];
        return new Dictionary<string, IntervalFigure>(StringComparer.Ordinal)
        {
            [AuditMetrics.OrderOnSuccess] =
                TrajectoryMeasures.OrderInTime(all.Where(pair => IsSuccess(pair.Made)).Select(pair => pair.Scored), seed),
            [AuditMetrics.OrderOnFailure] =
                TrajectoryMeasures.OrderInTime(all.Where(pair => IsFailure(pair.Made)).Select(pair => pair.Scored), seed),
            [AuditMetrics.Kendall] = TrajectoryMeasures.Kendall(fresh, seed),
            [AuditMetrics.Auroc] = TrajectoryMeasures.SuccessAuroc(fresh, seed),
            [AuditMetrics.Error] = TrajectoryMeasures.CalibratedError(fresh, seed),
            [AuditMetrics.Epic] = TrajectoryMeasures.EpicDistance(fresh, seed),
            [AuditMetrics.Reversal] = TrajectoryMeasures.OrderInTime(
                all.Where(pair => pair.Made.Kind == TrajectoryKind.TimeReversed).Select(pair => pair.Scored), seed, sign: -1),
            [AuditMetrics.Still] = TrajectoryMeasures.StillSpread(
                all.Where(pair => pair.Made.Kind == TrajectoryKind.Frozen).Select(pair => pair.Scored), fresh, seed),
        };
    }

    /// <summary>The figures of the goal's truth itself: what a perfect reward would have on these trajectories.</summary>
    private async Task<Dictionary<string, double>> ReferencesAsync(FraudSearch? search, CancellationToken cancel)
    {
        double[][] truths = [.. _trajectories.Select(trajectory => trajectory.Truths)];
        var references = Measures(truths).ToDictionary(pair => pair.Key, pair => pair.Value.Value, StringComparer.Ordinal);
        if (_reading.DiagonalOfTruth is var diagonal && !double.IsNaN(diagonal)) references[AuditMetrics.Diagonal] = diagonal;
        if (Goal.Denial is not null) references[AuditMetrics.Negation] = 1;
        if (Goal.Paraphrases.Count > 0) references[AuditMetrics.Paraphrase] = 1;
        references[AuditMetrics.Shift] = 1;
        references[AuditMetrics.Starc] = 0;
        if (search is null || RewardLevels.Of(_trajectories, truths) is not { } levels) return references;
        using RewardStack truth = TruthReward.StackOf(Goal);
        IReadOnlyList<AttackOutcome> outcomes = await search.AttackAsync("truth", truth, levels, cost: 0, cancel);
        if (outcomes.Count > 0) references[AuditMetrics.Fraud] = outcomes.Max(outcome => outcome.Share.Value);
        return references;
    }

    private static bool IsSuccess(AuditTrajectory trajectory) =>
        !trajectory.Kind.IsCopy() && trajectory.Succeeds && !trajectory.Holds[0];

    private static bool IsFailure(AuditTrajectory trajectory) => !trajectory.Kind.IsCopy() && !trajectory.Succeeds;
}
