using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards.Transforms;

namespace EmbodiedRL.Rewards;

/// <summary>A source, what is done to its scores, and how much they weigh. Owns the source.</summary>
public sealed class RewardTerm(IReward source, IReadOnlyList<IRewardTransform> transforms, float weight) : ISnapshot, IDisposable
{
    /// <summary>The source's name.</summary>
    public string Name => Source.Spec.Name;

    /// <summary>What scores; owned by the term.</summary>
    public IReward Source { get; } = source;

    /// <summary>In the order of their application.</summary>
    public IReadOnlyList<IRewardTransform> Transforms { get; } = transforms;

    /// <summary>Factor in the join.</summary>
    public float Weight { get; } = weight;

    /// <summary>Scores a rollout and transforms the scores.</summary>
    /// <param name="batch">Lent for the time of the call.</param>
    /// <param name="scores">[T, N], overwritten with what the join takes (not yet weighted).</param>
    /// <param name="metrics">Receives <c>reward/NAME/raw/*</c> and <c>reward/NAME/shaped/*</c>; null drops them.</param>
    /// <param name="cancel">Stops the source between two model batches.</param>
    /// <exception cref="NonFiniteException">The source gave an infinite score.</exception>
    public async ValueTask ScoreAsync(TrajectoryBatch batch, Memory<float> scores, IMetricSink? metrics, CancellationToken cancel)
    {
        await Source.ScoreAsync(batch, scores, cancel);
        ApplyTransforms(scores.Span, batch.Count, metrics);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        Source.Save(into.Section("source"));
        for (int i = 0; i < Transforms.Count; i++) Transforms[i].Save(into.Section($"transform{i}"));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        Source.Load(from.Section("source"));
        for (int i = 0; i < Transforms.Count; i++) Transforms[i].Load(from.Section($"transform{i}"));
    }

    /// <summary>Disposes the source.</summary>
    public void Dispose() => Source.Dispose();

    private void ApplyTransforms(Span<float> scores, int environments, IMetricSink? metrics)
    {
        for (int i = 0; i < scores.Length; i++)
            if (float.IsInfinity(scores[i]))
                throw new NonFiniteException($"Reward '{Name}'", $"step {i / environments} of environment {i % environments}");
        ScoreStatistics.Of(scores).Write(metrics, $"reward/{Name}/raw");
        foreach (IRewardTransform transform in Transforms) transform.Apply(scores);
        ScoreStatistics.Of(scores).Write(metrics, $"reward/{Name}/shaped");
    }
}
