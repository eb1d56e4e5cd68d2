using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Score of one unit embedding [D].</summary>
public delegate float EmbeddingScore(ReadOnlySpan<float> embedding);

/// <summary>Options of every source that reads frames by an image-text model.</summary>
public abstract record EncodedFrameOptions : FrameOptions
{
    /// <summary>The image-text model.</summary>
    [Length(1, LengthAttribute.Name)]
    public override string Model { get; init; } = "scene-clip";
}

/// <summary>Base of sources that score frames by their embeddings.</summary>
/// <remarks>
/// Which frames are scored, and windows over them, is at <see cref="FrameReward"/>. The model is lent: whoever made it disposes it, after
/// this reward.
/// </remarks>
public abstract class EncodedFrameReward : FrameReward
{
    private readonly float[] _embeddings;

    /// <summary>Memory for embeddings.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="model">Lent for the life of this reward.</param>
    /// <param name="minimum">Least possible score.</param>
    /// <param name="maximum">Greatest possible score.</param>
    /// <param name="reading">Which frames, and how.</param>
    protected EncodedFrameReward(string name, IImageTextModel model, float minimum, float maximum, FrameReading reading)
        : base(name, model.ImageSize, minimum, maximum, reading)
    {
        Model = model;
        _embeddings = new float[FramesAtOnce * model.EmbeddingSize];
    }

    /// <summary>The model that reads frames. Lent.</summary>
    public IImageTextModel Model { get; }

    /// <summary>What scores an embedding.</summary>
    protected abstract EmbeddingScore Looking { get; }

    /// <inheritdoc/>
    protected sealed override FrameScorer Own => (frames, scores) => Embed(frames, [Looking], scores);

    /// <summary>Scores frames in several ways, each frame being encoded once; windows go no further back than the batch.</summary>
    /// <param name="batch">Holds the frames.</param>
    /// <param name="looking">K ways to score an embedding; null gives NaN.</param>
    /// <param name="scores">[K, rows], overwritten; NaN for rows without a frame.</param>
    /// <param name="cancel">Stops between two calls of the model.</param>
    protected void Score(RewardBatch batch, EmbeddingScore?[] looking, Span<float> scores, CancellationToken cancel)
    {
        if (looking.Length == 0) return;
        ScoreFrames(batch, looking.Length, (frames, found) => Embed(frames, looking, found), scores, cancel);
        for (int i = 0; i < looking.Length; i++) JoinWindows(batch, scores.Slice(i * batch.Rows, batch.Rows), cancel);
    }

    private void Embed(ReadOnlySpan<byte> frames, EmbeddingScore?[] looking, Span<float> scores)
    {
        int size = Model.EmbeddingSize, count = scores.Length / looking.Length;
        Span<float> embeddings = _embeddings.AsSpan(0, count * size);
        Model.EncodeImages(frames, Width, Height, embeddings);
        for (int i = 0; i < count; i++)
            for (int way = 0; way < looking.Length; way++)
                scores[(way * count) + i] = looking[way] is { } score ? score(embeddings.Slice(i * size, size)) : float.NaN;
    }
}
