using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Base of exploration bonuses with networks: those of its parts that learn do so from every batch, after it was scored.</summary>
public abstract class LearnedBonus : TransitionBonus, ILearnedReward
{
    private long _batches;

    /// <summary>A bonus without parts.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="reads">What it reads of a batch.</param>
    /// <param name="options">Checked.</param>
    /// <param name="info">Whose observations are read.</param>
    private protected LearnedBonus(string name, BatchFields reads, LearnedBonusOptions options, EnvironmentInfo info)
        : base(name, reads, options, info)
    {
    }

    /// <inheritdoc/>
    public ValueTask LearnAsync(RewardBatch batch, ScoreContext context)
    {
        TorchRuntime.UseThreads();
        if (context.Frozen) return ValueTask.CompletedTask;
        BonusRows rows = Rows(batch);
        foreach (IBonusLearner learner in Parts.OfType<IBonusLearner>()) learner.Learn(rows, _batches, context);
        _batches++;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public sealed override void Save(Snapshot into)
    {
        base.Save(into);
        into.Put("batches", _batches);
    }

    /// <inheritdoc/>
    public sealed override void Load(Snapshot from)
    {
        base.Load(from);
        _batches = from.Get<long>("batches");
    }
}
