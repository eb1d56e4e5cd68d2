using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Options of <see cref="CaptionSimilarityReward"/>.</summary>
public sealed record CaptionSimilarityOptions : GoalRewardOptions
{
    /// <summary>Captions that a frame may be given; empty takes the plain sentences of the environment's facts.</summary>
    [Length(0, 10_000)]
    public string[] Captions { get; init; } = [];
}

/// <summary>Caption similarity: a frame is given its best caption, and the caption's meaning is compared with the goal's.</summary>
/// <remarks>
/// c = argmax_k cos(frame, caption_k), the first of equals, and the score is cos(caption_c, goal): text is compared with text, so that the
/// distance that lies between pictures and sentences in such models drops out. The score takes no more values than there are captions.
/// </remarks>
[NoPaper("retrieval of a caption and the cosine of two sentences")]
public sealed class CaptionSimilarityReward : GoalReward
{
    private readonly float[] _captions; // [captions, D]

    /// <summary>Embeds the sentences once.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="model">Lent for the life of this reward.</param>
    /// <param name="goals">Sentences that describe the goal.</param>
    /// <param name="baselines">Sentences that describe what is always seen; the score does not depend on them.</param>
    /// <param name="captions">At least two; empty takes those of the environment.</param>
    /// <param name="info">Whose facts are the captions if none are given; null if there is no environment.</param>
    /// <param name="reading">Which frames, and how; null takes every frame of the run's camera.</param>
    /// <exception cref="SettingsException">A list of sentences is empty, or all captions are as near to the goal.</exception>
    public CaptionSimilarityReward(string name, IImageTextModel model, IReadOnlyList<string> goals, IReadOnlyList<string> baselines,
        IReadOnlyList<string> captions, EnvironmentInfo? info = null, FrameReading? reading = null)
        : base(name, model, goals, baselines, -1, 1, reading ?? new FrameReading())
    {
        Captions = captions.Count > 0 ? captions : new FactSentences(info).All;
        if (Captions.Count < 2)
            throw new SettingsException($"reward '{name}'",
                [$"captions: expected at least two sentences, found {Captions.Count}. Name what frames may show."]);
        _captions = Embed(Captions);
        RequireGoal();
    }

    /// <summary>What a frame may be called.</summary>
    public IReadOnlyList<string> Captions { get; }

    /// <summary>Index of the caption that is nearest to an embedding [D].</summary>
    public int Best(ReadOnlySpan<float> embedding)
    {
        int best = 0, size = Model.EmbeddingSize;
        double most = double.NegativeInfinity;
        for (int k = 0; k < Captions.Count; k++)
        {
            double cosine = Cosine(embedding, _captions.AsSpan(k * size, size));
            if (cosine > most) (best, most) = (k, cosine);
        }

        return best;
    }

    /// <inheritdoc/>
    protected override EmbeddingScore ScoreOf(IReadOnlyList<string> goals)
    {
        float[] goal = EmbedAsOne(goals, "goal");
        int size = Model.EmbeddingSize;
        float[] scores = [.. Enumerable.Range(0, Captions.Count).Select(k => (float)Cosine(_captions.AsSpan(k * size, size), goal))];
        if (scores.Max() - scores.Min() < 1e-6f)
            throw new SettingsException("goal",
                [$"all captions are as near to '{goals[0]}' to the model, so no frame would be told apart."]);
        return embedding => scores[Best(embedding)];
    }
}
