using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Core.Contracts;

/// <summary>Reward transform: changes a term's scores before they are weighted and combined.</summary>
public interface IRewardTransform : ISnapshot
{
    /// <summary>Blocks it reads beside the scores; a run that cannot supply them fails when it is composed.</summary>
    BatchFields Reads { get; }

    /// <summary>What a transformed score may depend on beside its own row.</summary>
    ScoreScope Scope { get; }

    /// <summary>Transforms scores in place. NaN ("not applicable") stays NaN unless the transform says that it fills rows.</summary>
    /// <param name="batch">Whose rows were scored: kinds, episodes and groups. Lent for the time of the call.</param>
    /// <param name="scores">[rows].</param>
    /// <param name="context">Where the run stands; adapt nothing if it is frozen.</param>
    void Apply(RewardBatch batch, Span<float> scores, ScoreContext context);
}

/// <summary>Base of transforms that have nothing to save and read nothing but scores; those that do, override.</summary>
public abstract class RewardTransform : IRewardTransform
{
    /// <inheritdoc/>
    public virtual BatchFields Reads => BatchFields.None;

    /// <inheritdoc/>
    public virtual ScoreScope Scope => ScoreScope.Row;

    /// <inheritdoc/>
    public abstract void Apply(RewardBatch batch, Span<float> scores, ScoreContext context);

    /// <inheritdoc/>
    public virtual void Save(Snapshot into)
    {
    }

    /// <inheritdoc/>
    public virtual void Load(Snapshot from)
    {
    }
}
