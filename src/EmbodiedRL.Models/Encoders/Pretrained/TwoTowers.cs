using EmbodiedRL.Models.Tensors;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Pretrained;

/// <summary>Two-tower network: an image and a text transformer into one space, as tensors. For autograd and for tests; models for
/// rewards speak bytes and sentences (<see cref="IImageTextModel"/>).</summary>
/// <remarks>Owns its weights. Not thread-safe.</remarks>
public abstract class TwoTowers : IDisposable
{
    private protected TwoTowers(NetworkWeights weights) => Weights = weights;

    /// <summary>H = W of the images it was trained on.</summary>
    public int ImageSize { get; private protected init; }

    /// <summary>H = W of a patch.</summary>
    public int PatchSize { get; private protected init; }

    /// <summary>D, the length of an embedding.</summary>
    public int EmbeddingSize { get; private protected init; }

    /// <summary>The longest text, in tokens.</summary>
    public int ContextLength { get; private protected init; }

    /// <summary>What texts are padded with, if their tokenizer does not say otherwise.</summary>
    public int PaddingId { get; private protected init; }

    /// <summary>Whether texts are always padded to the context, because their length matters to the model.</summary>
    public bool PadsToContext { get; private protected init; }

    /// <summary>Whether padding is masked; where it is not, the model was trained to look at it or cannot see it.</summary>
    public bool ReadsMask { get; private protected init; }

    /// <summary>All weights; owned by this.</summary>
    public NetworkWeights Weights { get; }

    /// <summary>Logarithm of the factor of cosines; lent.</summary>
    public abstract Tensor LogitScale { get; }

    /// <summary>Added to scaled cosines; null for none; lent.</summary>
    public Tensor? LogitBias { get; private protected init; }

    /// <summary>Embeds images.</summary>
    /// <param name="pixels">Floats [B, 3, H, W] as the model's preprocessing makes them.</param>
    /// <returns>[B, D], not normalized, fresh; the caller's scope owns it.</returns>
    public Tensor EncodeImages(Tensor pixels) => EncodeImages(pixels, null);

    /// <summary>Embeds texts.</summary>
    /// <param name="ids">int64 [B, L].</param>
    /// <param name="mask">int64 [B, L], 0 where there is padding; null for none.</param>
    /// <returns>[B, D], not normalized, fresh; the caller's scope owns it.</returns>
    /// <exception cref="Core.SpecMismatchException">A text is too long, or a token is not in the vocabulary.</exception>
    public Tensor EncodeTexts(Tensor ids, Tensor? mask = null) => EncodeTexts(ids, mask, null);

    /// <summary>Vectors of length one.</summary>
    /// <param name="embeddings">[B, D].</param>
    /// <returns>[B, D], fresh.</returns>
    public virtual Tensor Normalize(Tensor embeddings) => embeddings / embeddings.norm(1, keepdim: true);

    /// <summary>Scaled cosines of images and texts.</summary>
    /// <param name="images">[B, D] of length one.</param>
    /// <param name="texts">[C, D] of length one.</param>
    /// <returns>[B, C], fresh.</returns>
    public Tensor Logits(Tensor images, Tensor texts)
    {
        Tensor scaled = LogitScale.exp() * images.matmul(texts.t());
        return LogitBias is { } bias ? scaled + bias : scaled;
    }

    /// <summary>Frees weights and towers.</summary>
    public virtual void Dispose()
    {
        Weights.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Embeds images and keeps what is between.</summary>
    internal abstract Tensor EncodeImages(Tensor pixels, TowerTrace? trace);

    /// <summary>Embeds texts and keeps what is between.</summary>
    internal abstract Tensor EncodeTexts(Tensor ids, Tensor? mask, TowerTrace? trace);
}

/// <summary>What a tower computes on its way; for comparing with other implementations.</summary>
internal sealed class TowerTrace
{
    /// <summary>Input of the first block, then the output of each.</summary>
    public List<Tensor> States { get; } = [];

    /// <summary>Tokens after the last block, in the norm that the model's library gives them in.</summary>
    public Tensor? Last { get; private set; }

    /// <summary>The token that is projected.</summary>
    public Tensor? Pooled { get; private set; }

    /// <summary>Keeps everything for the scope around the current one.</summary>
    public void Keep(Tensor last, Tensor? pooled = null)
    {
        (Last, Pooled) = (last, pooled);
        foreach (Tensor tensor in States.Append(last)) tensor.MoveToOuterDisposeScope();
        pooled?.MoveToOuterDisposeScope();
    }
}
