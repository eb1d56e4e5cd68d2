using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders.Transformers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Pretrained;

/// <summary>CLIP in Hugging Face's layout: OpenAI's checkpoints, and others of the same shape.</summary>
[Paper("2103.00020", "Learning Transferable Visual Models From Natural Language Supervision", Year = 2021)]
public sealed class Clip : TwoTowers
{
    /// <summary>Its <c>model_type</c>.</summary>
    public const string ModelType = "clip";

    // OpenAI's configs say 2 and mean the largest token, which is the real end of text.
    private const int LegacyEnd = 2;

    private readonly ImageTransformer _image;
    private readonly TextTransformer _text;
    private readonly LayerNorm _imageNorm;
    private readonly Linear _imageProjection, _textProjection;
    private readonly int _end;

    private Clip(ConfigReader config, NetworkWeights weights) : base(weights)
    {
        ConfigReader vision = Part(config, "vision_config"), text = Part(config, "text_config");
        EmbeddingSize = config.Integer("projection_dim", 512);
        int width = vision.Integer("hidden_size", 768), patch = vision.Integer("patch_size", 32);
        double epsilon = vision.Number("layer_norm_eps", 1e-5, 0, 1);
        BlockSizes imageSizes = TowerSizes.Read(vision, 768, 12, 3072, "quick_gelu", 1e-5);
        int size = TowerSizes.ImageSize(vision, 224, patch), tokens = (size / patch * (size / patch)) + 1;
        _image = new ImageTransformer
        {
            ImageSize = size,
            PatchSize = patch,
            Patches = weights.Take("vision_model.embeddings.patch_embedding.weight", width, 3, patch, patch),
            ClassToken = weights.Take("vision_model.embeddings.class_embedding", width),
            Positions = weights.Take("vision_model.embeddings.position_embedding.weight", tokens, width),
            NormBefore = LayerNorm.Take(weights, "vision_model.pre_layrnorm", width, epsilon), // so spelled in every checkpoint
            Blocks = TransformerBlock.Stack(weights, "vision_model.encoder.layers.", vision.Integer("num_hidden_layers", 12),
                BlockNames.HuggingFace, imageSizes),
        };
        _imageNorm = LayerNorm.Take(weights, "vision_model.post_layernorm", width, epsilon);
        _imageProjection = Linear.Take(weights, "visual_projection", EmbeddingSize, width, hasBias: false);

        BlockSizes textSizes = TowerSizes.Read(text, 512, 8, 2048, "quick_gelu", 1e-5);
        _text = TowerSizes.TakeText(weights, text, textSizes, isCausal: true, vocabulary: 49_408, context: 77);
        _textProjection = Linear.Take(weights, "text_projection", EmbeddingSize, textSizes.Width, hasBias: false);
        _end = text.Integer("eos_token_id", 49_407, 0);
        PaddingId = text.IntegerOrNull("pad_token_id") ?? 1;
        (ImageSize, PatchSize, ContextLength, ReadsMask) = (size, patch, _text.ContextLength, true);
        LogitScale = weights.Take("logit_scale");
        weights.RequireAllTaken(name => name.EndsWith(".embeddings.position_ids", StringComparison.Ordinal));
    }

    /// <inheritdoc/>
    public override Tensor LogitScale { get; }

    /// <summary>The model of a config.</summary>
    /// <param name="config">Its <c>config.json</c>.</param>
    /// <param name="weights">Owned by the model from now on.</param>
    /// <exception cref="CorruptFileException">Config and weights do not belong together.</exception>
    internal static Clip Create(ConfigReader config, NetworkWeights weights) => new(config, weights);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _image.Dispose();
        base.Dispose();
    }

    /// <summary>The position table of a grid of patches; lent.</summary>
    internal Tensor TableFor(int rows, int columns) => _image.TableFor(rows, columns);

    internal override Tensor EncodeImages(Tensor pixels, TowerTrace? trace)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tokens = _image.Forward(pixels, trace?.States);
        Tensor pooled = _imageNorm.Apply(tokens.select(1, 0));
        trace?.Keep(tokens, pooled);
        return _imageProjection.Apply(pooled).MoveToOuterDisposeScope();
    }

    internal override Tensor EncodeTexts(Tensor ids, Tensor? mask, TowerTrace? trace)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tokens = _text.Forward(ids, mask, trace?.States);
        Tensor pooled = TextPooling.At(tokens, _end == LegacyEnd ? TextPooling.Largest(ids) : TextPooling.FirstOf(ids, _end));
        trace?.Keep(tokens, pooled);
        return _textProjection.Apply(pooled).MoveToOuterDisposeScope();
    }

    // Older files have a second block of the same values, which wins where it is there.
    private static ConfigReader Part(ConfigReader config, string key) =>
        config.Has(key + "_dict") ? config.Object(key + "_dict") : config.Object(key);
}
