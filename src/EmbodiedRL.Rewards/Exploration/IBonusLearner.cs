using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>A part of a bonus that learns from every batch after it was scored.</summary>
internal interface IBonusLearner
{
    /// <summary>Learns from the transitions of a batch.</summary>
    /// <param name="rows">The transitions.</param>
    /// <param name="batch">Number of the batch in the run, which its random order comes from.</param>
    /// <param name="context">Receives losses; stops between two steps.</param>
    /// <exception cref="NonFiniteException">A loss is not finite; its step changed no weight.</exception>
    void Learn(BonusRows rows, long batch, ScoreContext context);
}
