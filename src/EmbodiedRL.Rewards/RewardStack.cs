using System.Diagnostics.CodeAnalysis;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards.Combinators;

namespace EmbodiedRL.Rewards;

/// <summary>The reward of a run: named terms, each source, transforms, weight, joined by a weighted sum. Owns its terms.</summary>
/// <remarks>
/// Every term's scores are logged before and after its transforms, so that no term can hide in the sum; the weighted means of the shaped
/// terms add up to <c>reward/mean</c>. Memory is made at the first rollout and kept. Not thread-safe.
/// </remarks>
[NoPaper("composes other rewards")]
[SuppressMessage("Naming", "CA1711", Justification = "The word of the settings and the documents; nobody takes it for a collection.")]
public sealed class RewardStack : IReward
{
    private readonly IMetricSink? _metrics;
    private readonly float[] _weights;
    private readonly float[][] _scores;

    /// <summary>Composes terms.</summary>
    /// <param name="terms">At least one; owned from here on.</param>
    /// <param name="info">The environment whose trajectories are scored.</param>
    /// <param name="supplies">What the run's batches will hold.</param>
    /// <param name="metrics">Receives statistics of every term; null drops them.</param>
    /// <exception cref="SpecMismatchException">A term reads what the run cannot supply, or two terms read frames of different sizes; both are named.</exception>
    public RewardStack(IReadOnlyList<RewardTerm> terms, EnvironmentInfo info, BatchFields supplies, IMetricSink? metrics = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(terms.Count);
        (Terms, _metrics) = (terms, metrics);
        _weights = [.. terms.Select(term => term.Weight)];
        _scores = [.. terms.Select(_ => Array.Empty<float>())];

        foreach (RewardTerm term in terms)
        {
            BatchFields lacking = term.Source.Spec.Reads & ~supplies;
            if (lacking != BatchFields.None)
                throw new SpecMismatchException($"reward '{term.Name}' in environment '{info.Name}'", $"batches that hold {lacking}", $"{supplies}");
        }

        RewardTerm[] seeing = [.. terms.Where(term => term.Source.Spec.FrameSize > 0)];
        foreach (RewardTerm term in seeing)
        {
            if (term.Source.Spec.FrameSize != seeing[0].Source.Spec.FrameSize)
            {
                throw new SpecMismatchException($"frames read by rewards '{seeing[0].Name}' and '{term.Name}'",
                    $"one size for all terms ({seeing[0].Source.Spec.FrameSize} pixels)", $"{term.Source.Spec.FrameSize} pixels");
            }
        }

        BatchFields reads = terms.Aggregate(BatchFields.None, (union, term) => union | term.Source.Spec.Reads);
        Spec = new RewardSpec("reward", reads, FrameSize: seeing.Length > 0 ? seeing[0].Source.Spec.FrameSize : 0);
    }

    /// <summary>In the order of the settings; owned by the stack.</summary>
    public IReadOnlyList<RewardTerm> Terms { get; }

    /// <summary>Reads the union of what the terms read.</summary>
    public RewardSpec Spec { get; }

    /// <inheritdoc/>
    /// <exception cref="NonFiniteException">A term is infinite, or no term applies to a step; says which step.</exception>
    public async ValueTask ScoreAsync(TrajectoryBatch batch, Memory<float> rewards, CancellationToken cancel)
    {
        SpecMismatchException.ThrowIfLength("rewards", rewards.Length, batch.Rows);
        for (int i = 0; i < Terms.Count; i++)
        {
            if (_scores[i].Length != batch.Rows) _scores[i] = new float[batch.Rows];
            await Terms[i].ScoreAsync(batch, _scores[i], _metrics, cancel);
        }

        Join(rewards.Span, batch.Count);
    }

    /// <summary>What the terms' sources say times their weights: no transform, no metric, and nothing that a later rollout depends on.</summary>
    /// <param name="batch">Lent for the time of the call.</param>
    /// <param name="scores">[T, N], overwritten; NaN where no term applies.</param>
    /// <param name="cancel">Stops a source between two model batches.</param>
    public async ValueTask JudgeAsync(TrajectoryBatch batch, Memory<float> scores, CancellationToken cancel)
    {
        SpecMismatchException.ThrowIfLength("rewards", scores.Length, batch.Rows);
        float[][] terms = [.. Terms.Select(_ => new float[batch.Rows])];
        for (int i = 0; i < Terms.Count; i++) await Terms[i].Source.ScoreAsync(batch, terms[i], cancel);
        WeightedSum.Combine(terms, _weights, scores.Span);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        foreach (RewardTerm term in Terms) term.Save(into.Section(term.Name));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        foreach (RewardTerm term in Terms) term.Load(from.Section(term.Name));
    }

    /// <summary>Disposes the terms.</summary>
    public void Dispose()
    {
        foreach (RewardTerm term in Terms) term.Dispose();
    }

    private void Join(Span<float> rewards, int environments)
    {
        WeightedSum.Combine(_scores, _weights, rewards);
        for (int i = 0; i < rewards.Length; i++)
        {
            if (!float.IsFinite(rewards[i]))
            {
                throw new NonFiniteException("The joined reward", $"step {i / environments} of environment {i % environments}",
                    $"Terms there: {string.Join(", ", Terms.Select((term, t) => $"{term.Name} = {_scores[t][i]}"))}. At least one term must apply to every step.");
            }
        }

        for (int term = 0; term < Terms.Count; term++)
            if (ScoreStatistics.Of(_scores[term]) is { Missing: < 1 } shaped) _metrics?.Write($"reward/{Terms[term].Name}/weighted/mean", _weights[term] * shaped.Mean);
        ScoreStatistics joined = ScoreStatistics.Of(rewards);
        _metrics?.Write("reward/mean", joined.Mean);
        _metrics?.Write("reward/std", joined.Deviation);
    }
}
