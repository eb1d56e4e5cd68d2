using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Language.Decoders;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.VisionLanguage;

/// <summary>Sizes of Qwen2.5-VL's image tower.</summary>
public sealed record QwenVisionSettings
{
    private const double RotaryBase = 10_000;

    /// <summary>C.</summary>
    public required int Width { get; init; }

    /// <summary>Blocks.</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads, of a size that 4 divides.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of the gated hidden layer.</summary>
    public required int Hidden { get; init; }

    /// <summary>Width of a feature: H of the decoder.</summary>
    public required int OutputWidth { get; init; }

    /// <summary>Side of a patch, in pixels.</summary>
    public int PatchSize { get; init; } = 14;

    /// <summary>Frames of a patch.</summary>
    public int TemporalPatchSize { get; init; } = 2;

    /// <summary>Patches of a side that are merged to one feature.</summary>
    public int MergeSize { get; init; } = 2;

    /// <summary>Side of a window, in pixels.</summary>
    public int WindowSize { get; init; } = 112;

    /// <summary>Color channels.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Blocks whose patches look at their whole frame; those of the others look within their window.</summary>
    public IReadOnlyList<int> FullBlocks { get; init; } = [7, 15, 23, 31];

    /// <summary>Base of the rotary wavelengths.</summary>
    public double Theta { get; init; } = RotaryBase;

    /// <summary>Size of a head.</summary>
    public int HeadSize => Width / Heads;

    /// <summary>Side of a window, in features.</summary>
    public int WindowFeatures => WindowSize / MergeSize / PatchSize;

    /// <summary>Reads the vision part of a config of Qwen2.5-VL.</summary>
    /// <exception cref="CorruptFileException">Values are out of range or do not fit each other.</exception>
    internal static QwenVisionSettings Read(ConfigReader vision)
    {
        var settings = new QwenVisionSettings
        {
            Width = vision.Integer("hidden_size", 3584),
            Layers = vision.Integer("depth", 32, 1, 1000),
            Heads = vision.Integer("num_heads", 16),
            Hidden = vision.Integer("intermediate_size", 3420),
            OutputWidth = vision.Integer("out_hidden_size", 3584),
            PatchSize = vision.Integer("patch_size", vision.Integer("spatial_patch_size", 14, 1, 1024), 1, 1024),
            TemporalPatchSize = vision.Integer("temporal_patch_size", 2, 1, 64),
            MergeSize = vision.Integer("spatial_merge_size", 2, 1, 64),
            WindowSize = vision.Integer("window_size", 112),
            Channels = vision.Integer("in_channels", vision.Integer("in_chans", 3, 3, 3), 3, 3),
            FullBlocks = vision.Has("fullatt_block_indexes") ? vision.Integers("fullatt_block_indexes") : [7, 15, 23, 31],
            Theta = vision.Object("rope_parameters").Number("rope_theta", vision.Number("rope_theta", RotaryBase, 1, 1e12), 1, 1e12),
        };
        string activation = vision.Text("hidden_act", "silu");
        if (activation != "silu") throw vision.Wrong("hidden_act", "silu", $"'{activation}', which is not supported");
        if (settings.Width % settings.Heads != 0 || settings.HeadSize % 4 != 0)
            throw vision.Wrong("num_heads", $"a divisor of hidden_size, {settings.Width}, into heads of a multiple of 4",
                $"{settings.Heads}");
        if (settings.WindowFeatures < 1)
            throw vision.Wrong("window_size", $"at least {settings.MergeSize * settings.PatchSize}, one feature", $"{settings.WindowSize}");
        return settings;
    }
}

/// <summary>Image tower of Qwen2.5-VL: patches of images of any size, most blocks looking within windows only.</summary>
/// <remarks>
/// Patches come block by block of those that are merged to one feature. They are read window by window and their features are put back
/// into the order of rows. Owns its weights. Not thread-safe.
/// </remarks>
[Paper("2502.13923", "Qwen2.5-VL Technical Report", Year = 2025)]
internal sealed class QwenVision : nn.Module
{
    private const double Epsilon = 1e-6; // of all norms, whatever configs say

    private readonly QwenVisionSettings _settings;
    private readonly PatchEmbedding _patches;
    private readonly Block[] _blocks;
    private readonly RmsNorm _norm;
    private readonly LinearLayer _widen, _narrow;

    /// <summary>Room for weights; not filled.</summary>
    public QwenVision(QwenVisionSettings settings, ScalarType type, Device device) : base(nameof(QwenVision))
    {
        _settings = settings;
        int merged = settings.Width * settings.MergeSize * settings.MergeSize;
        _patches = new PatchEmbedding([settings.Channels, settings.TemporalPatchSize, settings.PatchSize, settings.PatchSize],
            settings.Width, false, type, device);
        _blocks = [.. Enumerable.Range(0, settings.Layers).Select(_ => new Block(settings, type, device))];
        _norm = new RmsNorm(settings.Width, Epsilon, type, device);
        _widen = new LinearLayer(merged, merged, true, type, device);
        _narrow = new LinearLayer(merged, settings.OutputWidth, true, type, device);
        register_module("patch_embed", new ModuleGroup(("proj", _patches)));
        register_module("blocks", nn.ModuleList(_blocks));
        register_module("merger", new ModuleGroup(("ln_q", _norm), ("mlp", new ModuleGroup(("0", _widen), ("2", _narrow)))));
    }

    /// <summary>Runs the tower.</summary>
    /// <param name="pixels">[patches, 3 * frames * side * side], of all images.</param>
    /// <param name="grids">Time, height and width of each image, in patches.</param>
    /// <param name="states">Gets the embedded patches in their order, then each block's output in the order of windows; null keeps
    /// none.</param>
    /// <returns>[features, H] in the order of rows, image by image; owned by the caller's dispose scope.</returns>
    /// <exception cref="SpecMismatchException">Pixels and grids do not fit.</exception>
    public Tensor Forward(Tensor pixels, IReadOnlyList<ImageGrid> grids, List<Tensor>? states = null)
    {
        if (pixels.dim() != 2 || pixels.shape[0] != grids.Sum(grid => (long)grid.Patches) || pixels.shape[1] != _patches.PatchLength)
            throw new SpecMismatchException("pixels of patches", $"[{grids.Sum(grid => (long)grid.Patches)}, {_patches.PatchLength}]",
                $"[{string.Join(", ", pixels.shape)}]");
        using DisposeScope scope = NewDisposeScope();
        var order = WindowOrder.Of(grids, _settings.MergeSize, _settings.WindowFeatures);
        long unit = _settings.MergeSize * _settings.MergeSize;
        Tensor index = tensor(order.Index).to(pixels.device);
        Tensor x = _patches.forward(pixels);
        states?.Add(x);
        x = x.view(-1, unit, _settings.Width).index_select(0, index).view(-1, _settings.Width);
        (Tensor cos, Tensor sin) = Rotary(order, x.device);
        AttentionSegments windows = new(order.WindowEnds, x.device), frames = new(order.FrameEnds, x.device);
        for (int i = 0; i < _blocks.Length; i++)
        {
            Tensor next = _blocks[i].Forward(x, cos, sin, _settings.FullBlocks.Contains(i) ? frames : windows);
            if (states is null) x.Dispose(); // a graph keeps what it needs
            states?.Add(next);
            x = next;
        }

        Tensor features = _narrow.forward(_widen.forward(_norm.forward(x).view(-1, unit * _settings.Width)).gelu());
        if (states is not null) foreach (Tensor state in states) state.MoveToOuterDisposeScope();
        return features.index_select(0, index.argsort()).MoveToOuterDisposeScope();
    }

    /// <summary>[patches, 1, D / 2] in the order of windows, in 32-bit floats: a quarter of the head turns with the row and
    /// one with the column.</summary>
    private (Tensor Cos, Tensor Sin) Rotary(WindowOrder order, Device device)
    {
        int quarter = _settings.HeadSize / 4, unit = _settings.MergeSize * _settings.MergeSize;
        float[] frequencies = [.. Enumerable.Range(0, quarter).Select(i => (float)Math.Pow(_settings.Theta, -(double)i / quarter))];
        float[] angles = new float[order.Positions.Count * 2 * quarter];
        for (int patch = 0, at = 0; patch < order.Positions.Count; patch++)
        {
            (int row, int column) = order.Positions[((int)order.Index[patch / unit] * unit) + (patch % unit)];
            for (int i = 0; i < quarter; i++, at++) angles[at] = row * frequencies[i];
            for (int i = 0; i < quarter; i++, at++) angles[at] = column * frequencies[i];
        }

        Tensor turns = tensor(angles, [order.Positions.Count, 1, 2 * quarter]);
        return (turns.cos().to(device), turns.sin().to(device));
    }

    private sealed class Block : nn.Module
    {
        private readonly RmsNorm _first, _second;
        private readonly LinearLayer _in, _out, _gate, _up, _down;
        private readonly int _heads;

        public Block(QwenVisionSettings settings, ScalarType type, Device device) : base(nameof(Block))
        {
            _heads = settings.Heads;
            LinearLayer Linear(int inputs, int outputs) => new(inputs, outputs, true, type, device);
            (_first, _second) = (new RmsNorm(settings.Width, Epsilon, type, device), new RmsNorm(settings.Width, Epsilon, type, device));
            (_in, _out) = (Linear(settings.Width, 3 * settings.Width), Linear(settings.Width, settings.Width));
            (_gate, _up) = (Linear(settings.Width, settings.Hidden), Linear(settings.Width, settings.Hidden));
            _down = Linear(settings.Hidden, settings.Width);
            register_module("norm1", _first);
            register_module("norm2", _second);
            register_module("attn", new ModuleGroup(("qkv", _in), ("proj", _out)));
            register_module("mlp", new ModuleGroup(("gate_proj", _gate), ("up_proj", _up), ("down_proj", _down)));
        }

        public Tensor Forward(Tensor x, Tensor cos, Tensor sin, AttentionSegments segments)
        {
            using DisposeScope scope = NewDisposeScope();
            (long length, long width) = (x.shape[0], x.shape[1]);
            Tensor[] parts = _in.forward(_first.forward(x)).view(length, 3, _heads, width / _heads).unbind(1);
            Tensor Turn(Tensor y)
            {
                Tensor[] halves = y.chunk(2, -1);
                return cat([(halves[0] * cos) - (halves[1] * sin), (halves[1] * cos) + (halves[0] * sin)], -1).to(y.dtype);
            }

            x = x + _out.forward(segments.Attend(Turn(parts[0]), Turn(parts[1]), parts[2]).reshape(length, width));
            Tensor normed = _second.forward(x);
            x = x + _down.forward(nn.functional.silu(_gate.forward(normed)) * _up.forward(normed));
            return x.MoveToOuterDisposeScope();
        }
    }
}
