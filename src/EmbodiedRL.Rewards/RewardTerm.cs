using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Shaping;

namespace EmbodiedRL.Rewards;

/// <summary>Reward term: a source, the transforms of its scores, and its weight. Owns the source.</summary>
/// <param name="source">Owned from here on.</param>
/// <param name="transforms">In the order of their application.</param>
/// <param name="weight">Factor in the combination.</param>
/// <param name="schedule">How the weight follows the run's progress; null leaves it as it is.</param>
public sealed class RewardTerm(
    IReward source, IReadOnlyList<IRewardTransform> transforms, float weight, WeightSchedule? schedule = null) : ISnapshot, IDisposable
{
    /// <summary>The source's name.</summary>
    public string Name => Source.Spec.Name;

    /// <summary>What scores; owned by the term.</summary>
    public IReward Source { get; } = source;

    /// <summary>In the order of their application.</summary>
    public IReadOnlyList<IRewardTransform> Transforms { get; } = transforms;

    /// <summary>Factor in the combination, where the schedule's is 1.</summary>
    public float Weight { get; } = weight;

    /// <summary>How the weight follows the run's progress.</summary>
    public WeightSchedule Schedule { get; } = schedule ?? new WeightSchedule();

    /// <summary>What the source and the transforms read.</summary>
    public BatchFields Reads => Transforms.Aggregate(Source.Spec.Reads, (reads, transform) => reads | transform.Reads);

    /// <summary>What a transformed score depends on beside its own row.</summary>
    public ScoreScope Scope => Transforms.Aggregate(Source.Spec.Scope, (scope, transform) => scope | transform.Scope);

    /// <summary>The factor in the combination at a time.</summary>
    /// <param name="progress">Share of the run that is done, in [0, 1].</param>
    public float WeightAt(double progress) => Weight * (float)Schedule.At(progress);

    /// <summary>Scores a batch and transforms the scores.</summary>
    /// <param name="batch">Lent for the time of the call.</param>
    /// <param name="scores">[rows], overwritten with what the combinator takes (not yet weighted).</param>
    /// <param name="context">Its metrics receive <c>reward/NAME/raw/*</c> and <c>reward/NAME/shaped/*</c>.</param>
    /// <exception cref="NonFiniteException">The source gave an infinite score.</exception>
    public async ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        await Source.ScoreAsync(batch, scores, context);
        ApplyTransforms(batch, scores.Span, context);
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

    private void ApplyTransforms(RewardBatch batch, Span<float> scores, ScoreContext context)
    {
        for (int row = 0; row < scores.Length; row++)
            if (float.IsInfinity(scores[row])) throw new NonFiniteException($"Reward '{Name}'", batch.Describe(row));
        ScoreStatistics.Of(scores).Write(context.Metrics, $"reward/{Name}/raw");
        foreach (IRewardTransform transform in Transforms) transform.Apply(batch, scores, context);
        ScoreStatistics.Of(scores).Write(context.Metrics, $"reward/{Name}/shaped");
    }
}
