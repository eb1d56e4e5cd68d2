using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders.Transformers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Pretrained;

/// <summary>BERT in Hugging Face's layout, as sentence encoders such as MiniLM use it.</summary>
/// <remarks>Owns its weights. Not thread-safe.</remarks>
[Paper("1810.04805", "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", Year = 2019)]
public sealed class Bert : IDisposable
{
    /// <summary>Its <c>model_type</c>.</summary>
    public const string ModelType = "bert";

    private const string LongPrefix = "bert.";

    private readonly Tensor _words, _positions, _types;
    private readonly LayerNorm _norm;
    private readonly TransformerBlock[] _blocks;
    private readonly Linear? _pooler;

    private Bert(ConfigReader config, NetworkWeights weights)
    {
        Weights = weights;
        BlockSizes sizes = TowerSizes.Read(config, 768, 12, 3072, "gelu", 1e-12);
        string kind = config.Text("position_embedding_type", "absolute");
        if (kind != "absolute") throw config.Wrong("position_embedding_type", "absolute", $"'{kind}'");
        // checkpoints with heads of their own keep the encoder under a longer name
        string prefix = weights.Contains("embeddings.word_embeddings.weight") ? "" : LongPrefix;
        _words = weights.Take(prefix + "embeddings.word_embeddings.weight", config.Integer("vocab_size", 30_522), sizes.Width);
        ContextLength = config.Integer("max_position_embeddings", 512);
        _positions = weights.Take(prefix + "embeddings.position_embeddings.weight", ContextLength, sizes.Width);
        _types = weights.Take(prefix + "embeddings.token_type_embeddings.weight", config.Integer("type_vocab_size", 2), sizes.Width);
        _norm = LayerNorm.Take(weights, prefix + "embeddings.LayerNorm", sizes.Width, sizes.Epsilon);
        _blocks = TransformerBlock.Stack(weights, prefix + "encoder.layer.", config.Integer("num_hidden_layers", 12, 1, 1000),
            BlockNames.Bert, sizes, normalizesAfter: true);
        if (weights.Contains(prefix + "pooler.dense.weight"))
            _pooler = Linear.Take(weights, prefix + "pooler.dense", sizes.Width, sizes.Width);
        (Width, PaddingId) = (sizes.Width, config.IntegerOrNull("pad_token_id") ?? 0);
        weights.RequireAllTaken(name => name.EndsWith("embeddings.position_ids", StringComparison.Ordinal)
            || (prefix.Length > 0 && !name.StartsWith(prefix, StringComparison.Ordinal)));
    }

    /// <summary>Of a token.</summary>
    public int Width { get; }

    /// <summary>The longest text, in tokens.</summary>
    public int ContextLength { get; }

    /// <summary>What texts are padded with.</summary>
    public int PaddingId { get; }

    /// <summary>All weights; owned by this.</summary>
    public NetworkWeights Weights { get; }

    /// <inheritdoc cref="Clip.Create"/>
    internal static Bert Create(ConfigReader config, NetworkWeights weights) => new(config, weights);

    /// <summary>Encodes tokens.</summary>
    /// <param name="ids">int64 [B, L].</param>
    /// <param name="mask">int64 [B, L], 0 where there is padding.</param>
    /// <param name="types">int64 [B, L], which of two sentences a token belongs to; null for the first.</param>
    /// <returns>[B, L, width], fresh; the caller's scope owns it.</returns>
    /// <exception cref="SpecMismatchException">A text is too long, or a token is not in the vocabulary.</exception>
    public Tensor Encode(Tensor ids, Tensor mask, Tensor? types = null) => Encode(ids, mask, types, null);

    /// <summary>The mean of a text's tokens, of length one.</summary>
    /// <param name="tokens">[B, L, width].</param>
    /// <param name="mask">int64 [B, L].</param>
    /// <returns>[B, width], fresh.</returns>
    public static Tensor MeanPool(Tensor tokens, Tensor mask)
    {
        Tensor there = mask.to(tokens.dtype).unsqueeze(2);
        Tensor mean = (tokens * there).sum(1) / there.sum(1).clamp_min(1e-9);
        return nn.functional.normalize(mean, p: 2, dim: 1);
    }

    /// <summary>tanh of a linear layer of the first token, which sentence pairs were classified by.</summary>
    /// <exception cref="InvalidOperationException">The checkpoint has no such layer.</exception>
    public Tensor Pool(Tensor tokens) => _pooler is { } layer
        ? layer.Apply(tokens.select(1, 0)).tanh()
        : throw new InvalidOperationException("This checkpoint has no pooler.");

    /// <summary>Frees the weights.</summary>
    public void Dispose() => Weights.Dispose();

    internal Tensor Encode(Tensor ids, Tensor mask, Tensor? types, TowerTrace? trace)
    {
        using DisposeScope scope = NewDisposeScope();
        (long batch, long length) = (ids.shape[0], ids.shape[1]);
        if (length > ContextLength) throw new SpecMismatchException("texts", $"at most {ContextLength} tokens", $"{length}");
        TextTransformer.RequireKnown(ids, _words.shape[0]);
        Tensor kinds = types is null ? _types.narrow(0, 0, 1) : _types.index_select(0, types.flatten()).view(batch, length, -1);
        Tensor x = _words.index_select(0, ids.flatten()).view(batch, length, -1) + kinds + _positions.narrow(0, 0, length);
        x = _norm.Apply(x);
        trace?.States.Add(x);
        x = TransformerBlock.Run(_blocks, x, mask.to(ScalarType.Bool).view(batch, 1, 1, length), states: trace?.States);
        trace?.Keep(x);
        return trace is null ? x.MoveToOuterDisposeScope() : x;
    }
}
