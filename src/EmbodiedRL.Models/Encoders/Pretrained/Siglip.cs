using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders.Transformers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Pretrained;

/// <summary>SigLIP, and SigLIP 2 at fixed resolutions, in Hugging Face's layout.</summary>
[Paper("2303.15343", "Sigmoid Loss for Language Image Pre-Training", Year = 2023)]
[Paper("2502.14786", "SigLIP 2: Multilingual Vision-Language Encoders with Improved Semantic Understanding", Year = 2025)]
public sealed class Siglip : TwoTowers
{
    /// <summary>Its <c>model_type</c>.</summary>
    public const string ModelType = "siglip";

    private readonly ImageTransformer _image;
    private readonly LayerNorm _imageNorm;
    private readonly AttentionPool _pool;
    private readonly SiglipText _text;

    private Siglip(ConfigReader config, NetworkWeights weights) : base(weights)
    {
        ConfigReader vision = config.Object("vision_config");
        BlockSizes sizes = SiglipText.Sizes(vision);
        int patch = vision.Integer("patch_size", 16), size = TowerSizes.ImageSize(vision, 224, patch), side = size / patch;
        if (!vision.Flag("vision_use_head", true)) throw vision.Wrong("vision_use_head", "true", "false, which embeds no images");
        _image = new ImageTransformer
        {
            ImageSize = size,
            PatchSize = patch,
            Patches = weights.Take("vision_model.embeddings.patch_embedding.weight", sizes.Width, 3, patch, patch),
            PatchBias = weights.Take("vision_model.embeddings.patch_embedding.bias", sizes.Width),
            Positions = weights.Take("vision_model.embeddings.position_embedding.weight", side * side, sizes.Width),
            Blocks = TransformerBlock.Stack(weights, "vision_model.encoder.layers.", vision.Integer("num_hidden_layers", 12, 1, 1000),
                BlockNames.HuggingFace, sizes),
        };
        _imageNorm = LayerNorm.Take(weights, "vision_model.post_layernorm", sizes.Width, sizes.Epsilon);
        _pool = new AttentionPool(weights, "vision_model.head.", sizes);
        _text = new SiglipText(config.Object("text_config"), weights, sizes.Width);
        (ImageSize, PatchSize, EmbeddingSize) = (size, patch, _text.EmbeddingSize);
        (ContextLength, PaddingId, PadsToContext) = (_text.ContextLength, _text.PaddingId, true);
        (LogitScale, LogitBias) = (weights.Take("logit_scale", 1), weights.Take("logit_bias", 1));
        weights.RequireAllTaken(name => name.EndsWith(".embeddings.position_ids", StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public override Tensor LogitScale { get; }

    /// <inheritdoc cref="Clip.Create"/>
    internal static Siglip Create(ConfigReader config, NetworkWeights weights) => new(config, weights);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _image.Dispose();
        base.Dispose();
    }

    internal override Tensor EncodeImages(Tensor pixels, TowerTrace? trace)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tokens = _imageNorm.Apply(_image.Forward(pixels, trace?.States));
        Tensor pooled = _pool.Forward(tokens);
        trace?.Keep(tokens);
        return pooled.MoveToOuterDisposeScope();
    }

    internal override Tensor EncodeTexts(Tensor ids, Tensor? mask, TowerTrace? trace) => _text.Encode(ids, mask, trace);
}

/// <summary>Text tower of SigLIP: tokens see each other in both directions, and the last one, padding or not, is projected.</summary>
/// <remarks>Borrows its weights. Trained on texts padded to the context and without a mask.</remarks>
internal sealed class SiglipText
{
    private readonly TextTransformer _text;
    private readonly Linear _head;

    /// <summary>Takes its weights.</summary>
    /// <param name="config">Of the text tower.</param>
    /// <param name="weights">Lends them.</param>
    /// <param name="imageWidth">Of the image tower, whose embeddings the texts' shall meet.</param>
    public SiglipText(ConfigReader config, NetworkWeights weights, int imageWidth)
    {
        BlockSizes sizes = Sizes(config);
        _text = TowerSizes.TakeText(weights, config, sizes, isCausal: false, vocabulary: 32_000, context: 64);
        EmbeddingSize = config.Integer("projection_size", sizes.Width);
        if (EmbeddingSize != imageWidth) throw config.Wrong("projection_size", $"the image tower's width {imageWidth}", $"{EmbeddingSize}");
        _head = Linear.Take(weights, "text_model.head", EmbeddingSize, sizes.Width);
        PaddingId = config.IntegerOrNull("pad_token_id") ?? 1;
    }

    /// <summary>D.</summary>
    public int EmbeddingSize { get; }

    /// <summary>The longest text, in tokens.</summary>
    public int ContextLength => _text.ContextLength;

    /// <summary>What texts are padded with.</summary>
    public int PaddingId { get; }

    /// <summary>Sizes of a tower's blocks, with the defaults of the model's library.</summary>
    public static BlockSizes Sizes(ConfigReader tower) => TowerSizes.Read(tower, 768, 12, 3072, "gelu_pytorch_tanh", 1e-6);

    /// <summary>Embeds texts.</summary>
    public Tensor Encode(Tensor ids, Tensor? mask, TowerTrace? trace)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tokens = _text.Forward(ids, mask, trace?.States);
        Tensor projected = _head.Apply(tokens.select(1, tokens.shape[1] - 1));
        trace?.Keep(tokens);
        return projected.MoveToOuterDisposeScope();
    }
}
