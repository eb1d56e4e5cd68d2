using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Loop;

/// <summary>The whole loop: act, look, score, learn, and now and then judge and put away.</summary>
/// <remarks>
/// A run that was put away after update k and goes on is bit-equal to one that never stopped: everything a later number depends on is in
/// the checkpoint, and nothing else is asked. Not thread-safe.
/// </remarks>
public sealed class Trainer : ISnapshot
{
    internal const string EnvironmentSection = "environment", AlgorithmSection = "algorithm", RewardSection = "reward", BeforeSection = "before", EpisodesSection = "episodes";

    private readonly RunSettings _settings;
    private readonly TrainerDependencies _parts;
    private readonly StepBuffer _buffer;
    private readonly TrajectoryBatch _batch;
    private readonly float[] _observations;
    private readonly float[] _actions;
    private readonly float[] _logProbabilities;
    private readonly float[] _rewards;
    private readonly RolloutCamera? _camera;
    private readonly double[] _earned; // [T, N], the hand-built reward before any wrapper
    private readonly double[] _terms;
    private readonly double[] _draws;
    private long _divergencesTold;

    /// <summary>Makes memory for one rollout.</summary>
    /// <exception cref="SpecMismatchException">The reward reads frames and there is no renderer of their size.</exception>
    public Trainer(RunSettings settings, TrainerDependencies parts)
    {
        (_settings, _parts) = (settings, parts);
        EnvironmentInfo info = parts.Environment.Info;
        int count = parts.Environment.Count, horizon = parts.Algorithm.Horizon, frameSize = parts.Reward.Spec.FrameSize;
        if (frameSize > 0 && parts.Renderer?.Size != frameSize)
            throw new SpecMismatchException("frames that the reward reads", $"a renderer of {frameSize} pixels", parts.Renderer is null ? "none" : $"one of {parts.Renderer.Size}");
        _buffer = new StepBuffer(count, info);
        _batch = new TrajectoryBatch(horizon, count, info, frameSize);
        _observations = new float[_buffer.Observations.Length];
        _actions = new float[count * info.Actions.Length];
        _logProbabilities = new float[count];
        _rewards = new float[_batch.Rows];
        _earned = new double[_batch.Rows];
        Episodes = new EpisodeReturns(count, settings.Env.Stagger ? info.EpisodeSteps : 0);
        _terms = new double[info.RewardTerms.Length];
        _draws = new double[info.RandomizedParameters.Length];
        if (frameSize > 0) _camera = new RolloutCamera(parts.Renderer!, info, _batch, settings.Env.Render.Camera.Length > 0 ? settings.Env.Render.Camera : info.Camera);
        Updates = (settings.Agent.Steps + _batch.Rows - 1) / _batch.Rows;
    }

    /// <summary>Updates of the whole run.</summary>
    public long Updates { get; }

    /// <summary>Updates done.</summary>
    public long Update { get; private set; }

    /// <summary>Environment steps done.</summary>
    public long Step => Update * _batch.Rows;

    /// <summary>Environment steps of the whole run.</summary>
    public long Steps => Updates * _batch.Rows;

    /// <summary>Episodes of training that ended because the simulated state went bad.</summary>
    public long Divergences => (_parts.Environment as IDivergenceSource)?.Divergences ?? 0;

    /// <summary>How the untrained policy fared; null before the run has begun.</summary>
    public EvaluationOutcome? Before { get; private set; }

    /// <summary>How the policy fared when last judged.</summary>
    public EvaluationOutcome? Latest { get; private set; }

    /// <summary>Whether there is something to resume from; a run that was killed early has nothing and is begun anew.</summary>
    public bool HasCheckpoint => _parts.Checkpoints.Updates.Count > 0;

    /// <summary>What the newest episodes of training earned.</summary>
    public EpisodeReturns Episodes { get; }

    /// <summary>Begins a run: judges the untrained policy and puts the run away, so that it can be resumed from here on.</summary>
    /// <remarks>What an earlier beginning measured, which was killed before it had put itself away, is dropped.</remarks>
    public void Begin()
    {
        _parts.Metrics.TruncateTo(-1, -1);
        _parts.Environment.Reset(_settings.Env.Seed, _settings.Env.Start, _buffer);
        _parts.Metrics.Begin(Update, Step);
        Before = Evaluate();
        _parts.Clock.Write(_parts.Metrics);
        _parts.Metrics.Flush();
        Checkpoint();
    }

    /// <summary>Goes on from the newest checkpoint; what was measured after it is measured again.</summary>
    /// <returns>What was found amiss in the metrics, and mended.</returns>
    /// <exception cref="CorruptFileException">It is damaged; names what to do.</exception>
    public MetricsRepair Resume()
    {
        Load(_parts.Checkpoints.LoadNewest().Snapshot);
        return _parts.Metrics.TruncateTo(Update, Step, sink => Write(sink, Before!));
    }

    /// <summary>Trains to the end. When canceled it finishes the update, puts the run away and throws.</summary>
    /// <exception cref="OperationCanceledException">It was canceled; the run can be resumed.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (Update < Updates)
        {
            if (cancel.IsCancellationRequested)
            {
                Checkpoint();
                cancel.ThrowIfCancellationRequested();
            }

            await UpdateOnceAsync();
            if (_parts.Recorder is { } record && (Update == Updates || IsDue(_settings.Record.Every)))
                using (_parts.Clock.Measure("record")) await record(Step, CancellationToken.None);
            if (Update == Updates || IsDue(_settings.Checkpoint.Every)) Checkpoint();
            _parts.Progress?.Invoke(this);
        }
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put("update", Update);
        _parts.Environment.Save(into.Section(EnvironmentSection));
        into.Put<float>("observations", _buffer.Observations);
        _parts.Algorithm.Save(into.Section(AlgorithmSection));
        _parts.Reward.Save(into.Section(RewardSection));
        Episodes.Save(into.Section(EpisodesSection));
        _parts.Clock.Save(into.Section("clock"));
        Before?.Save(into.Section(BeforeSection));
        Latest?.Save(into.Section("latest"));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        Update = from.Get<long>("update");
        _parts.Environment.Load(from.Section(EnvironmentSection));
        _divergencesTold = Divergences;
        from.Get<float>("observations", _buffer.Observations);
        _parts.Algorithm.Load(from.Section(AlgorithmSection));
        _parts.Reward.Load(from.Section(RewardSection));
        Episodes.Load(from.Section(EpisodesSection));
        _parts.Clock.Load(from.Section("clock"));
        Before = EvaluationOutcome.Load(from.Section(BeforeSection), _parts.Environment.Info);
        Latest = EvaluationOutcome.Load(from.Section("latest"), _parts.Environment.Info);
    }

    private async Task UpdateOnceAsync()
    {
        RunMetrics metrics = _parts.Metrics;
        double progress = (double)Update / Updates;
        metrics.Begin(Update + 1, Step + _batch.Rows);
        using (_parts.Clock.Measure("simulate")) CollectRollout();
        if (_camera is { } camera)
            using (_parts.Clock.Measure("render")) await camera.FinishAsync();
        using (_parts.Clock.Measure("score")) await _parts.Reward.ScoreAsync(_batch, _rewards, CancellationToken.None);
        using (_parts.Clock.Measure("learn")) _parts.Algorithm.Update(_batch, _rewards, progress, metrics);
        Update++;
        Episodes.Take(_batch.Kinds, _earned, _rewards);
        LogRollout(metrics);
        if (Update == Updates || IsDue(_settings.Evaluate.Every)) Evaluate();
        _parts.Clock.Write(metrics);
        metrics.Flush();
    }

    /// <summary>One rollout, T steps of N environments.</summary>
    private void CollectRollout()
    {
        Array.Clear(_terms);
        Array.Clear(_draws);
        for (int step = 0; step < _batch.Steps; step++)
        {
            _buffer.Observations.CopyTo(_observations, 0);
            _parts.Algorithm.SampleActions(_observations, _actions, _logProbabilities);
            _parts.Environment.Step(_actions, _buffer);
            _batch.Record(step, _observations, _actions, _logProbabilities, _buffer);
            for (int i = 0; i < _buffer.Count; i++) _earned[(step * _buffer.Count) + i] = _buffer.Rewards[i] / _buffer.RewardScales[i];
            for (int i = 0; i < _buffer.RewardTerms.Length; i++) _terms[i % _terms.Length] += _buffer.RewardTerms[i];
            for (int i = 0; i < _buffer.RandomizedParameters.Length; i++) _draws[i % _draws.Length] += _buffer.RandomizedParameters[i];
            _camera?.Take(step, _buffer);
        }
    }

    /// <summary>What people look at and no reward reads: the hand-built reward, and how often each measure's condition held.</summary>
    private void LogRollout(RunMetrics metrics)
    {
        EnvironmentInfo info = _parts.Environment.Info;
        metrics.Write("rollout/task-reward", _batch.TaskRewards.Average());
        if (_terms.Length > 1)
            for (int i = 0; i < _terms.Length; i++) metrics.Write($"rollout/task-reward/{info.RewardTerms[i]}", _terms[i] / _batch.Rows);
        for (int i = 0; i < _draws.Length; i++) metrics.Write($"randomize/{info.RandomizedParameters[i].Name}", _draws[i] / _batch.Rows);
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

    private EvaluationOutcome Evaluate()
    {
        using PhaseClock.Measurement _ = _parts.Clock.Measure("evaluate");
        EvaluationOutcome outcome = _parts.Evaluator.Evaluate(_parts.Algorithm, CancellationToken.None);
        Write(_parts.Metrics, outcome);
        return Latest = outcome;
    }

    private static void Write(IMetricSink metrics, EvaluationOutcome outcome)
    {
        foreach ((string measure, double share) in outcome.Measures) metrics.Write($"evaluate/{measure}", share);
        if (outcome.Success is { } success) metrics.Write("evaluate/success", success);
        outcome.Figures?.Write(metrics, "evaluation/whole-range");
        if (outcome.TaskStart is not { } own) return;
        const string under = "evaluation/task-start";
        foreach ((string measure, double share) in own.Measures) metrics.Write($"{under}/measure/{measure}", share);
        if (own.Success is { } fromThere) metrics.Write($"{under}/success", fromThere);
        own.Figures?.Write(metrics, under);
    }

    private void Checkpoint()
    {
        using PhaseClock.Measurement _ = _parts.Clock.Measure("checkpoint");
        var snapshot = new Snapshot();
        Save(snapshot);
        _parts.Checkpoints.Save(Update, snapshot);
    }

    /// <summary>Whether the last update reached or passed a multiple of this many steps.</summary>
    private bool IsDue(long every) => every > 0 && Step / every != (Step - _batch.Rows) / every;
}
