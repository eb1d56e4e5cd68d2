using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Rewards;

/// <summary>
/// Goal-conditioned reward of an image-text model: scores frames by its goals, and by other sentences where somebody tries them out.
/// </summary>
public interface IGoalReward : IReward
{
    /// <summary>The model that reads frames and sentences. Lent.</summary>
    IImageTextModel Model { get; }

    /// <summary>Sentences for the goal, at least one.</summary>
    IReadOnlyList<string> Goals { get; }

    /// <summary>Sentences for what is always seen, at least one.</summary>
    IReadOnlyList<string> Baselines { get; }

    /// <summary>Why frames cannot be scored by a sentence as the goal; null if they can.</summary>
    string? Violation(string goal);

    /// <summary>Scores frames by several sentences as if each were the goal; every frame is encoded once.</summary>
    /// <param name="batch">Holds the frames of <see cref="IReward.Spec"/>. Lent for the time of the call.</param>
    /// <param name="goals">G sentences.</param>
    /// <param name="scores">[G, rows], overwritten; NaN for a sentence with a <see cref="Violation"/> and for rows without a frame.</param>
    /// <param name="cancel">Stops between two calls of the model.</param>
    /// <exception cref="Core.SpecMismatchException">The batch holds no such frames, or the lengths do not fit.</exception>
    void ScoreGoals(RewardBatch batch, IReadOnlyList<string> goals, Span<float> scores, CancellationToken cancel);
}
