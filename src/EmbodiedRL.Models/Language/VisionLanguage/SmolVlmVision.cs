using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Encoders.Transformers;
using EmbodiedRL.Models.Language.Decoders;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.VisionLanguage;

/// <summary>Sizes of SmolVLM's image tower.</summary>
public sealed record SmolVlmVisionSettings
{
    /// <summary>C.</summary>
    public required int Width { get; init; }

    /// <summary>Blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads; they divide the width.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of the hidden layer.</summary>
    public required int Hidden { get; init; }

    /// <summary>Side of a patch, in pixels.</summary>
    public required int PatchSize { get; init; }

    /// <summary>Side of the image that the table of positions was made for, in pixels.</summary>
    public required int ImageSize { get; init; }

    /// <summary>Color channels.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Of the hidden layer.</summary>
    internal Activation Activation { get; init; } = Activation.GeluTanh;

    /// <summary>Of the norms.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>Positions of a side of the table.</summary>
    public int Side => ImageSize / PatchSize;

    /// <summary>Reads the vision part of a config of Idefics3 or SmolVLM.</summary>
    /// <exception cref="CorruptFileException">Values are out of range or do not fit each other.</exception>
    internal static SmolVlmVisionSettings Read(ConfigReader vision)
    {
        var settings = new SmolVlmVisionSettings
        {
            Width = vision.Integer("hidden_size", 1152),
            Layers = vision.Integer("num_hidden_layers", 12, 1, 1000),
            Heads = vision.Integer("num_attention_heads", 16),
            Hidden = vision.Integer("intermediate_size", 3072),
            PatchSize = vision.Integer("patch_size", 32, 1, 1024),
            ImageSize = vision.Integer("image_size", 224, 1, 16384),
            Channels = vision.Integer("num_channels", 3, 3, 3),
            Activation = Activations.Parse(vision.Text("hidden_act", "gelu_pytorch_tanh"), vision.Path),
            Epsilon = vision.Number("layer_norm_eps", 1e-6, 0, 1),
        };
        if (settings.Width % settings.Heads != 0)
            throw vision.Wrong("num_attention_heads", $"a divisor of hidden_size, {settings.Width}", $"{settings.Heads}");
        if (settings.Side < 1) throw vision.Wrong("patch_size", $"at most image_size, {settings.ImageSize}", $"{settings.PatchSize}");
        return settings;
    }
}

/// <summary>Image tower of Idefics3 and SmolVLM: SigLIP's, for tiles that may be real in part only.</summary>
/// <remarks>
/// A patch is real if any of its pixels is. Patches that are not real are seen by none, yet their own states are computed, as they go on
/// into the features. Positions of a tile that is real in part are spread over the whole table. Owns its weights. Not thread-safe.
/// </remarks>
[Paper("2504.05299", "SmolVLM: Redefining small and efficient multimodal models", Year = 2025)]
internal sealed class SmolVlmVision : nn.Module
{
    private readonly SmolVlmVisionSettings _settings;
    private readonly PatchEmbedding _patches;
    private readonly EmbeddingTable _positions;
    private readonly Block[] _blocks;
    private readonly LayerNormLayer _norm;

    /// <summary>Room for weights; not filled.</summary>
    public SmolVlmVision(SmolVlmVisionSettings settings, ScalarType type, Device device) : base(nameof(SmolVlmVision))
    {
        _settings = settings;
        _patches = new PatchEmbedding([settings.Channels, settings.PatchSize, settings.PatchSize], settings.Width, true, type, device);
        _positions = new EmbeddingTable(settings.Side * settings.Side, settings.Width, type, device);
        _blocks = [.. Enumerable.Range(0, settings.Layers).Select(_ => new Block(settings, type, device))];
        _norm = new LayerNormLayer(settings.Width, settings.Epsilon, type, device);
        register_module("embeddings", new ModuleGroup(("patch_embedding", _patches), ("position_embedding", _positions)));
        register_module("encoder", new ModuleGroup(("layers", nn.ModuleList(_blocks))));
        register_module("post_layernorm", _norm);
    }

    /// <summary>Runs the tower.</summary>
    /// <param name="pixels">[N, 3, H, W].</param>
    /// <param name="mask">int64 or bool [N, H, W], not 0 where a pixel is real; null where all are.</param>
    /// <returns>[N, H / patch, W / patch, C], after the last norm; owned by the caller's dispose scope.</returns>
    /// <exception cref="SpecMismatchException">Shapes do not fit, or real patches are no rectangle at the top left.</exception>
    public Tensor Forward(Tensor pixels, Tensor? mask)
    {
        int patch = _settings.PatchSize;
        if (pixels.dim() != 4 || pixels.shape[1] != _settings.Channels || pixels.shape[2] < patch || pixels.shape[3] < patch)
            throw new SpecMismatchException("pixels of tiles", $"[N, {_settings.Channels}, H, W] of at least {patch} x {patch}",
                $"[{string.Join(", ", pixels.shape)}]");
        using DisposeScope scope = NewDisposeScope();
        (long count, long rows, long columns) = (pixels.shape[0], pixels.shape[2] / patch, pixels.shape[3] / patch);
        Tensor x = _patches.forward(Whole(pixels).reshape(count, _settings.Channels, rows, patch, columns, patch)
            .permute(0, 2, 4, 1, 3, 5).reshape(count, rows * columns, -1));
        if (mask is not null && !mask.shape.SequenceEqual([count, pixels.shape[2], pixels.shape[3]]))
            throw new SpecMismatchException("mask of pixels", $"[{count}, {pixels.shape[2]}, {pixels.shape[3]}]",
                $"[{string.Join(", ", mask.shape)}]");
        Tensor? real = RealPatches(mask);
        Tensor places = Positions(real, (int)count, (int)rows, (int)columns).to(x.device);
        x = x + _positions.Weight.index_select(0, places).view(x.shape);
        Tensor? seen = real?.view(count, 1, 1, rows * columns);
        foreach (Block block in _blocks)
        {
            Tensor next = block.Forward(x, seen);
            x.Dispose(); // a graph keeps what it needs
            x = next;
        }

        return _norm.forward(x).view(count, rows, columns, _settings.Width).MoveToOuterDisposeScope();
    }

    /// <summary>bool [N, rows, columns]: whether any pixel of a patch is real; null where all pixels are.</summary>
    /// <param name="mask">[N, H, W].</param>
    internal Tensor? RealPatches(Tensor? mask)
    {
        if (mask is null) return null;
        int patch = _settings.PatchSize;
        (long count, long rows, long columns) = (mask.shape[0], mask.shape[1] / patch, mask.shape[2] / patch);
        return Whole(mask.ne(0)).reshape(count, rows, patch, columns, patch).permute(0, 1, 3, 2, 4).flatten(3).any(3);
    }

    /// <summary>int64 [N * rows * columns]: place of each patch in the table, floor(i * side / real) per axis; 0 where a patch is not
    /// real.</summary>
    internal Tensor Positions(Tensor? real, int count, int rows, int columns)
    {
        int side = _settings.Side, patches = rows * columns;
        long[] places = new long[count * patches];
        bool[]? isReal = real?.contiguous().cpu().data<bool>().ToArray();
        for (int image = 0; image < count; image++)
        {
            ReadOnlySpan<bool> of = isReal.AsSpan(isReal is null ? 0 : image * patches, isReal is null ? 0 : patches);
            (int height, int width) = isReal is null ? (rows, columns) : Extent(of, rows, columns);
            for (int row = 0; row < height; row++)
                for (int column = 0; column < width; column++)
                    places[(image * patches) + (row * columns) + column] = (row * side / height * side) + (column * side / width);
        }

        return tensor(places);
    }

    /// <summary>Pixels of whole patches; what is left over is not looked at.</summary>
    private Tensor Whole(Tensor x) => x.narrow(-2, 0, x.shape[^2] / _settings.PatchSize * _settings.PatchSize)
        .narrow(-1, 0, x.shape[^1] / _settings.PatchSize * _settings.PatchSize);

    private static (int Height, int Width) Extent(ReadOnlySpan<bool> real, int rows, int columns)
    {
        (int height, int width, int count) = (0, 0, 0);
        for (int i = 0; i < real.Length; i++)
            if (real[i])
            {
                count++;
                (height, width) = (Math.Max(height, (i / columns) + 1), Math.Max(width, (i % columns) + 1));
            }

        return count > 0 && count == height * width
            ? (height, width)
            : throw new SpecMismatchException("real pixels of a tile", $"a rectangle at the top left of {rows} x {columns} patches",
                $"{count} patches within {height} x {width}");
    }

    private sealed class Block : nn.Module
    {
        private readonly LinearLayer _query, _key, _value, _out, _widen, _narrow;
        private readonly LayerNormLayer _first, _second;
        private readonly SmolVlmVisionSettings _settings;

        public Block(SmolVlmVisionSettings settings, ScalarType type, Device device) : base(nameof(Block))
        {
            _settings = settings;
            int width = settings.Width;
            LinearLayer Linear(int inputs, int outputs) => new(inputs, outputs, true, type, device);
            (_query, _key, _value, _out) = (Linear(width, width), Linear(width, width), Linear(width, width), Linear(width, width));
            (_widen, _narrow) = (Linear(width, settings.Hidden), Linear(settings.Hidden, width));
            _first = new LayerNormLayer(width, settings.Epsilon, type, device);
            _second = new LayerNormLayer(width, settings.Epsilon, type, device);
            register_module("self_attn", new ModuleGroup(("q_proj", _query), ("k_proj", _key), ("v_proj", _value), ("out_proj", _out)));
            register_module("layer_norm1", _first);
            register_module("layer_norm2", _second);
            register_module("mlp", new ModuleGroup(("fc1", _widen), ("fc2", _narrow)));
        }

        public Tensor Forward(Tensor x, Tensor? seen)
        {
            using DisposeScope scope = NewDisposeScope();
            (long batch, long length, int heads) = (x.shape[0], x.shape[1], _settings.Heads);
            Tensor Split(Tensor y) => y.view(batch, length, heads, -1).transpose(1, 2);
            Tensor normed = _first.forward(x);
            Tensor mixed = nn.functional.scaled_dot_product_attention(
                Split(_query.forward(normed)), Split(_key.forward(normed)), Split(_value.forward(normed)), seen);
            x = x + _out.forward(mixed.transpose(1, 2).reshape(batch, length, -1));
            x = x + _narrow.forward(_settings.Activation.Apply(_widen.forward(_second.forward(x))));
            return x.MoveToOuterDisposeScope();
        }
    }
}

/// <summary>Connector of Idefics3 and SmolVLM: a block of patches becomes the channels of one feature, which is projected.</summary>
[Paper("2408.12637", "Building and better understanding vision-language models: insights and future directions", Year = 2024)]
internal sealed class ShuffleConnector : nn.Module
{
    private readonly LinearLayer _projection;
    private readonly int _factor;

    /// <summary>Room for weights; not filled.</summary>
    /// <param name="width">C of a patch.</param>
    /// <param name="factor">Patches of a side of a block.</param>
    /// <param name="hidden">H of the decoder.</param>
    /// <param name="type">Of the numbers.</param>
    /// <param name="device">Where they live.</param>
    public ShuffleConnector(int width, int factor, int hidden, ScalarType type, Device device) : base(nameof(ShuffleConnector))
    {
        _factor = factor;
        _projection = new LinearLayer(width * factor * factor, hidden, false, type, device);
        register_module("modality_projection", new ModuleGroup(("proj", _projection)));
    }

    /// <summary>Features of patches.</summary>
    /// <param name="x">[N, rows, columns, C].</param>
    /// <returns>[N, rows * columns / factor^2, H], owned by the caller's dispose scope.</returns>
    public Tensor Forward(Tensor x)
    {
        (long count, long rows, long columns, long width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        if (rows % _factor != 0 || columns % _factor != 0)
            throw new SpecMismatchException("patches of a tile", $"multiples of {_factor} in rows and columns", $"{rows} x {columns}");
        using DisposeScope scope = NewDisposeScope();
        Tensor blocks = x.view(count, rows / _factor, _factor, columns / _factor, _factor, width)
            .permute(0, 1, 3, 2, 4, 5).reshape(count, rows * columns / (_factor * _factor), _factor * _factor * width);
        return _projection.forward(blocks).MoveToOuterDisposeScope();
    }
}
