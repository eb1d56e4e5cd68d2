using EmbodiedRL.Core;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.Decoders;

/// <summary>Decoder of Llama's shape: embeddings, layers and a norm. Names of its weights are those of published checkpoints.</summary>
/// <remarks>
/// Models with eyes give it embeddings in which features stand for image tokens. Owns its weights. Not thread-safe.
/// </remarks>
[Paper("2302.13971", "LLaMA: Open and Efficient Foundation Language Models", Year = 2023)]
public sealed class Decoder : nn.Module
{
    private const float Hidden = -1e30f; // finite: sums of it and a score stay finite

    private readonly DecoderLayer[] _layers;
    private readonly RotaryTable _rotary;

    /// <summary>Room for weights; to be filled by <see cref="Draw"/> or from a checkpoint.</summary>
    /// <param name="settings">Sizes.</param>
    /// <param name="type">Of the weights, and what is computed in.</param>
    /// <param name="device">Where they live; the CPU if null.</param>
    public Decoder(DecoderSettings settings, ScalarType type = ScalarType.Float32, Device? device = null) : base(nameof(Decoder))
    {
        TorchRuntime.EnsureLoaded();
        (Settings, Type, Device) = (settings, type, device ?? CPU);
        if (settings.Heads % settings.KeyValueHeads != 0 || settings.HeadSize % 2 != 0)
            throw new SpecMismatchException("heads of a decoder", "key and value heads that divide the heads, of even size",
                $"{settings.Heads} and {settings.KeyValueHeads} heads of {settings.HeadSize}");
        Embeddings = new EmbeddingTable(settings.VocabularySize, settings.HiddenSize, type, Device);
        _layers = [.. Enumerable.Range(0, settings.Layers).Select(layer => new DecoderLayer(settings, layer, type, Device))];
        Norm = new RmsNorm(settings.HiddenSize, settings.NormEpsilon, type, Device);
        _rotary = new RotaryTable(settings.Rotary, settings.HeadSize, type, Device);
        register_module("embed_tokens", Embeddings);
        register_module("layers", nn.ModuleList(_layers));
        register_module("norm", Norm);
    }

    /// <summary>Sizes.</summary>
    public DecoderSettings Settings { get; }

    /// <summary>Of the weights.</summary>
    public ScalarType Type { get; }

    /// <summary>Where the weights live.</summary>
    public Device Device { get; }

    /// <summary>Table of embeddings.</summary>
    public EmbeddingTable Embeddings { get; }

    /// <summary>In order.</summary>
    public IReadOnlyList<DecoderLayer> Layers => _layers;

    /// <summary>After the last layer.</summary>
    public RmsNorm Norm { get; }

    /// <summary>Whether passes with gradients keep one state for each layer and compute the rest again on the way back.</summary>
    public bool Recomputes { get; set; }

    /// <summary>Cosines and sines of positions.</summary>
    internal RotaryTable Rotary => _rotary;

    /// <summary>Embeddings of tokens.</summary>
    /// <param name="ids">int64 [B, T].</param>
    /// <returns>[B, T, H], owned by the caller's dispose scope.</returns>
    public Tensor Embed(Tensor ids) =>
        Embeddings.Weight.index_select(0, ids.flatten()).view(ids.shape[0], ids.shape[1], Settings.HiddenSize);

    /// <summary>Memory of keys and values for so many rows.</summary>
    public KeyValueCache CreateCache(int rows, int capacity) =>
        new(Settings.Layers, rows, Settings.KeyValueHeads, capacity, Settings.HeadSize, Type, Device);

    /// <summary>Runs the layers and the norm.</summary>
    /// <param name="embeddings">[B, T, H].</param>
    /// <param name="mask">bool [B, T], true where a token is real; padding is at the left or between, never read by real tokens.</param>
    /// <param name="positions">
    /// int64 [B, T] or [3, B, T]; null counts real tokens, on from the cache's positions, which are then moved. Who gives positions moves
    /// the cache's.
    /// </param>
    /// <param name="cache">What rows read before; the new tokens are added. Not with gradients. Null for none.</param>
    /// <param name="states">Gets the embeddings, each layer's output but the last's, and the result; null keeps none.</param>
    /// <param name="segments">As of <see cref="ModelInput.Segments"/>, without a cache; null where rows are one part.</param>
    /// <returns>[B, T, H], owned by the caller's dispose scope.</returns>
    /// <exception cref="SpecMismatchException">Shapes do not fit, or there are more tokens than the context holds.</exception>
    public Tensor Forward(Tensor embeddings, Tensor mask, Tensor? positions = null, KeyValueCache? cache = null,
        List<Tensor>? states = null, Tensor? segments = null)
    {
        (long batch, long length) = (embeddings.shape[0], embeddings.shape[1]);
        if (embeddings.dim() != 3 || embeddings.shape[2] != Settings.HiddenSize || mask.shape[0] != batch || mask.shape[1] != length)
            throw new SpecMismatchException("embeddings of a decoder", $"[B, T, {Settings.HiddenSize}] with a mask [B, T]",
                $"[{string.Join(", ", embeddings.shape)}] and [{string.Join(", ", mask.shape)}]");
        using DisposeScope scope = NewDisposeScope();
        if (positions is not null && (positions.shape[^1] != length || positions.shape[^2] != batch))
            throw new SpecMismatchException("positions", $"[{batch}, {length}] or [3, {batch}, {length}]",
                $"[{string.Join(", ", positions.shape)}]");
        if (segments is not null && (cache is not null || positions is null))
            throw new SpecMismatchException("segments of rows", "positions beside them and no cache",
                cache is null ? "no positions" : "a cache");
        DecoderPass pass = Prepare(mask, positions, cache, segments);
        bool recomputes = Recomputes && is_grad_enabled() && cache is null;
        Tensor x = embeddings;
        states?.Add(x.alias());
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            Tensor next = recomputes ? RecomputedLayer.Run(_layers[layer], x, pass) : _layers[layer].Forward(x, pass);
            if (layer > 0 && states is null) x.Dispose(); // a graph keeps what it needs
            x = next;
            if (layer + 1 < _layers.Length) states?.Add(x);
        }

        x = Norm.forward(x);
        states?.Add(x.alias());
        if (states is not null) foreach (Tensor state in states) state.MoveToOuterDisposeScope();
        return x.MoveToOuterDisposeScope();
    }

    /// <summary>Fills all weights: normal with the settings' deviation, norms one, biases zero.</summary>
    /// <param name="module">This decoder, or a model around it.</param>
    /// <param name="seed">Each weight draws from its own stream, by its name.</param>
    /// <param name="scale">Standard deviation of matrices.</param>
    public static void Draw(nn.Module module, ulong seed, double scale = 0.02)
    {
        foreach ((string name, Parameter weight) in module.named_parameters())
        {
            float[] values = new float[weight.numel()];
            if (weight.dim() < 2) Array.Fill(values, name.EndsWith("bias", StringComparison.Ordinal) ? 0f : 1f);
            else
            {
                var rng = Rng.For(seed, name);
                for (int i = 0; i < values.Length; i++) values[i] = (float)(scale * rng.Normal());
            }

            using IDisposable still = no_grad();
            using DisposeScope scope = NewDisposeScope();
            weight.copy_(tensor(values, weight.shape));
        }
    }

    /// <summary>Room for a weight.</summary>
    internal static Parameter Room(ScalarType type, Device device, params long[] shape)
    {
        using DisposeScope scope = NewDisposeScope();
        return Networks.FlatParameters.Take(empty(shape, type, device));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _rotary.Dispose();
        base.Dispose(disposing);
    }

    private static Tensor Count(Tensor mask, KeyValueCache? cache)
    {
        Tensor counted = mask.to(ScalarType.Int64).cumsum(1).sub_(1);
        if (cache is not null) counted.add_(cache.Positions.unsqueeze(1));
        return counted.clamp_min_(0);
    }

    private DecoderPass Prepare(Tensor mask, Tensor? positions, KeyValueCache? cache, Tensor? segments)
    {
        using IDisposable still = no_grad();
        long length = mask.shape[1];
        int bound = (cache?.Length ?? 0) + (int)length; // counted positions never pass the columns
        bool counts = positions is null;
        positions ??= Count(mask, cache);
        if (!counts || bound > Settings.ContextLength) bound = (int)positions.max().ToInt64() + 1;
        if (bound > Settings.ContextLength)
            throw new SpecMismatchException("tokens of a row", $"at most {Settings.ContextLength}, the model's context", $"{bound}");
        int start = cache?.Append(mask) ?? 0;
        (Tensor cos, Tensor sin) = _rotary.At(positions, bound);
        if (counts) cache?.SetPositions(positions.select(1, -1).add(1));
        Tensor keys = cache is null ? mask : cache.Mask.narrow(1, 0, cache.Length);
        Tensor seen = keys.view(keys.shape[0], 1, 1, keys.shape[1]);
        if (length > 1)
        {
            // a row of padding looks at itself, so that nothing is divided by zero
            Tensor columns = arange(start + length, ScalarType.Int64, mask.device).unsqueeze(0);
            Tensor rows = arange(start, start + length, ScalarType.Int64, mask.device).unsqueeze(1);
            seen = seen & columns.le(rows);
            if (segments is not null)
            {
                Tensor looking = segments.unsqueeze(1).unsqueeze(3), seenBy = segments.unsqueeze(1).unsqueeze(2);
                seen = seen & (seenBy.eq(0) | seenBy.eq(looking));
            }

            seen = seen | columns.eq(rows);
        }

        return new DecoderPass(cos, sin, zeros(seen.shape, Type, mask.device).masked_fill_(seen.logical_not(), Hidden), cache);
    }
}

/// <summary>Table of embeddings. Owns its weight.</summary>
public sealed class EmbeddingTable : nn.Module
{
    internal EmbeddingTable(int vocabulary, int width, ScalarType type, Device device) : base(nameof(EmbeddingTable))
    {
        Weight = Decoder.Room(type, device, vocabulary, width);
        register_parameter("weight", Weight);
    }

    /// <summary>[V, H].</summary>
    public Parameter Weight { get; }
}
