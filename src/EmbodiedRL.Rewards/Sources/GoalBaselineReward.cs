using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Models.Contrastive;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>VLM-RM: an image-text model says of every frame how near it is to a sentence, measured from what all frames have in common.</summary>
/// <remarks>
/// Implements section 3.2 (goal-baseline regularization); the formula is at <see cref="GoalBaselineProjection"/>. Differs from the paper: none.
/// Not thread-safe, because the model is not. The model is lent: whoever made it disposes it, after this reward.
/// </remarks>
[Paper("2310.12921", "Vision-Language Models are Zero-Shot Reward Models for Reinforcement Learning", Year = 2023, Method = "S46")]
public sealed class GoalBaselineReward : IReward
{
    private readonly IImageTextModel _model;
    private readonly GoalBaselineProjection _projection;
    private readonly float[] _embeddings;
    private readonly int _framesAtOnce;

    /// <summary>Embeds the sentences once.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="model">Lent for the life of this reward.</param>
    /// <param name="goals">Sentences that describe the goal; their embeddings are averaged.</param>
    /// <param name="baselines">Sentences that describe what is always seen; averaged likewise.</param>
    /// <param name="alpha">Strength of the regularization in [0, 1].</param>
    /// <param name="framesAtOnce">Frames handed to the model in one call.</param>
    /// <exception cref="SettingsException">A list of sentences is empty, or goal and baseline mean the same to the model.</exception>
    public GoalBaselineReward(
        string name, IImageTextModel model, IReadOnlyList<string> goals, IReadOnlyList<string> baselines, float alpha, int framesAtOnce = 1024)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(framesAtOnce);
        (_model, _framesAtOnce) = (model, framesAtOnce);
        _projection = new GoalBaselineProjection(Embed(goals, "goal"), Embed(baselines, "baseline"), model.EmbeddingSize, alpha);
        _embeddings = new float[framesAtOnce * model.EmbeddingSize];
        Spec = new RewardSpec(name, BatchFields.Frames, -1, 1, model.ImageSize);
    }

    /// <inheritdoc/>
    public RewardSpec Spec { get; }

    /// <inheritdoc/>
    /// <exception cref="SpecMismatchException">The batch holds no frames, or frames of another size than the model's.</exception>
    public ValueTask ScoreAsync(TrajectoryBatch batch, Memory<float> rewards, CancellationToken cancel)
    {
        SpecMismatchException.ThrowIfLength(Spec.Name, rewards.Length, batch.Rows);
        if (batch.Frames is null || batch.FrameSize != _model.ImageSize)
        {
            throw new SpecMismatchException($"frames read by reward '{Spec.Name}'", $"{_model.ImageSize} x {_model.ImageSize} pixels (model '{_model.Name}')",
                batch.Frames is null ? "no frames" : $"{batch.FrameSize} x {batch.FrameSize}");
        }

        int pixels = batch.FrameSize * batch.FrameSize * 3, size = _model.EmbeddingSize;
        for (int start = 0; start < batch.Rows; start += _framesAtOnce)
        {
            cancel.ThrowIfCancellationRequested();
            int count = Math.Min(_framesAtOnce, batch.Rows - start);
            Span<float> embeddings = _embeddings.AsSpan(0, count * size), scores = rewards.Span.Slice(start, count);
            _model.EncodeImages(batch.Frames.AsSpan(start * pixels, count * pixels), embeddings);
            for (int i = 0; i < count; i++) scores[i] = _projection.Score(embeddings.Slice(i * size, size));
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Nothing to save: sentences and model are settings.</summary>
    public void Save(Snapshot into)
    {
    }

    /// <summary>Nothing to load.</summary>
    public void Load(Snapshot from)
    {
    }

    /// <summary>Nothing to release: the model belongs to whoever lent it.</summary>
    public void Dispose()
    {
    }

    private float[] Embed(IReadOnlyList<string> sentences, string kind)
    {
        if (sentences.Count == 0) throw new SettingsException("goal", [$"{kind}: expected at least one sentence, found none."]);
        float[] embeddings = new float[sentences.Count * _model.EmbeddingSize];
        _model.EncodeTexts(sentences, embeddings);
        return embeddings;
    }
}
