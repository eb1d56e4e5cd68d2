using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders.Transformers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Pretrained;

/// <summary>Vision transformers of open_clip, up to ViT-bigG, in the layout of its own hub folders.</summary>
[Paper("2212.07143", "Reproducible scaling laws for contrastive language-image learning", Year = 2023)]
public sealed class OpenClip : TwoTowers
{
    /// <summary>Its config's file name.</summary>
    public const string ConfigFile = "open_clip_config.json";

    /// <summary>Stem of its checkpoint's file name.</summary>
    public const string Stem = "open_clip_model";

    private readonly ImageTransformer _image;
    private readonly TextTransformer _text;
    private readonly LayerNorm _imageNorm;
    private readonly Tensor _imageProjection, _textProjection;
    private readonly Tensor? _textBias; // with it the projection is stored [out, in], without it [in, out]
    private readonly bool _averagesPatches, _normalizesPooled;
    private readonly string _textPool;

    private OpenClip(ConfigReader file, NetworkWeights weights) : base(weights)
    {
        ConfigReader config = file.Object("model_cfg"), vision = config.Object("vision_cfg"), text = config.Object("text_cfg");
        RequireSupported(config, vision, text);
        EmbeddingSize = config.Integer("embed_dim", null);
        Activation activation = config.Flag("quick_gelu", false) ? Activation.QuickGelu : Activation.Gelu;

        BlockSizes sizes = ImageSizes(vision, activation);
        int patch = vision.Integer("patch_size", 16), size = TowerSizes.ImageSize(vision, 224, patch), side = size / patch;
        _averagesPatches = vision.Text("pool_type", "tok") == "avg";
        _normalizesPooled = vision.Flag("final_ln_after_pool", false);
        _image = new ImageTransformer
        {
            ImageSize = size,
            PatchSize = patch,
            Patches = weights.Take("visual.conv1.weight", sizes.Width, 3, patch, patch),
            ClassToken = weights.Take("visual.class_embedding", sizes.Width),
            Positions = weights.Take("visual.positional_embedding", (side * side) + 1, sizes.Width),
            NormBefore = vision.Flag("no_ln_pre", false) ? null : LayerNorm.Take(weights, "visual.ln_pre", sizes.Width, sizes.Epsilon),
            Blocks = TransformerBlock.Stack(weights, "visual.transformer.resblocks.", vision.Integer("layers", 12, 1, 1000),
                BlockNames.OpenClip, sizes),
        };
        _imageNorm = LayerNorm.Take(weights, "visual.ln_post", sizes.Width, sizes.Epsilon);
        _imageProjection = weights.Take("visual.proj", sizes.Width, EmbeddingSize);

        string prefix = config.Flag("custom_text", false) ? "text." : "";
        BlockSizes textSizes = TextSizes(text, activation);
        _text = TakeText(weights, prefix, text, textSizes);
        _textPool = text.Text("pool_type", "argmax");
        bool hasBias = text.Flag("proj_bias", false);
        _textProjection = hasBias
            ? weights.Take(prefix + "text_projection.weight", EmbeddingSize, textSizes.Width)
            : weights.Take(prefix + "text_projection", textSizes.Width, EmbeddingSize);
        _textBias = hasBias ? weights.Take(prefix + "text_projection.bias", EmbeddingSize) : null;
        (ImageSize, PatchSize, ContextLength, PadsToContext) = (size, patch, _text.ContextLength, true);
        PaddingId = text.Integer("pad_id", 0, 0);
        LogitScale = TakeScalar(weights, "logit_scale");
        LogitBias = config.Has("init_logit_bias") ? TakeScalar(weights, "logit_bias") : null;
        weights.RequireAllTaken(name => name.EndsWith("attn_mask", StringComparison.Ordinal)); // a constant of older files
    }

    /// <inheritdoc/>
    public override Tensor LogitScale { get; }

    /// <inheritdoc cref="Clip.Create"/>
    internal static OpenClip Create(ConfigReader config, NetworkWeights weights) => new(config, weights);

    /// <inheritdoc/>
    public override Tensor Normalize(Tensor embeddings) => nn.functional.normalize(embeddings, p: 2, dim: 1);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _image.Dispose();
        base.Dispose();
    }

    internal override Tensor EncodeImages(Tensor pixels, TowerTrace? trace)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tokens = _image.Forward(pixels, trace?.States);
        Tensor? normalized = _normalizesPooled && trace is null ? null : _imageNorm.Apply(tokens);
        Tensor pooled = Pool(_normalizesPooled ? tokens : normalized!);
        if (_normalizesPooled) pooled = _imageNorm.Apply(pooled);
        trace?.Keep(normalized!, pooled);
        return pooled.matmul(_imageProjection).MoveToOuterDisposeScope();
    }

    /// <remarks>Without a mask: padding is behind the end of a text, where causal attention does not look.</remarks>
    internal override Tensor EncodeTexts(Tensor ids, Tensor? mask, TowerTrace? trace)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor tokens = _text.Forward(ids, null, trace?.States);
        Tensor pooled = _textPool switch
        {
            "first" => tokens.select(1, 0),
            "last" => tokens.select(1, tokens.shape[1] - 1),
            _ => TextPooling.At(tokens, TextPooling.Largest(ids)),
        };
        trace?.Keep(tokens, pooled);
        Tensor projected = _textBias is null
            ? pooled.matmul(_textProjection)
            : nn.functional.linear(pooled, _textProjection, _textBias);
        return projected.MoveToOuterDisposeScope();
    }

    private static void RequireSupported(ConfigReader config, ConfigReader vision, ConfigReader text)
    {
        (ConfigReader Part, string Key)[] others =
        [
            (vision, "timm_model_name"), (text, "hf_model_name"), (text, "embed_cls"), (vision, "attentional_pool"),
            (config, "multimodal_cfg"),
        ];
        foreach ((ConfigReader part, string key) in others)
            if (part.Has(key) && !(key is "embed_cls" or "attentional_pool" && !part.Flag(key, false)))
                throw part.Wrong(key, "no such key (towers of open_clip's own ViT family)", "one; this kind of tower is not supported");
        Require(vision, "pool_type", "tok", "tok", "avg");
        Require(vision, "pos_embed_type", "learnable", "learnable");
        Require(text, "pool_type", "argmax", "argmax", "first", "last");
        Require(text, "proj_type", "linear", "linear");
    }

    private static void Require(ConfigReader part, string key, string usual, params string[] known)
    {
        string found = part.Text(key, usual);
        if (!known.Contains(found)) throw part.Wrong(key, string.Join(" or ", known), $"'{found}'");
    }

    private static BlockSizes ImageSizes(ConfigReader vision, Activation activation)
    {
        int width = vision.Integer("width", 768), head = vision.Integer("head_width", 64);
        if (width < head) throw vision.Wrong("head_width", $"at most the width {width}", $"{head}");
        TowerSizes.RequireHeads(vision, width, width / head);
        return Sizes(vision, width, width / head, activation);
    }

    private static BlockSizes TextSizes(ConfigReader text, Activation activation)
    {
        (int width, int heads) = (text.Integer("width", 512), text.Integer("heads", 8));
        TowerSizes.RequireHeads(text, width, heads);
        return Sizes(text, width, heads, activation);
    }

    // the hidden width is cut, not rounded
    private static BlockSizes Sizes(ConfigReader tower, int width, int heads, Activation activation) =>
        new(width, heads, (int)(width * tower.Number("mlp_ratio", 4, 0.01, 100)), activation,
            tower.Object("norm_kwargs").Number("eps", 1e-5, 0, 1));

    private static TextTransformer TakeText(NetworkWeights weights, string prefix, ConfigReader text, BlockSizes sizes) => new()
    {
        Tokens = weights.Take(prefix + "token_embedding.weight", text.Integer("vocab_size", 49_408), sizes.Width),
        Positions = weights.Take(prefix + "positional_embedding", text.Integer("context_length", 77), sizes.Width),
        Blocks = TransformerBlock.Stack(weights, prefix + "transformer.resblocks.", text.Integer("layers", 12, 1, 1000),
            BlockNames.OpenClip, sizes),
        NormAfter = LayerNorm.Take(weights, prefix + "ln_final", sizes.Width, sizes.Epsilon),
        IsCausal = !text.Flag("no_causal_mask", false),
    };

    private static Tensor TakeScalar(NetworkWeights weights, string name) =>
        weights.ShapeOf(name).Count == 1 ? weights.Take(name, 1) : weights.Take(name);

    private Tensor Pool(Tensor tokens) =>
        _averagesPatches ? tokens.narrow(1, 1, tokens.shape[1] - 1).mean([1]) : tokens.select(1, 0);
}
