using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>
/// Base of exploration bonuses over transitions: reads what was observed, divides bonuses by their running scale, and saves whatever the
/// method keeps. A method adds its parts and its formula.
/// </summary>
/// <remarks>
/// A score depends on earlier batches, on the next row of its episode, which holds the observation reached, and, while running moments
/// adapt, on the other rows of its batch. Owns its parts. Not thread-safe.
/// </remarks>
public abstract class TransitionBonus : Reward, ITrajectoryReward
{
    private readonly BonusOptions _options;
    private readonly Transitions _transitions;
    private readonly DiscountedSumScale _scale;
    private readonly List<(string Name, ISnapshot Part)> _parts = [];

    /// <summary>A bonus without parts.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="reads">What it reads of a batch.</param>
    /// <param name="options">Checked.</param>
    /// <param name="info">Whose observations are read.</param>
    /// <exception cref="SpecMismatchException">The environment's observations have no numbers.</exception>
    /// <exception cref="UnknownNameException">They have no field of a name.</exception>
    private protected TransitionBonus(string name, BatchFields reads, BonusOptions options, EnvironmentInfo info)
        : base(new RewardSpec(name, reads, 0, Scope: ScoreScope.Episode | ScoreScope.History | ScoreScope.Batch)) =>
        (_options, _transitions, _scale) = (options, new Transitions(name, info, options.Fields), new DiscountedSumScale(options.Discount));

    /// <inheritdoc/>
    public sealed override bool IsCheckable => false;

    /// <summary>Values of an observation.</summary>
    private protected int Width => _transitions.Length;

    /// <summary>What was taken on, in order.</summary>
    private protected IEnumerable<ISnapshot> Parts => _parts.Select(one => one.Part);

    /// <inheritdoc/>
    public sealed override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        TorchRuntime.UseThreads();
        Check(batch, scores);
        Score(Rows(batch), scores, context);
        if (_options.Normalize) _scale.Apply(scores.Span, batch.NextRow, context.Frozen);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into)
    {
        foreach ((string name, ISnapshot part) in _parts) part.Save(into.Section(name));
        _scale.Save(into.Section("scale"));
    }

    /// <inheritdoc/>
    public override void Load(Snapshot from)
    {
        foreach ((string name, ISnapshot part) in _parts) part.Load(from.Section(name));
        _scale.Load(from.Section("scale"));
    }

    /// <summary>The method's formula, before any division.</summary>
    /// <param name="rows">Transitions of the batch.</param>
    /// <param name="bonus">[rows], overwritten.</param>
    /// <param name="context">Where the run stands; where it is frozen nothing adapts.</param>
    private protected abstract void Score(BonusRows rows, Memory<float> bonus, ScoreContext context);

    /// <summary>Takes a part on: it is saved under a name, and disposed with the bonus.</summary>
    private protected T Own<T>(string name, T part) where T : ISnapshot
    {
        _parts.Add((name, part));
        return part;
    }

    /// <summary>Transitions of a batch.</summary>
    private protected BonusRows Rows(RewardBatch batch) => new(Spec.Name, _transitions, batch.As<TrajectoryBatch>());

    /// <inheritdoc/>
    protected sealed override void Dispose(bool disposing)
    {
        if (disposing)
            foreach ((_, ISnapshot part) in _parts) (part as IDisposable)?.Dispose();
        base.Dispose(disposing);
    }
}
