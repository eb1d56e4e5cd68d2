using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;
using static TorchSharp.torch;

namespace EmbodiedRL.Training.Auditing;

/// <summary>A reward to be audited.</summary>
/// <param name="Name">In the answer.</param>
/// <param name="Settings">The run that it is the reward of; all rewards of an audit share environment, goal and device.</param>
public sealed record AuditedReward(string Name, RunSettings Settings);

/// <summary>Audits rewards without training: scores trajectories whose truth the simulator knows, and measures how well.</summary>
/// <remarks>Owns environment, renderers and models. Not thread-safe.</remarks>
public sealed class RewardAudit : IDisposable
{
    private const int Probed = 24; // trajectories that are scored again by other sentences and under other looks

    private static readonly ImageChange[] Changes =
        [ImageChange.CameraShift, ImageChange.BodyColors, ImageChange.Backgrounds, ImageChange.Light];

    private readonly IVectorEnvironment _environment;
    private readonly RunSettings _run;
    private readonly RunServices _services;
    private readonly AuditSettings _settings;
    private readonly TimeProvider _time;
    private readonly string _folder, _baseline;
    private readonly Dictionary<string, IImageTextModel> _models = new(StringComparer.Ordinal);
    private readonly LentTextModels _textModels;
    private readonly AuditFrames _frames;
    private readonly TrajectoryScorer _scorer;
    private readonly IReadOnlyList<AuditTrajectory> _trajectories;
    private readonly int[] _all, _probes, _ends;
    private AssetMissingException? _missing; // a model that is not there

    private RewardAudit(RunSettings run, string folder, RunServices services, AuditSettings settings, TimeProvider time,
        CancellationToken cancel)
    {
        (_run, _folder, _services, _settings, _time) = (run, folder, services, settings, time);
        _textModels = new LentTextModels(services, TorchRuntime.ParseDevice(run.Device));
        _environment = new EnvironmentFactory(run.Env, folder, services).Create(1, 1, EnvironmentUse.Evaluation);
        try
        {
            EnvironmentInfo info = _environment.Info;
            if (info.Scene is null)
                throw new SettingsException("--env", [$"expected an environment with a scene to render, found '{info.Name}'."]);
            string camera = FrameSources.CameraOf(_environment, run.Env.Render.Camera);
            Goal = AuditGoal.Of(info, run.Goal.Prompt.Length > 0 ? run.Goal.Prompt : info.DefaultGoal, run.Evaluate.Task);
            _baseline = run.Goal.Baseline.Length > 0 ? run.Goal.Baseline : info.Baseline;
            _trajectories = new GradedTrajectories(_environment, Goal, settings).Make(cancel);
            _frames = new AuditFrames(info, _trajectories, camera, settings.Seed);
            Camera = camera;
            _scorer = new TrajectoryScorer(info, _trajectories, _frames, time);
            _all = [.. Enumerable.Range(0, _trajectories.Count)];
            int[] fresh = [.. _all.Where(i => !_trajectories[i].Kind.IsCopy())];
            _probes = [.. Enumerable.Range(0, Math.Min(Probed, fresh.Length))
                .Select(i => fresh[(int)((long)i * fresh.Length / Math.Min(Probed, fresh.Length))])];
            _ends = [.. EndsOf()];
        }
        catch
        {
            _frames?.Dispose();
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
    /// <param name="progress">Told which reward is scored; null tells nobody.</param>
    /// <param name="cancel">Stops between two calls of a model.</param>
    public async Task<AuditReport> RunAsync(IReadOnlyList<AuditedReward> rewards, Action<string>? progress, CancellationToken cancel)
    {
        if (_run.Threads > 0) TorchRuntime.SetThreads(_run.Threads);
        var rows = new List<AuditRow>();
        var notRun = new List<RewardNotRun>();
        var scores = new Dictionary<string, double[][]>(StringComparer.Ordinal);
        Dictionary<string, double> references = References();
        foreach (AuditedReward reward in rewards)
        {
            progress?.Invoke(reward.Name);
            try
            {
                _missing = null;
                scores[reward.Name] = await AuditAsync(reward, references, rows, cancel);
            }
            catch (AssetMissingException missing) when (ReferenceEquals(missing, _missing))
            {
                notRun.Add(new RewardNotRun(reward.Name, $"not run: no model. {missing.Message}"));
            }
        }

        return new AuditReport(Info.Name, Goal.Sentence, _settings, rows, notRun)
        {
            Trajectories = _trajectories,
            Scores = scores,
            Asked = Goal,
        };
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        foreach (IImageTextModel model in _models.Values) model.Dispose();
        _textModels.Dispose();
        _frames.Dispose();
        _environment.Dispose();
    }

    /// <summary>For the diagonal: two trajectories of the goal, and those made for each other instruction.</summary>
    private IEnumerable<int> EndsOf() =>
        _all.Where(i => _trajectories[i].Kind == TrajectoryKind.Success).Take(2)
            .Concat(_all.Where(i => _trajectories[i].Kind == TrajectoryKind.OtherTask));

    private async Task<double[][]> AuditAsync(AuditedReward audited, Dictionary<string, double> references, List<AuditRow> rows,
        CancellationToken cancel)
    {
        using RewardStack reward = Build(audited, Goal.Sentence);
        _scorer.ForgetCosts();
        double[][] scores = await _scorer.ScoreAsync(reward, _all, cancel);
        IntervalFigure cost = Bootstrap.Mean([.. _scorer.Costs], _settings.Seed);
        Dictionary<string, IntervalFigure> figures = Measures(scores);
        figures[AuditMetrics.Cost] = cost;
        var notes = new Dictionary<string, string>(StringComparer.Ordinal);
        double[][] probed = [.. _probes.Select(i => scores[i])];
        await ReadAsync(audited, scores, probed, figures, notes, cancel);
        if (reward.Frames.Count == 0) notes[AuditMetrics.Shift] = "it sees no frames";
        else
        {
            var shifted = new List<double[][]>();
            foreach (ImageChange change in Changes) shifted.Add(await _scorer.ScoreAsync(reward, _probes, cancel, change));
            figures[AuditMetrics.Shift] = TrajectoryMeasures.Agreement(probed, shifted, _settings.Seed);
        }

        foreach ((string metric, _) in AuditMetrics.All)
        {
            IntervalFigure figure = figures.GetValueOrDefault(metric, IntervalFigure.None);
            string note = notes.GetValueOrDefault(metric, double.IsNaN(figure.Value) ? Undefined(metric) : "");
            rows.Add(new AuditRow(audited.Name, metric, figure, references.GetValueOrDefault(metric, double.NaN), note));
        }

        return scores;
    }

    private string Undefined(string metric) => metric switch
    {
        AuditMetrics.OrderOnFailure when !_trajectories.Any(IsFailure) => "no trajectory fails",
        _ => "its scores are the same everywhere",
    };

    /// <summary>Asks the reward other sentences; one that scores alike whatever the sentence reads none.</summary>
    private async Task ReadAsync(AuditedReward audited, double[][] scores, double[][] probed, Dictionary<string, IntervalFigure> figures,
        Dictionary<string, string> notes, CancellationToken cancel)
    {
        string[] sentences = [AuditMetrics.Diagonal, AuditMetrics.Negation, AuditMetrics.Paraphrase];
        double[][] ends = new double[Goal.Instructions.Count][];
        ends[0] = [.. _ends.Select(i => EndOf(scores[i]))];
        for (int i = 1; i < ends.Length; i++)
        {
            (double[][]? said, string? refused) = await SayAsync(audited, Goal.Instructions[i].Sentence, _ends, cancel);
            ends[i] = said is null ? [.. _ends.Select(_ => double.NaN)] : [.. said.Select(EndOf)];
            if (refused is not null) notes[AuditMetrics.Diagonal] = refused;
        }

        string? other = Goal.Denial ?? (Goal.Paraphrases is [var first, ..] ? first : null);
        (double[][]? denied, string? reason) = other is null ? (null, null) : await SayAsync(audited, other, _probes, cancel);
        bool isRead = ends.Skip(1).Any(end => !Same(end, ends[0]))
            || (denied is not null && denied.Zip(probed).Any(pair => !Same(pair.First, pair.Second)));
        if (!isRead)
        {
            foreach (string metric in sentences) notes[metric] = "it reads no sentence";
            return;
        }

        if (ends.Length > 1) figures[AuditMetrics.Diagonal] = Diagonal(ends);
        else notes[AuditMetrics.Diagonal] = "the environment knows no other instruction";
        if (Goal.Denial is null) notes[AuditMetrics.Negation] = "no denial of the goal is known";
        else if (denied is null) notes[AuditMetrics.Negation] = reason ?? "";
        else figures[AuditMetrics.Negation] = TrajectoryMeasures.Agreement(probed, [denied], _settings.Seed, sign: -1);
        var reworded = new List<double[][]>();
        foreach (string sentence in Goal.Paraphrases)
            if ((await SayAsync(audited, sentence, _probes, cancel)).Scores is { } said) reworded.Add(said);
        if (reworded.Count == 0) notes[AuditMetrics.Paraphrase] = "no other wording of the goal is known";
        else figures[AuditMetrics.Paraphrase] = TrajectoryMeasures.Agreement(probed, reworded, _settings.Seed);
    }

    /// <summary>Scores by another sentence; null, and why, where the reward cannot take it.</summary>
    private async Task<(double[][]? Scores, string? Refused)> SayAsync(AuditedReward audited, string sentence, int[] rows,
        CancellationToken cancel)
    {
        try
        {
            using RewardStack reward = Build(audited, sentence);
            return (await _scorer.ScoreAsync(reward, rows, cancel), null);
        }
        catch (SettingsException error) // e.g. a model that cannot tell the sentence from the baseline
        {
            return (null, error.Violations[0]);
        }
    }

    private IntervalFigure Diagonal(double[][] ends)
    {
        double[][] truths = [.. Goal.Instructions.Select(instruction => _ends.Select(i =>
            (double)instruction.Truth(_trajectories[i].States.AsSpan(^Info.State.Length..))).ToArray())];
        int[] own = [.. _ends.Select(i => _trajectories[i].Instruction)];
        int[] made = [.. Enumerable.Range(0, ends.Length).Where(own.Contains)]; // an instruction that no state reaches has none
        return TrajectoryMeasures.Diagonal([.. made.Select(i => ends[i])], [.. made.Select(i => truths[i])],
            [.. own.Select(i => Array.IndexOf(made, i))], _settings.Seed);
    }

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
            [AuditMetrics.Reversal] = TrajectoryMeasures.OrderInTime(
                all.Where(pair => pair.Made.Kind == TrajectoryKind.TimeReversed).Select(pair => pair.Scored), seed, sign: -1),
            [AuditMetrics.Still] = TrajectoryMeasures.StillSpread(
                all.Where(pair => pair.Made.Kind == TrajectoryKind.Frozen).Select(pair => pair.Scored), fresh, seed),
        };
    }

    /// <summary>The figures of the goal's truth itself: what a perfect reward would have on these trajectories.</summary>
    private Dictionary<string, double> References()
    {
        double[][] truths = [.. _trajectories.Select(trajectory => trajectory.Truths)];
        var references = Measures(truths).ToDictionary(pair => pair.Key, pair => pair.Value.Value, StringComparer.Ordinal);
        double[][] ends = [.. Goal.Instructions.Select(instruction => _ends.Select(i =>
            (double)instruction.Truth(_trajectories[i].States.AsSpan(^Info.State.Length..))).ToArray())];
        if (ends.Length > 1) references[AuditMetrics.Diagonal] = Diagonal(ends).Value;
        if (Goal.Denial is not null) references[AuditMetrics.Negation] = 1;
        if (Goal.Paraphrases.Count > 0) references[AuditMetrics.Paraphrase] = 1;
        references[AuditMetrics.Shift] = 1;
        return references;
    }

    private static bool IsSuccess(AuditTrajectory trajectory) =>
        !trajectory.Kind.IsCopy() && trajectory.Succeeds && !trajectory.Holds[0];

    private static bool IsFailure(AuditTrajectory trajectory) => !trajectory.Kind.IsCopy() && !trajectory.Succeeds;

    private static double EndOf(double[] scores) =>
        Array.FindLastIndex(scores, double.IsFinite) is >= 0 and int last ? scores[last] : double.NaN;

    private static bool Same(double[] one, double[] other) => one.AsSpan().SequenceEqual(other);

    private RewardStack Build(AuditedReward audited, string goal)
    {
        RewardStackSettings settings = audited.Settings.Reward;
        return _services.Rewards.Build(settings, _textModels.LendTo(new RewardContext
        {
            Info = Info,
            Goals = [goal],
            Baselines = [_baseline],
            Models = name => Model(name, settings),
            Folder = _folder,
            Time = _time,
        }));
    }

    private IImageTextModel Model(string name, RewardStackSettings settings)
    {
        string device = settings.Device.Length > 0 ? settings.Device : _run.Device, key = $"{name}|{device}|{settings.Precision}";
        if (_models.TryGetValue(key, out IImageTextModel? known)) return known;
        try
        {
            Device place =
                settings.Device.Length > 0 ? TorchRuntime.ParseDevice(device, "reward:device") : TorchRuntime.ParseDevice(device);
            return _models[key] = _services.Model(name, place, Precisions.Parse(settings.Precision, "reward:precision"));
        }
        catch (AssetMissingException missing)
        {
            _missing = missing;
            throw;
        }
    }
}
