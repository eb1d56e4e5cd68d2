using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Metrics;

namespace EmbodiedRL.Training.Loop;

/// <summary>
/// Training loop: takes a batch from the source, scores it, lets learned rewards and the algorithm learn from it, then evaluates, records
/// and saves a checkpoint when they are due.
/// </summary>
/// <remarks>
/// A run that was saved after update k and goes on is bit-equal to one that never stopped: everything a later number depends on is in
/// the checkpoint. Not thread-safe.
/// </remarks>
public sealed class Trainer : ISnapshot
{
    internal const string AlgorithmSection = "algorithm", RewardSection = "reward", BeforeSection = "before";

    private static readonly TimeSpan SlowUpdate = TimeSpan.FromSeconds(2);

    private readonly TrainerSchedule _schedule;
    private readonly TrainerDependencies _parts;
    private readonly int _rows;
    private float[] _rewards;
    // null before one was measured: such an update counts as slow, since a checkpoint of the state before it is there
    private TimeSpan? _lastUpdate;
    private long _savedUpdate = -1;

    /// <summary>Makes a loop over parts that are lent.</summary>
    public Trainer(TrainerSchedule schedule, TrainerDependencies parts)
    {
        (_schedule, _parts, _rows) = (schedule, parts, parts.RowsPerUpdate);
        _rewards = new float[_rows];
        Updates = (schedule.Steps + _rows - 1) / _rows;
    }

    /// <summary>Updates of the whole run.</summary>
    public long Updates { get; }

    /// <summary>Updates done.</summary>
    public long Update { get; private set; }

    /// <summary>Environment steps, or completions, done.</summary>
    public long Step => Update * _rows;

    /// <summary>Environment steps, or completions, of the whole run.</summary>
    public long Steps => Updates * _rows;

    /// <summary>Episodes of training that ended because the simulated state diverged.</summary>
    public long Divergences => (_parts.Source as EnvironmentSource)?.Divergences ?? 0;

    /// <summary>Evaluation of the untrained policy; null before the run has begun.</summary>
    public EvaluationOutcome? Before { get; private set; }

    /// <summary>The newest evaluation.</summary>
    public EvaluationOutcome? Latest { get; private set; }

    /// <summary>Whether there is something to resume from; a run that was killed early has nothing and is begun anew.</summary>
    public bool HasCheckpoint => _parts.Checkpoints.Updates.Count > 0;

    /// <summary>Returns of the newest episodes of training; null where batches are not of environments.</summary>
    public EpisodeReturns? Episodes => (_parts.Source as EnvironmentSource)?.Episodes;

    /// <summary>Begins a run: evaluates the untrained policy and saves a checkpoint, so that the run can be resumed from here on.</summary>
    /// <remarks>What an earlier beginning measured, which was killed before its first checkpoint, is dropped.</remarks>
    public void Begin()
    {
        _parts.Metrics.TruncateTo(-1, -1);
        _parts.Begin();
        _parts.Metrics.Begin(Update, Step);
        Before = Evaluate();
        _parts.Clock.Write(_parts.Metrics);
        _parts.Metrics.Flush();
        SaveCheckpoint(TakeSnapshot());
    }

    /// <summary>Goes on from the newest checkpoint; what was measured after it is measured again.</summary>
    /// <returns>What was found amiss in the metrics, and mended.</returns>
    /// <exception cref="CorruptFileException">It is damaged; names what to do.</exception>
    public MetricsRepair Resume()
    {
        Load(_parts.Checkpoints.LoadNewest().Snapshot);
        _savedUpdate = Update;
        return _parts.Metrics.TruncateTo(Update, Step, sink => Write(sink, Before!));
    }

    /// <summary>
    /// Trains to the end. When cancelled it saves a checkpoint and throws: after the update under way if updates
    /// are quick, else of the state before it.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled; the run can be resumed, by <see cref="Resume"/>, since an update may
    /// have been left half done.</exception>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (Update < Updates)
        {
            if (cancel.IsCancellationRequested)
            {
                SaveCheckpoint(TakeSnapshot());
                cancel.ThrowIfCancellationRequested();
            }

            await UpdateOnceAsync(cancel);
            if (_parts.Recorder is { } record && (Update == Updates || IsDue(_schedule.RecordEvery)))
                using (_parts.Clock.Measure("record")) await record(Step, CancellationToken.None);
            if (Update == Updates || IsDue(_schedule.CheckpointEvery)) SaveCheckpoint(TakeSnapshot());
            _parts.Progress?.Invoke(this);
        }
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put("update", Update);
        _parts.Source.Save(into);
        _parts.Algorithm.Save(into.Section(AlgorithmSection));
        _parts.Reward.Save(into.Section(RewardSection));
        _parts.Clock.Save(into.Section("clock"));
        Before?.Save(into.Section(BeforeSection));
        Latest?.Save(into.Section("latest"));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        Update = from.Get<long>("update");
        _parts.Source.Load(from);
        _parts.Algorithm.Load(from.Section(AlgorithmSection));
        _parts.Reward.Load(from.Section(RewardSection));
        _parts.Clock.Load(from.Section("clock"));
        Before = _parts.Evaluation.Load(from.Section(BeforeSection));
        Latest = _parts.Evaluation.Load(from.Section("latest"));
    }

    /// <summary>
    /// One update. A slow one (a judge that takes seconds) can be cancelled within: the state before
    /// it was kept and becomes the checkpoint.
    /// </summary>
    private async Task UpdateOnceAsync(CancellationToken cancel)
    {
        bool isSlow = _lastUpdate is not { } last || last > SlowUpdate;
        Snapshot? before = isSlow && _savedUpdate != Update ? TakeSnapshot() : null;
        long started = _parts.Time.GetTimestamp();
        try
        {
            await LearnOnceAsync(isSlow ? cancel : CancellationToken.None);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            if (before is not null) SaveCheckpoint(before);
            throw;
        }

        _lastUpdate = _parts.Time.GetElapsedTime(started);
    }

    private async Task LearnOnceAsync(CancellationToken cancel)
    {
        RunMetrics metrics = _parts.Metrics;
        var progress = new RunProgress(Step, Steps, (double)Update / Updates);
        metrics.Begin(Update + 1, Step + _rows);
        RewardBatch batch = await _parts.Source.NextAsync(cancel);
        if (_rewards.Length != batch.Rows) _rewards = new float[batch.Rows];
        var context = new ScoreContext(Step, progress.Fraction, Frozen: false, metrics, cancel);
        using (_parts.Clock.Measure("score"))
        {
            await _parts.Reward.ScoreAsync(batch, _rewards, context);
            await _parts.Reward.LearnAsync(batch, context);
        }

        using (_parts.Clock.Measure("learn")) _parts.Algorithm.Update(batch, _rewards, progress, metrics);
        Update++;
        _parts.Source.TakeRewards(_rewards);
        _parts.Source.Log(metrics);
        if (Update == Updates || IsDue(_schedule.EvaluateEvery)) Evaluate();
        _parts.Clock.Write(metrics);
        metrics.Flush();
    }

    /// <summary>In full before and after the training; between them briefly, since only progress is read from those.</summary>
    private EvaluationOutcome Evaluate()
    {
        using PhaseClock.Measurement _ = _parts.Clock.Measure("evaluate");
        EvaluationOutcome outcome = _parts.Evaluation.Evaluate(isBrief: Update > 0 && Update < Updates, CancellationToken.None);
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

    private Snapshot TakeSnapshot()
    {
        var snapshot = new Snapshot();
        Save(snapshot);
        return snapshot;
    }

    private void SaveCheckpoint(Snapshot snapshot)
    {
        using PhaseClock.Measurement _ = _parts.Clock.Measure("checkpoint");
        _savedUpdate = snapshot.Get<long>("update");
        _parts.Checkpoints.Save(_savedUpdate, snapshot);
    }

    /// <summary>Whether the last update reached or passed a multiple of this many steps.</summary>
    private bool IsDue(long every) => every > 0 && Step / every != (Step - _rows) / every;
}
