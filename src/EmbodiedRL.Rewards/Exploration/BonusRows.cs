using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Transitions of one batch, as a bonus scores them and learns from them; each block is made when it is first asked for.</summary>
/// <param name="term">Name of the bonus, for messages.</param>
/// <param name="transitions">Reads them.</param>
/// <param name="batch">The batch.</param>
internal sealed class BonusRows(string term, Transitions transitions, TrajectoryBatch batch)
{
    /// <summary>The batch.</summary>
    public TrajectoryBatch Batch => batch;

    /// <summary>Of the batch.</summary>
    public int Count => batch.Rows;

    /// <summary>[rows, width], what was acted on.</summary>
    public float[] Before => field ??= transitions.Before(batch);

    /// <summary>[rows, width], what the action led to.</summary>
    public float[] After => field ??= transitions.After(batch);

    /// <summary>[rows, A], as they were sampled.</summary>
    /// <exception cref="NonFiniteException">One is not finite.</exception>
    public float[] Actions => field ??= Finite(batch.Actions);

    private float[] Finite(float[] actions)
    {
        NonFiniteException.ThrowIfAny(actions, $"An action that reward '{term}' reads");
        return actions;
    }
}
