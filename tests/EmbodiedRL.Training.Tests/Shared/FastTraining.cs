using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests;

/// <summary>A trainer on the smallest environment there is, with its hand-built reward, and a folder that outlives it.</summary>
internal sealed class FastTraining : IDisposable
{
    private readonly FastEnv _environment = new(8);
    private readonly IControlAlgorithm _algorithm;
    private readonly IActor _actor;
    private readonly EnvironmentSource _source;
    private readonly RewardStack _reward;
    private readonly Evaluator _evaluator;
    private readonly RunMetrics _metrics = new();

    public FastTraining(string folder, RunSettings settings, Action<Trainer>? progress = null,
        IReward? reward = null, TimeProvider? time = null)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "settings.json"), "{}");
        Folder = RunFolder.Open(folder);
        _metrics.Open(Folder, TimeProvider.System);
        _algorithm = Algorithms.AlgorithmCatalog.Shipped.Create("ppo", settings.Agent.Options,
            new Algorithms.AlgorithmContext(_environment.Info, settings.Env.Seed));
        var context = new RewardContext
        {
            Info = _environment.Info,
            Goals = ["rest"],
            Baselines = ["a point"],
            Models = name => throw new InvalidOperationException(name),
        };
        _reward = reward is null
            ? Rewards.RewardRegistries.Shipped.Build(settings.Reward, context)
            : new RewardStack([new RewardTerm(reward, [new Rewards.Transforms.Standardize()], 1)], BatchFields.TaskRewards);
        _actor = _algorithm.CreateActor(8, ActorMode.Sample, settings.Env.Seed);
        _source = new EnvironmentSource(_environment, _actor, _algorithm.Spec.RolloutSteps,
            new EnvironmentSourceOptions { Start = settings.Env.Start });
        _evaluator = new Evaluator(new FastEnv(20), ["centered"], 5);
        Trainer = new Trainer(TrainerSchedule.Of(settings), new TrainerDependencies
        {
            Source = _source,
            RowsPerUpdate = _source.Rows,
            Begin = () => _source.Begin(settings.Env.Seed),
            Algorithm = _algorithm,
            Reward = _reward,
            Evaluation = new PolicyEvaluation(_evaluator, _algorithm, _environment.Info),
            Checkpoints = new CheckpointStore(Folder.Checkpoints, settings.Checkpoint.Keep),
            Metrics = _metrics,
            Clock = new PhaseClock(TimeProvider.System),
            Time = time ?? TimeProvider.System,
            Progress = progress,
        });
    }

    /// <summary>40 updates of 128 steps; evaluated every 10th, saved every 5th.</summary>
    public static RunSettings Settings { get; } = new()
    {
        Env = new EnvironmentSettings { Count = 8, Seed = 3 },
        Reward = new RewardStackSettings
        {
            Terms = [new RewardTermSettings
            {
                Name = "task",
                Source = "task",
                Transforms = [new TransformSettings { Name = "standardize" }]
            }],
        },
        Agent = new AgentSettings
        {
            Steps = 40 * 128,
            Options = new PpoOptions { Horizon = 16, Minibatch = 32, HiddenSizes = [16], NormalizeObservations = true }
        },
        Evaluate = new EvaluateSettings { Every = 10 * 128 },
        Checkpoint = new CheckpointSettings { Every = 5 * 128, Keep = 2 },
    };

    public RunFolder Folder { get; }

    public Trainer Trainer { get; }

    /// <summary>Runs until the trainer has done so many updates, then interrupts it as Ctrl-C does.</summary>
    public static async Task RunUntilAsync(string folder, RunSettings settings, long update, bool resume)
    {
        using var interruption = new CancellationTokenSource();
        using var run = new FastTraining(folder, settings, trainer =>
        {
            if (trainer.Update == update) interruption.Cancel();
        });
        if (resume) run.Trainer.Resume();
        else run.Trainer.Begin();
        if (update >= run.Trainer.Updates) await run.Trainer.RunAsync(CancellationToken.None);
        else await Assert.ThrowsAsync<OperationCanceledException>(() => run.Trainer.RunAsync(interruption.Token));
    }

    public void Dispose()
    {
        _metrics.Dispose();
        _evaluator.Dispose();
        _reward.Dispose();
        _source.Dispose();
        _actor.Dispose();
        _algorithm.Dispose();
        _environment.Dispose();
    }
}
