using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Options of <see cref="GoalBaselineReward"/>.</summary>
public sealed record GoalBaselineOptions : GoalRewardOptions
{
    /// <summary>Strength of the regularization (the paper's examples use 0.5).</summary>
    [Range(0, 1)]
    public float Alpha { get; init; } = 0.5f;
}

/// <summary>
/// Goal-baseline reward (VLM-RM): projects the image embedding of every frame onto the line from baseline to
/// goal and measures the distance to the goal.
/// </summary>
/// <remarks>
/// Implements section 3.2 (goal-baseline regularization); the formula is at <see cref="GoalBaselineProjection"/>. Differs from the paper:
/// none. Which frames are scored, and windows over them, is at <see cref="EncodedFrameReward"/>.
/// </remarks>
[Paper("2310.12921", "Vision-Language Models are Zero-Shot Reward Models for Reinforcement Learning", Year = 2023, Method = "S46")]
public sealed class GoalBaselineReward : GoalReward
{
    private readonly float[] _baseline; // embeddings of its sentences

    /// <summary>Embeds the sentences once.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="model">Lent for the life of this reward.</param>
    /// <param name="goals">Sentences that describe the goal; their embeddings are averaged.</param>
    /// <param name="baselines">Sentences that describe what is always seen; averaged likewise.</param>
    /// <param name="alpha">Strength of the regularization in [0, 1].</param>
    /// <param name="camera">Camera that it looks through; empty takes the run's.</param>
    /// <param name="every">Steps between two scored steps.</param>
    /// <param name="framesAtOnce">Frames handed to the model in one call.</param>
    /// <param name="size">Of the frames; 0 takes what the model reads.</param>
    /// <param name="skipBelow">Mean difference of bytes up to which a frame has the score of the one before.</param>
    /// <param name="time">The clock that the speed is measured by; null measures none.</param>
    /// <exception cref="SettingsException">A list of sentences is empty, or goal and baseline mean the same to the model.</exception>
    public GoalBaselineReward(
        string name, IImageTextModel model, IReadOnlyList<string> goals, IReadOnlyList<string> baselines, float alpha,
        string camera = "", int every = 1, int framesAtOnce = 1024, (int Width, int Height) size = default,
        double skipBelow = 0, TimeProvider? time = null)
        : this(name, model, goals, baselines, alpha, new FrameReading
        {
            Camera = camera,
            Every = every,
            FramesAtOnce = framesAtOnce,
            Size = size,
            SkipBelow = skipBelow,
            Time = time,
        })
    {
    }

    /// <summary>Embeds the sentences once.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="model">Lent for the life of this reward.</param>
    /// <param name="goals">Sentences that describe the goal; their embeddings are averaged.</param>
    /// <param name="baselines">Sentences that describe what is always seen; averaged likewise.</param>
    /// <param name="alpha">Strength of the regularization in [0, 1].</param>
    /// <param name="reading">Which frames, and how.</param>
    /// <exception cref="SettingsException">A list of sentences is empty, or goal and baseline mean the same to the model.</exception>
    public GoalBaselineReward(string name, IImageTextModel model, IReadOnlyList<string> goals, IReadOnlyList<string> baselines,
        float alpha, FrameReading reading) : base(name, model, goals, baselines, -1, 1, reading)
    {
        Alpha = alpha;
        _baseline = Embed(baselines);
        RequireGoal();
    }

    /// <summary>Strength of the regularization, in [0, 1].</summary>
    public float Alpha { get; }

    /// <inheritdoc/>
    protected override EmbeddingScore ScoreOf(IReadOnlyList<string> goals) =>
        new GoalBaselineProjection(Embed(goals), _baseline, Model.EmbeddingSize, Alpha).Score;
}
