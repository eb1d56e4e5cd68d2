using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Core.Contracts;

/// <summary>Reward: scores the rows of a batch. Knows neither algorithm nor optimizer nor environment class.</summary>
/// <remarks>
/// A whole batch is relabeled at once, so that a model sees large batches. Stateful rewards save their state. Derive from
/// <see cref="Reward"/> where there is none.
/// </remarks>
public interface IReward : ISnapshot, IDisposable
{
    /// <summary>Name, what it reads, range, and what a score depends on.</summary>
    RewardSpec Spec { get; }

    /// <summary>
    /// Whether its scores of single states say something of the goal before a run: not those of a reward that has learned nothing yet, nor
    /// those of one that pays for novelty.
    /// </summary>
    bool IsCheckable => true;

    /// <summary>Scores every row.</summary>
    /// <param name="batch">Lent for the time of the call.</param>
    /// <param name="scores">[rows], overwritten. NaN means "not applicable here".</param>
    /// <param name="context">Where the run stands; adapt nothing if it is frozen.</param>
    ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context);
}

/// <summary>Learned reward: learns from the batches of the run that it scores, e.g. a curiosity model or a preference model.</summary>
public interface ILearnedReward : IReward
{
    /// <summary>Learns from a batch, after it was scored and before the policy is updated; not called where scoring is frozen.</summary>
    /// <param name="batch">Lent for the time of the call.</param>
    /// <param name="context">Where the run stands.</param>
    ValueTask LearnAsync(RewardBatch batch, ScoreContext context);
}

/// <summary>Base of rewards without state or resources; others override.</summary>
/// <param name="spec">Name, what it reads, range.</param>
public abstract class Reward(RewardSpec spec) : IReward
{
    /// <inheritdoc/>
    public RewardSpec Spec { get; } = spec;

    /// <inheritdoc/>
    public virtual bool IsCheckable => true;

    /// <inheritdoc/>
    public abstract ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context);

    /// <inheritdoc/>
    public virtual void Save(Snapshot into)
    {
    }

    /// <inheritdoc/>
    public virtual void Load(Snapshot from)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Releases what the reward owns.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Fails unless scores are as long as the batch and the batch supplies what this reward reads.</summary>
    /// <exception cref="SpecMismatchException">Names both sides.</exception>
    protected void Check(RewardBatch batch, ReadOnlyMemory<float> scores)
    {
        SpecMismatchException.ThrowIfLength(Spec.Name, scores.Length, batch.Rows);
        batch.Require(Spec.Name, Spec.Reads);
    }
}
