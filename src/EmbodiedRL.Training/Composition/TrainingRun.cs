using EmbodiedRL.Algorithms;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Demonstrations;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Films;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;
using static TorchSharp.torch;

namespace EmbodiedRL.Training.Composition;

/// <summary>A run, composed from its settings: environment, pixels, model, reward, learner, judge. Owns all of them.</summary>
public sealed class TrainingRun : IDisposable
{
    private readonly RunServices _services;
    private readonly string _folder;
    private readonly EnvironmentFactory _environments;
    private readonly Device _policyDevice, _rewardDevice;
    private readonly Dictionary<string, IImageTextModel> _models = new(StringComparer.Ordinal);
    private readonly LentTextModels _textModels;
    private readonly IVectorEnvironment _environment;
    private RunMetrics? _metrics;
    private readonly RendererPool _renderers = new();
    private EnvironmentSource? _source;
    private IActor? _actor;
    private RewardStack? _reward;
    private IControlAlgorithm? _algorithm;
    private Evaluator? _evaluator;

    private TrainingRun(RunSettings settings, string folder, RunServices services, TimeProvider time)
    {
        (_services, _folder, Clock) = (services, folder, new PhaseClock(time));
        TorchRuntime.EnsureLoaded();
        TorchRuntime.SetThreads(settings.Threads);
        (_policyDevice, _rewardDevice) = (Choose(settings.Agent.Device, "agent"), Choose(settings.Reward.Device, "reward"));
        _textModels = new LentTextModels(services, _rewardDevice, Precisions.Parse(settings.Reward.Precision, "reward:precision"));
        _environments = new EnvironmentFactory(settings.Env, folder, services);
        _environment = _environments.CreateTraining(settings.Env.Count, settings.Env.Workers);
        // a missing one is refused here, with the names there are
        if (settings.Env.Render.Camera.Length > 0) FrameSources.CameraOf(_environment, settings.Env.Render.Camera);
        Settings = Resolve(settings, Info, services);
        Assessment = new GoalAssessment([], "", null, [], []);

        Device Choose(string own, string section) =>
            own.Length > 0 ? TorchRuntime.ParseDevice(own, $"{section}:device") : TorchRuntime.ParseDevice(settings.Device);
    }

    /// <summary>As resolved: what was left to the environment is filled in.</summary>
    public RunSettings Settings { get; }

    /// <summary>The environment's specs, facts and measures.</summary>
    public EnvironmentInfo Info => _environment.Info;

    /// <summary>What can be said of the goal before training.</summary>
    public GoalAssessment Assessment { get; private set; }

    /// <summary>The policy.</summary>
    public IPolicy Policy => _algorithm!;

    /// <summary>The reward.</summary>
    public RewardStack Reward => _reward!;

    /// <summary>Judges success.</summary>
    public Evaluator Evaluator => _evaluator!;

    /// <summary>Where the time goes.</summary>
    public PhaseClock Clock { get; }

    /// <summary>The device that draws; null if nothing is drawn.</summary>
    public DrawingDevice? Drawing => _renderers.First is { } renderer ? new DrawingDevice(renderer.Device, renderer.IsSoftware) : null;

    /// <summary>Composes a run. Nothing is written.</summary>
    /// <param name="settings">Checked.</param>
    /// <param name="folder">Where reward programs and model files are looked for.</param>
    /// <param name="services">Environments and models.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="EmbodiedException">Something that the settings name cannot be made; says what and what to do.</exception>
    public static TrainingRun Compose(RunSettings settings, string folder, RunServices services, TimeProvider time)
    {
        if (settings.Reasoning is not null)
            throw new SettingsException(folder, ["expected a run of bodies, found one that fine-tunes a language model. Its figures are in "
                + "summary.json and report.html; ./embodied ask --model RUN/model asks what it learned, ./embodied resume goes on with "
                + "it."]);
        var run = new TrainingRun(settings, folder, services, time);
        try
        {
            using (run.Clock.Measure("prepare")) run.Prepare();
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    /// <summary>Names of the image-text and vision-language models that it reads.</summary>
    public IReadOnlyCollection<string> Models => [.. _models.Keys, .. _textModels.VisualAnswerers];

    /// <summary>The trainer of this run, writing to its folder.</summary>
    /// <exception cref="RunInUseException">Another process writes there.</exception>
    public Trainer CreateTrainer(RunFolder folder, TimeProvider time, Action<Trainer>? progress)
    {
        folder.Hold();
        _metrics!.Open(folder, time);
        return new Trainer(TrainerSchedule.Of(Settings), new TrainerDependencies
        {
            Source = _source!,
            RowsPerUpdate = _source!.Rows,
            Begin = () => _source.Begin(Settings.Env.Seed),
            Algorithm = _algorithm!,
            Reward = _reward!,
            Evaluation = new PolicyEvaluation(_evaluator!, _algorithm!, Info),
            Checkpoints = new CheckpointStore(folder.Checkpoints, Settings.Checkpoint.Keep),
            Metrics = _metrics,
            Clock = Clock,
            Time = time,
            Progress = progress,
            Recorder = Settings.Record.Every > 0 ? new DemonstrationLogger(this, folder).WriteAsync : null,
        });
    }

    /// <summary>Takes the trained state of a run folder's newest checkpoint, to look at it; nothing is written there.</summary>
    /// <exception cref="AssetMissingException">It has none.</exception>
    /// <exception cref="CorruptFileException">It is damaged; names what to do.</exception>
    public TrainedState Load(RunFolder folder)
    {
        (long update, Snapshot snapshot) = new CheckpointStore(folder.Checkpoints, Settings.Checkpoint.Keep, writes: false).LoadNewest();
        _environment.Load(snapshot.Section(EnvironmentRunner.EnvironmentSection)); // what normalizers have learned is there
        _algorithm!.Load(snapshot.Section(Trainer.AlgorithmSection));
        _reward!.Load(snapshot.Section(Trainer.RewardSection));
        return new TrainedState(update * _algorithm.Spec.RolloutSteps * _environment.Count,
            EvaluationOutcome.Load(snapshot.Section(Trainer.BeforeSection), Info));
    }

    /// <summary>
    /// Begins with what another run has learned: weights and normalizers, and the reward's statistics if it is the same reward.
    /// </summary>
    /// <exception cref="SettingsException">Its shapes are others.</exception>
    internal void Adopt(WarmStart start)
    {
        try
        {
            (_environment as IWarmStart)?.Adopt(start.Snapshot.Section(EnvironmentRunner.EnvironmentSection));
            if (_algorithm is not IWarmStart learner)
                throw new SettingsException("from",
                    [$"expected an algorithm that can begin with another's weights, found '{Settings.Agent.Algorithm}'."]);
            learner.Adopt(start.Snapshot.Section(Trainer.AlgorithmSection));
            if (start.HasRewardOf(Settings)) _reward!.Load(start.Snapshot.Section(Trainer.RewardSection));
        }
        catch (SpecMismatchException other)
        {
            throw new SettingsException("from",
                [$"expected a run with the observations, actions and layers of this one, found another ({other.Message.TrimEnd('.')})."]);
        }
    }

    /// <summary>
    /// Another N environments of the run's kind, to judge or look at: they share what its normalizers
    /// have learned. The caller disposes them.
    /// </summary>
    public IVectorEnvironment CreateEvaluationEnvironments(int count) =>
        _environments.Create(count, Settings.Env.Workers, EnvironmentUse.Evaluation);

    /// <summary>Judges this run's policy as its settings say. The caller disposes it, before the run.</summary>
    /// <param name="seed">Of the starts.</param>
    public Evaluator NewEvaluator(ulong seed)
    {
        EvaluateSettings asked = Settings.Evaluate;
        int scored = Math.Min(asked.Scored, asked.Episodes);
        // may be drawn otherwise than the training's, and so look otherwise
        IVectorEnvironment environments = CreateEvaluationEnvironments(asked.Episodes);
        return new Evaluator(environments, Assessment.JudgedBy, seed)
        {
            PlaysTaskStart = asked.TaskStart,
            Scorer = scored > 0 ? new EpisodeScorer(Reward, _renderers, environments, Settings.Env.Render.Camera, scored) : null,
        };
    }

    /// <summary>How episodes of this run are shown: its policy, camera and starts, judged by the first reward that sees.</summary>
    /// <param name="environments">Environments of <see cref="CreateEvaluationEnvironments"/>. Lent.</param>
    public EpisodeRecording Recording(IVectorEnvironment environments)
    {
        string? camera = Settings.Env.Render.Camera is { Length: > 0 } named ? named : null;
        return new EpisodeRecording(environments, Policy)
        {
            Seed = Rng.For(Settings.Env.Seed, "film").NextBits(),
            Camera = camera,
            RewardCamera = camera,
            Reward = Reward.Terms.Select(term => term.Source).FirstOrDefault(source => source.Spec.Frames is not null),
            Measures = Assessment.JudgedBy,
        };
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        _evaluator?.Dispose();
        _source?.Dispose();
        _actor?.Dispose();
        _algorithm?.Dispose();
        _reward?.Dispose();
        foreach (IImageTextModel model in _models.Values) model.Dispose();
        _textModels.Dispose();
        _renderers.Dispose();
        _environment.Dispose();
        _metrics?.Dispose();
    }

    private static RunSettings Resolve(RunSettings settings, EnvironmentInfo info, RunServices services)
    {
        GoalSettings goal = settings.Goal;
        return SettingsDefaults.Fill(settings, services) with
        {
            Goal = goal with
            {
                Prompt = goal.Prompt.Length > 0 ? goal.Prompt : info.DefaultGoal,
                Baseline = goal.Baseline.Length > 0 ? goal.Baseline : info.Baseline,
            },
        };
    }

    private void Prepare()
    {
        if (Info.Actions.Length == 0)
            throw new SettingsException("settings",
                ["env:mjcf:file: expected a model with actuators, since without any there is nothing to learn, found none in "
                    + $"'{Info.Name}'. It can still be drawn by ./embodied render."]);
        _metrics = new RunMetrics();
        _reward = BuildReward();
        int asked = Settings.Env.Render.Size;
        if (asked > 0 && _reward.Frames.Count > 0 && _reward.Frames.All(spec => spec.Width != asked))
            throw new SettingsException("settings",
                [$"env:render:size: expected {_reward.Frames[0].Width}, which the reward's model reads (or 0, which takes it), found "
                    + $"{asked}."]);

        IGoalReward? seeing = TermPrompts.Readers(_reward).Select(reader => reader.Reward).FirstOrDefault();
        Assessment = seeing is null
            ? GoalAssessment.OfSentence(Info, Settings)
            : GoalAssessment.OfReward(_environment, _renderers, Settings, seeing);
        if (TermPrompts.AskModels(_reward)) Assessment = Assessment.With(CheckReward());
        if (Settings.ShuffleWeights) Assessment = Assessment with { Warnings = [.. Assessment.Warnings, ShuffledWeights.Warning] };

        ulong seed = Settings.Env.Seed;
        _algorithm = _services.Algorithms.Create(Settings.Agent.Algorithm, Settings.Agent.Options,
            new AlgorithmContext(Info, seed, _policyDevice));
        _actor = _algorithm.CreateActor(_environment.Count, ActorMode.Sample, seed);
        _source = new EnvironmentSource(_environment, _actor, _algorithm.Spec.RolloutSteps, new EnvironmentSourceOptions
        {
            Start = Settings.Env.Start,
            Frames = _reward.Frames,
            Camera = Camera,
            Staggered = Settings.Env.Stagger,
        }, _renderers, Clock);
        _evaluator = NewEvaluator(Rng.For(seed, "evaluate").NextBits());
    }

    /// <summary>Another reward of this run's kind, that has seen nothing. The caller disposes it, before the run.</summary>
    internal RewardStack BuildReward()
    {
        RewardContext context = _textModels.LendTo(new RewardContext
        {
            Info = Info,
            Goals = [Settings.Goal.Prompt],
            Baselines = [Settings.Goal.Baseline],
            JudgedBy = GoalAssessment.Judges(Settings, Info),
            Discount = AgentDiscount.Of(Settings, _services),
            Models = Model,
            Folder = _folder,
        });
        return _services.Rewards.Build(Settings.Reward,
            Settings.ShuffleWeights ? context with { VisualAnswerers = ShuffledWeights.Refuse } : context);
    }

    /// <summary>Drawn states as the check scored them; null before it, and where nothing can be said of the reward.</summary>
    internal ScoredStates? Checked { get; private set; }

    /// <summary>
    /// Judges the whole reward, whether it reads the goal or not, in environments and by a stack of its own: the run must not remember.
    /// </summary>
    internal RewardVerdict CheckReward()
    {
        using RewardStack reward = BuildReward();
        if (!RewardCheck.CanJudge(reward)) return RewardCheck.Unknown(reward);
        Checked = ScoreDrawn(reward, sourcesOnly: false, CancellationToken.None);
        return RewardCheck.Judge(reward, Checked, Settings.Goal.Prompt, GoalAssessment.Judges(Settings, Info), CheckSeed);
    }

    /// <summary>Scores the check's states by a reward.</summary>
    internal ScoredStates ScoreDrawn(RewardStack reward, bool sourcesOnly, CancellationToken cancel)
    {
        using IVectorEnvironment drawn =
            new EnvironmentFactory(Settings.Env, _folder, _services)
                .Create(RewardCheck.Rows, Settings.Env.Workers, EnvironmentUse.Training);
        return RewardCheck.ScoreAsync(drawn, _renderers, Settings.Env.Render.Camera, reward, CheckSeed, cancel, sourcesOnly)
            .GetAwaiter().GetResult();
    }

    private ulong CheckSeed => RewardCheck.SeedOf(Settings.Env.Seed);

    private string Camera => Settings.Env.Render.Camera.Length > 0 ? Settings.Env.Render.Camera : Info.Camera;

    private IImageTextModel Model(string name)
    {
        if (_models.TryGetValue(name, out IImageTextModel? known)) return known;
        Precision precision = Precisions.Parse(Settings.Reward.Precision, "reward:precision");
        IImageTextModel model = _models[name] = _services.Model(name, _rewardDevice, precision);
        if (Settings.ShuffleWeights) ShuffledWeights.Apply(model, Settings.Env.Seed);
        return model;
    }
}

/// <summary>What is known of a run whose policy was taken from a checkpoint.</summary>
/// <param name="Step">Environment steps it had been trained for.</param>
/// <param name="Before">How it fared before training.</param>
public sealed record TrainedState(long Step, EvaluationOutcome Before);
