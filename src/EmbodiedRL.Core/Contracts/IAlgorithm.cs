using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Core.Contracts;

/// <summary>Progress of a run.</summary>
/// <param name="Step">Environment steps (or completions) done.</param>
/// <param name="Steps">Of the whole run.</param>
/// <param name="Fraction">Share of the run that is done, in [0, 1]; schedules read it.</param>
public readonly record struct RunProgress(long Step, long Steps, double Fraction);

/// <summary>Algorithm: improves a policy from scored batches. Sees rewards as numbers and nothing of where they came from.</summary>
/// <remarks>One whose policy acts in environments is an <see cref="IControlAlgorithm"/>.</remarks>
public interface IAlgorithm : ISnapshot, IDisposable
{
    /// <summary>What it consumes, and how long a rollout is.</summary>
    AlgorithmSpec Spec { get; }

    /// <summary>Learns from one batch.</summary>
    /// <param name="batch">Lent for the time of the call; an off-policy algorithm copies it into a replay buffer of its own.</param>
    /// <param name="rewards">[rows], finite.</param>
    /// <param name="progress">Where the run stands.</param>
    /// <param name="metrics">Receives losses and statistics.</param>
    /// <exception cref="SpecMismatchException">The batch is of a kind that it does not consume, or lengths differ.</exception>
    /// <exception cref="NonFiniteException">A reward, a loss or a gradient is not finite; nothing was learned from this batch.</exception>
    void Update(RewardBatch batch, ReadOnlySpan<float> rewards, RunProgress progress, IMetricSink metrics);
}

/// <summary>Control algorithm: an algorithm whose policy acts in environments.</summary>
public interface IControlAlgorithm : IAlgorithm, IPolicy;
