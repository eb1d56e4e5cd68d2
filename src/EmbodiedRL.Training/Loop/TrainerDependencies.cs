using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Metrics;

namespace EmbodiedRL.Training.Loop;

/// <summary>What a trainer works with; all of it is lent.</summary>
public sealed record TrainerDependencies
{
    /// <summary>What is acted in.</summary>
    public required IVectorEnvironment Environment { get; init; }

    /// <summary>What learns.</summary>
    public required IAlgorithm Algorithm { get; init; }

    /// <summary>What the agent is rewarded by.</summary>
    public required RewardStack Reward { get; init; }

    /// <summary>Draws what the reward sees; null if it reads no frames.</summary>
    public BatchRenderer? Renderer { get; init; }

    /// <summary>Judges success.</summary>
    public required Evaluator Evaluator { get; init; }

    /// <summary>Where the run is put away.</summary>
    public required CheckpointStore Checkpoints { get; init; }

    /// <summary>Where the run's numbers go; the reward writes to it too.</summary>
    public required RunMetrics Metrics { get; init; }

    /// <summary>Where the time goes.</summary>
    public required PhaseClock Clock { get; init; }

    /// <summary>Keeps episodes of the policy as it stands, given the steps done; null keeps none.</summary>
    public Func<long, CancellationToken, Task>? Recorder { get; init; }

    /// <summary>Called after every update with the steps done; null for nobody.</summary>
    public Action<Trainer>? Progress { get; init; }
}
