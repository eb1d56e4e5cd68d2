using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Metrics;

namespace EmbodiedRL.Training.Loop;

/// <summary>
/// Batch source of environments: collects rollouts of T steps of N environments by the policy that
/// learns, with the frames that the reward reads.
/// </summary>
/// <remarks>Environment, actor and renderers are lent. Not thread-safe.</remarks>
public sealed class EnvironmentSource : IBatchSource
{
    private const string EpisodesSection = "episodes";

    private readonly EnvironmentRunner _runner;
    private readonly TrajectoryBatch _batch;
    private readonly FrameRecorder _frames;
    private readonly PhaseClock? _clock;
    private readonly double[] _earned; // [T, N], the hand-built reward before any wrapper
    private readonly double[] _terms;
    private readonly double[] _randomized;
    private long _divergencesTold;

    /// <summary>Makes memory for one rollout.</summary>
    /// <param name="environment">Lent.</param>
    /// <param name="actor">Lent.</param>
    /// <param name="steps">T.</param>
    /// <param name="options">Frames, camera, starts.</param>
    /// <param name="renderers">Lent; null where nothing is rendered.</param>
    /// <param name="clock">Receives the time of each phase; null for nobody.</param>
    /// <exception cref="SpecMismatchException">The frames of a rollout are more than this machine holds, or cannot be drawn.</exception>
    public EnvironmentSource(IVectorEnvironment environment, IActor actor, int steps, EnvironmentSourceOptions options,
        RendererPool? renderers = null, PhaseClock? clock = null)
    {
        EnvironmentInfo info = environment.Info;
        (Options, _clock) = (options, clock);
        _runner = new EnvironmentRunner(environment, actor);
        _batch = new TrajectoryBatch(steps, environment.Count, info, options.Frames);
        _frames = new FrameRecorder(environment, _batch, options.Camera, renderers);
        _earned = new double[_batch.Rows];
        _terms = new double[info.RewardTerms.Length];
        _randomized = new double[info.RandomizedParameters.Length];
        Episodes = new EpisodeReturns(environment.Count, options.Staggered ? info.EpisodeSteps : 0);
    }

    /// <summary>Frames, camera, starts.</summary>
    public EnvironmentSourceOptions Options { get; }

    /// <summary>Rows of a batch: T times N.</summary>
    public int Rows => _batch.Rows;

    /// <summary>The last batch; overwritten by the next.</summary>
    public TrajectoryBatch Batch => _batch;

    /// <summary>Episodes that ended because the simulated state diverged.</summary>
    public long Divergences => (_runner.Environment as IDivergenceSource)?.Divergences ?? 0;

    /// <summary>Returns and lengths of the newest episodes.</summary>
    public EpisodeReturns Episodes { get; }

    /// <summary>Starts an episode in every environment.</summary>
    public void Begin(ulong seed) => _runner.Reset(seed, Options.Start);

    /// <inheritdoc/>
    public async ValueTask<RewardBatch> NextAsync(CancellationToken cancel)
    {
        using (_clock?.Measure("simulate")) Collect(cancel);
        using (_batch.FrameBlocks.Count > 0 ? _clock?.Measure("render") : null) await _frames.FinishAsync();
        return _batch;
    }

    /// <summary>Takes the rewards that were learned from into the returns of episodes.</summary>
    /// <param name="rewards">[T, N].</param>
    public void TakeRewards(ReadOnlySpan<float> rewards) => Episodes.Take(_batch.Kinds, _earned, rewards);

    /// <inheritdoc/>
    public void Log(IMetricSink metrics)
    {
        EnvironmentInfo info = _batch.Info;
        metrics.Write("rollout/task-reward", _batch.TaskRewards.Average());
        if (_terms.Length > 1)
            for (int i = 0; i < _terms.Length; i++) metrics.Write($"rollout/task-reward/{info.RewardTerms[i]}", _terms[i] / _batch.Rows);
        for (int i = 0; i < _randomized.Length; i++)
            metrics.Write($"randomize/{info.RandomizedParameters[i].Name}", _randomized[i] / _batch.Rows);
        if (Divergences > _divergencesTold) metrics.Write("rollout/diverged", Divergences - _divergencesTold);
        _divergencesTold = Divergences;
        metrics.Write("rollout/episodes", _batch.Kinds.Count(kind => kind.Ends()));
        Episodes.Write(metrics);
        foreach (SuccessMeasure measure in info.Measures)
        {
            int held = 0;
            for (int row = 0; row < _batch.Rows; row++)
                if (measure.Holds(_batch.States.AsSpan(row * info.State.Length, info.State.Length)) > 0.5f) held++;
            metrics.Write($"measure/{measure.Name}", (double)held / _batch.Rows);
        }
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        _runner.Save(into);
        _batch.Save(into.Section("batch"));
        Episodes.Save(into.Section(EpisodesSection));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _runner.Load(from);
        _batch.Load(from.Section("batch"));
        Episodes.Load(from.Section(EpisodesSection));
        _divergencesTold = Divergences;
    }

    /// <summary>Nothing to release: environment, actor and renderers are lent.</summary>
    public void Dispose()
    {
    }

    private void Collect(CancellationToken cancel)
    {
        Array.Clear(_terms);
        Array.Clear(_randomized);
        StepBuffer buffer = _runner.Buffer;
        for (int step = 0; step < _batch.Steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            _runner.Step();
            _batch.Record(step, _runner.Observations, _runner.Actions, _runner.LogProbabilities, buffer);
            for (int i = 0; i < buffer.Count; i++) _earned[(step * buffer.Count) + i] = buffer.Rewards[i] / buffer.RewardScales[i];
            for (int i = 0; i < buffer.RewardTerms.Length; i++) _terms[i % _terms.Length] += buffer.RewardTerms[i];
            for (int i = 0; i < buffer.RandomizedParameters.Length; i++)
                _randomized[i % _randomized.Length] += buffer.RandomizedParameters[i];
            _frames.Take(step, buffer);
        }
    }
}

/// <summary>How an <see cref="EnvironmentSource"/> collects.</summary>
public sealed record EnvironmentSourceOptions
{
    /// <summary>Where episodes begin.</summary>
    public StartDistribution Start { get; init; } = StartDistribution.WholeRange;

    /// <summary>Which frames the reward reads.</summary>
    public IReadOnlyList<FrameSpec> Frames { get; init; } = [];

    /// <summary>Stands for the empty camera of a frame spec; empty takes the task's own.</summary>
    public string Camera { get; init; } = "";

    /// <summary>
    /// Whether first episodes are cut short so that environments do not end in step: such an episode is left out of the returns.
    /// </summary>
    public bool Staggered { get; init; }
}
