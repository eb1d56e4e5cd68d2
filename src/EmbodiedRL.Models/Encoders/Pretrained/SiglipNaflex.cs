using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders.Transformers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Pretrained;

/// <summary>SigLIP 2 at native aspect and flexible resolution (NaFlex), in Hugging Face's layout: an image is a list of patches.</summary>
[Paper("2502.14786", "SigLIP 2: Multilingual Vision-Language Encoders with Improved Semantic Understanding", Year = 2025)]
public sealed class SiglipNaflex : TwoTowers
{
    /// <summary>Its <c>model_type</c>.</summary>
    public const string ModelType = "siglip2";

    private readonly Dictionary<(int, int), Tensor> _tables = [];
    private readonly Linear _patches;
    private readonly Tensor _positions;
    private readonly TransformerBlock[] _blocks;
    private readonly LayerNorm _norm;
    private readonly AttentionPool _pool;
    private readonly SiglipText _text;
    private readonly int _side;

    private SiglipNaflex(ConfigReader config, NetworkWeights weights) : base(weights)
    {
        ConfigReader vision = config.Object("vision_config");
        BlockSizes sizes = SiglipText.Sizes(vision);
        PatchSize = vision.Integer("patch_size", 16);
        int positions = vision.Integer("num_patches", 256);
        _side = (int)Math.Sqrt(positions);
        if (_side * _side != positions) throw vision.Wrong("num_patches", "a square", $"{positions}");
        _patches = Linear.Take(weights, "vision_model.embeddings.patch_embedding", sizes.Width, 3 * PatchSize * PatchSize);
        _positions = weights.Take("vision_model.embeddings.position_embedding.weight", positions, sizes.Width);
        _blocks = TransformerBlock.Stack(weights, "vision_model.encoder.layers.", vision.Integer("num_hidden_layers", 12, 1, 1000),
            BlockNames.HuggingFace, sizes);
        _norm = LayerNorm.Take(weights, "vision_model.post_layernorm", sizes.Width, sizes.Epsilon);
        _pool = new AttentionPool(weights, "vision_model.head.", sizes);
        _text = new SiglipText(config.Object("text_config"), weights, sizes.Width);
        (ImageSize, EmbeddingSize) = (_side * PatchSize, _text.EmbeddingSize); // a square of as many patches as the table has
        (ContextLength, PaddingId, PadsToContext) = (_text.ContextLength, _text.PaddingId, true);
        (LogitScale, LogitBias) = (weights.Take("logit_scale", 1), weights.Take("logit_bias", 1));
        weights.RequireAllTaken();
    }

    /// <inheritdoc/>
    public override Tensor LogitScale { get; }

    /// <inheritdoc cref="Clip.Create"/>
    internal static SiglipNaflex Create(ConfigReader config, NetworkWeights weights) => new(config, weights);

    /// <summary>Embeds images that were cut into patches.</summary>
    /// <param name="patches">Floats [B, P, 3 * patch * patch]; a patch is flattened by (row, column, channel).</param>
    /// <param name="mask">int64 [B, P], 0 where there is padding.</param>
    /// <param name="shapes">Height and width of each image, in patches.</param>
    /// <returns>[B, D], not normalized, fresh; the caller's scope owns it.</returns>
    public Tensor EncodePatches(Tensor patches, Tensor mask, IReadOnlyList<(int Height, int Width)> shapes) =>
        EncodePatches(patches, mask, shapes, null);

    /// <inheritdoc/>
    public override void Dispose()
    {
        foreach (Tensor table in _tables.Values) table.Dispose();
        base.Dispose();
    }

    internal Tensor EncodePatches(Tensor patches, Tensor mask, IReadOnlyList<(int Height, int Width)> shapes, TowerTrace? trace)
    {
        using DisposeScope scope = NewDisposeScope();
        int places = (int)patches.shape[1];
        if (shapes.Any(shape => shape.Height < 1 || shape.Width < 1 || (long)shape.Height * shape.Width > places))
            throw new SpecMismatchException("images", $"1 to {places} patches each", string.Join(", ", shapes));
        Tensor x = _patches.Apply(patches.to(_positions.dtype)) + stack(shapes.Select(shape => Table(shape.Height, shape.Width, places)));
        trace?.States.Add(x);
        Tensor seen = mask.to(ScalarType.Bool).view(mask.shape[0], 1, 1, places);
        x = _norm.Apply(TransformerBlock.Run(_blocks, x, seen, states: trace?.States));
        Tensor pooled = _pool.Forward(x, seen);
        trace?.Keep(x);
        return pooled.MoveToOuterDisposeScope();
    }

    /// <summary>Whole images, all of one size.</summary>
    internal override Tensor EncodeImages(Tensor pixels, TowerTrace? trace)
    {
        using DisposeScope scope = NewDisposeScope();
        (int rows, int columns) = ((int)pixels.shape[2] / PatchSize, (int)pixels.shape[3] / PatchSize);
        Tensor patches = pixels.unfold(2, PatchSize, PatchSize).unfold(3, PatchSize, PatchSize) // [B, 3, rows, columns, patch, patch]
            .permute(0, 2, 3, 4, 5, 1).reshape(pixels.shape[0], rows * columns, -1);
        Tensor mask = ones([patches.shape[0], patches.shape[1]], ScalarType.Int64, pixels.device);
        Tensor pooled = EncodePatches(patches, mask, [.. Enumerable.Repeat((rows, columns), (int)pixels.shape[0])], trace);
        if (trace is not null) trace.Keep(trace.Last!);
        return pooled.MoveToOuterDisposeScope();
    }

    internal override Tensor EncodeTexts(Tensor ids, Tensor? mask, TowerTrace? trace) => _text.Encode(ids, mask, trace);

    /// <summary>[places, width]: the table of a grid; places behind it have the table's first row, as the model was trained.</summary>
    private Tensor Table(int height, int width, int places)
    {
        bool learns = is_grad_enabled() && _positions.requires_grad;
        if (learns || !_tables.TryGetValue((height, width), out Tensor? table))
        {
            table = PositionTable.Bilinear(_positions, _side, _side, height, width);
            if (!learns) _tables[(height, width)] = table.DetachFromDisposeScope();
        }

        int behind = places - (height * width);
        return behind == 0 ? table : cat([table, table.narrow(0, 0, 1).expand(behind, table.shape[1])], 0);
    }
}
