using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Core.Contracts;

/// <summary>Transformed scores of one term.</summary>
/// <param name="Name">The term's name.</param>
/// <param name="Weight">Its weight in the settings.</param>
/// <param name="Scores">[rows], not yet weighted; NaN where the term does not apply. Lent for the time of the call.</param>
public readonly record struct TermScores(string Name, float Weight, ReadOnlyMemory<float> Scores);

/// <summary>Reward combinator: joins the scores of all terms into one reward.</summary>
public interface IRewardCombinator : ISnapshot
{
    /// <summary>What a row's reward may depend on beside the scores of that row.</summary>
    ScoreScope Scope { get; }

    /// <summary>Combines the terms.</summary>
    /// <param name="batch">Whose rows were scored. Lent for the time of the call.</param>
    /// <param name="terms">At least one, in the order of the settings.</param>
    /// <param name="rewards">[rows], overwritten; NaN where no term applies.</param>
    /// <param name="context">Where the run stands.</param>
    void Combine(RewardBatch batch, IReadOnlyList<TermScores> terms, Span<float> rewards, ScoreContext context);
}

/// <summary>Base of combinators that have nothing to save and look at one row at a time; those that do not, override.</summary>
public abstract class RewardCombinator : IRewardCombinator
{
    /// <inheritdoc/>
    public virtual ScoreScope Scope => ScoreScope.Row;

    /// <inheritdoc/>
    public abstract void Combine(RewardBatch batch, IReadOnlyList<TermScores> terms, Span<float> rewards, ScoreContext context);

    /// <inheritdoc/>
    public virtual void Save(Snapshot into)
    {
    }

    /// <inheritdoc/>
    public virtual void Load(Snapshot from)
    {
    }
}
