using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Options of <see cref="CosineReward"/>.</summary>
public sealed record CosineOptions : GoalRewardOptions;

/// <summary>Cosine reward: the cosine of a frame's embedding and the goal's.</summary>
/// <remarks>
/// Several sentences are averaged and brought to unit length again, so that the score is a cosine; goal-baseline, which averages without
/// that, agrees with it at alpha 0 for one sentence. The baseline is kept for those who check goals and does not change the score.
/// </remarks>
[NoPaper("cosine similarity, a textbook formula")]
public sealed class CosineReward : GoalReward
{
    /// <summary>Embeds the sentences once.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="model">Lent for the life of this reward.</param>
    /// <param name="goals">Sentences that describe the goal.</param>
    /// <param name="baselines">Sentences that describe what is always seen.</param>
    /// <param name="reading">Which frames, and how; null takes every frame of the run's camera.</param>
    /// <exception cref="SettingsException">A list of sentences is empty, or the goal's mean opposites.</exception>
    public CosineReward(string name, IImageTextModel model, IReadOnlyList<string> goals, IReadOnlyList<string> baselines,
        FrameReading? reading = null) : base(name, model, goals, baselines, -1, 1, reading ?? new FrameReading()) => RequireGoal();

    /// <inheritdoc/>
    protected override EmbeddingScore ScoreOf(IReadOnlyList<string> goals)
    {
        float[] goal = EmbedAsOne(goals, "goal");
        return embedding => (float)Cosine(embedding, goal);
    }
}
