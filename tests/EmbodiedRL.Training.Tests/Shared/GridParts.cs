using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Transforms;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests;

/// <summary>
/// Scores a frame of the grid by what is seen there: the nearer the red square to the green one the better, yellow (both) best.
/// </summary>
/// <remarks>Scores rendered steps alone; the others are left to a transform.</remarks>
internal sealed class NearGreen(int every, string camera = "")
    : Reward(new RewardSpec("near", BatchFields.Frames, -1, 0, new FrameSpec(GridEnv.Side * 4, GridEnv.Side * 4, camera, every)))
{
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        var steps = batch.As<TrajectoryBatch>();
        FrameBlock frames = steps.Frames(Spec.Frames!.Value);
        for (int row = 0; row < batch.Rows; row++)
        {
            int step = row / steps.Count;
            scores.Span[row] = frames.Spec.Renders(step)
                ? ScoreOf(frames.Frame((step / frames.Spec.Every * steps.Count) + (row % steps.Count)), frames.Spec.Width)
                : float.NaN;
        }

        return ValueTask.CompletedTask;
    }

    public static float ScoreOf(ReadOnlySpan<byte> frame, int side)
    {
        (int X, int Y) red = default, green = default;
        for (int y = 0; y < GridEnv.Side; y++)
            for (int x = 0; x < GridEnv.Side; x++)
            {
                int at = ((((y * side / GridEnv.Side) + 1) * side) + (x * side / GridEnv.Side) + 1) * 3;
                if (frame[at] > 200) red = (x, y);
                if (frame[at + 1] > 150) green = (x, y);
            }

        return -(Math.Abs(red.X - green.X) + Math.Abs(red.Y - green.Y)) / (2f * (GridEnv.Side - 1));
    }
}

/// <summary>A trainer on the grid that draws itself, rewarded by its frames, and a folder that outlives it.</summary>
internal sealed class GridTraining : IDisposable
{
    private const int Count = 16;

    private readonly GridEnv _environment;
    private readonly IActor _actor;
    private readonly EnvironmentSource _source;
    private readonly RewardStack _reward;
    private readonly RunMetrics _metrics = new();

    public GridTraining(string folder, long updates, bool seesImages = false, int every = 3, PpoOptions? agent = null,
        Action<Trainer>? progress = null)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "settings.json"), "{}");
        _environment = new GridEnv(Count, seesImages);
        agent ??= seesImages
            ? new PpoOptions { Horizon = 8, Minibatch = 64, Epochs = 1, Features = 16 }
            : new PpoOptions { Horizon = 32, Minibatch = 128, Epochs = 4, LearningRate = 2e-3, HiddenSizes = [32], Entropy = 0.01f };
        Settings = new RunSettings
        {
            Env = new EnvironmentSettings { Count = Count, Seed = 5 },
            Agent = new AgentSettings { Steps = updates * Count * agent.Horizon, Options = agent },
            Evaluate = new EvaluateSettings { Every = 0 },
            Checkpoint = new CheckpointSettings { Every = Count * agent.Horizon, Keep = 2 },
        };
        Algorithm = Algorithms.AlgorithmCatalog.Shipped.Create("ppo", agent, new Algorithms.AlgorithmContext(_environment.Info, 5));
        _reward = new RewardStack([new RewardTerm(new NearGreen(every), [new Hold()], 1)],
            BatchFields.Frames | BatchFields.States | BatchFields.Observations);
        _actor = Algorithm.CreateActor(Count, ActorMode.Sample, 5);
        _source = new EnvironmentSource(_environment, _actor, agent.Horizon, new EnvironmentSourceOptions { Frames = _reward.Frames });
        var judged = new GridEnv(32, seesImages);
        Evaluator = new Evaluator(judged, ["arrived"], 9) { Scorer = new EpisodeScorer(_reward, Renderers, judged, "", 8) };
        var run = RunFolder.Open(folder);
        _metrics.Open(run, TimeProvider.System);
        Trainer = new Trainer(TrainerSchedule.Of(Settings), new TrainerDependencies
        {
            Source = _source,
            RowsPerUpdate = _source.Rows,
            Begin = () => _source.Begin(5),
            Algorithm = Algorithm,
            Reward = _reward,
            Evaluation = new PolicyEvaluation(Evaluator, Algorithm, _environment.Info),
            Checkpoints = new CheckpointStore(run.Checkpoints, 2),
            Metrics = _metrics,
            Clock = new PhaseClock(TimeProvider.System),
            Progress = progress,
        });
    }

    public RunSettings Settings { get; }

    public Trainer Trainer { get; }

    public IControlAlgorithm Algorithm { get; }

    public Evaluator Evaluator { get; }

    /// <summary>Nothing is ever rendered: it must stay empty.</summary>
    public RendererPool Renderers { get; } = new();

    /// <summary>Runs until so many updates are done, then interrupts it as Ctrl-C does.</summary>
    public static async Task RunUntilAsync(string folder, long updates, bool seesImages, long update, bool resume)
    {
        using var interruption = new CancellationTokenSource();
        using var run = new GridTraining(folder, updates, seesImages, progress: trainer =>
        {
            if (trainer.Update == update) interruption.Cancel();
        });
        if (resume) run.Trainer.Resume();
        else run.Trainer.Begin();
        if (update >= updates) await run.Trainer.RunAsync(CancellationToken.None);
        else await Assert.ThrowsAsync<OperationCanceledException>(() => run.Trainer.RunAsync(interruption.Token));
    }

    public void Dispose()
    {
        _metrics.Dispose();
        Evaluator.Dispose();
        _reward.Dispose();
        _source.Dispose();
        _actor.Dispose();
        Algorithm.Dispose();
        _environment.Dispose();
        Renderers.Dispose();
    }
}
