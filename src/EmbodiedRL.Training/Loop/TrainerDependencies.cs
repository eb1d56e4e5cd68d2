using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Metrics;

namespace EmbodiedRL.Training.Loop;

/// <summary>Dependencies of a trainer; all of them are lent.</summary>
public sealed record TrainerDependencies
{
    /// <summary>Collects what is learned from.</summary>
    public required IBatchSource Source { get; init; }

    /// <summary>Rows of one batch, by which progress is counted.</summary>
    public required int RowsPerUpdate { get; init; }

    /// <summary>Starts the source at the beginning of a run.</summary>
    public required Action Begin { get; init; }

    /// <summary>Learns the policy.</summary>
    public required IAlgorithm Algorithm { get; init; }

    /// <summary>Scores batches.</summary>
    public required RewardStack Reward { get; init; }

    /// <summary>Evaluates what is learned.</summary>
    public required IEvaluation Evaluation { get; init; }

    /// <summary>Where checkpoints are saved.</summary>
    public required CheckpointStore Checkpoints { get; init; }

    /// <summary>Where the run's numbers go.</summary>
    public required RunMetrics Metrics { get; init; }

    /// <summary>Measures the time of each phase.</summary>
    public required PhaseClock Clock { get; init; }

    /// <summary>Tells whether updates are slow, and so to be cancelable within.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Records episodes of the policy as it stands, given the steps done; null records none.</summary>
    public Func<long, CancellationToken, Task>? Recorder { get; init; }

    /// <summary>Called after every update; null for nobody.</summary>
    public Action<Trainer>? Progress { get; init; }
}
