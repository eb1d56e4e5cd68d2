using EmbodiedRL.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.Decoders;

/// <summary>Grouped-query attention over rotated queries and keys. Names of its layers are those of Llama's checkpoints.</summary>
[Paper("2305.13245", "GQA: Training Generalized Multi-Query Transformer Models from Multi-Head Checkpoints", Year = 2023)]
public sealed class DecoderAttention : nn.Module
{
    private readonly int _heads, _groups, _size, _layer;

    internal DecoderAttention(DecoderSettings settings, int layer, ScalarType type, Device device) : base(nameof(DecoderAttention))
    {
        (_heads, _groups, _size, _layer) = (settings.Heads, settings.KeyValueHeads, settings.HeadSize, layer);
        LinearLayer New(string name, int inputs, int outputs, bool hasBias)
        {
            var linear = new LinearLayer(inputs, outputs, hasBias, type, device);
            register_module(name, linear);
            return linear;
        }

        Query = New("q_proj", settings.HiddenSize, _heads * _size, settings.QueryBias);
        Key = New("k_proj", settings.HiddenSize, _groups * _size, settings.QueryBias);
        Value = New("v_proj", settings.HiddenSize, _groups * _size, settings.QueryBias);
        Output = New("o_proj", _heads * _size, settings.HiddenSize, settings.OutputBias);
    }

    /// <summary>H to heads.</summary>
    public LinearLayer Query { get; }

    /// <summary>H to heads of keys.</summary>
    public LinearLayer Key { get; }

    /// <summary>H to heads of values.</summary>
    public LinearLayer Value { get; }

    /// <summary>Heads to H.</summary>
    public LinearLayer Output { get; }

    /// <summary>[B, T, H] to the same shape.</summary>
    internal Tensor Forward(Tensor x, DecoderPass pass)
    {
        (long batch, long length) = (x.shape[0], x.shape[1]);
        Tensor Split(Tensor y, int heads) => y.view(batch, length, heads, _size).transpose(1, 2);
        Tensor query = Rotate(Split(Query.forward(x), _heads), pass), key = Rotate(Split(Key.forward(x), _groups), pass);
        Tensor value = Split(Value.forward(x), _groups);
        if (pass.Cache is not null) (key, value) = pass.Cache.Extend(_layer, key, value);
        // the queries of a group stand one after another, so that keys and values need not be repeated
        long group = _heads / _groups;
        Tensor? mask = pass.Mask;
        if (group > 1)
        {
            query = query.reshape(batch, _groups, group * length, _size);
            if (mask is not null && length > 1)
                mask = mask.unsqueeze(2).expand(-1, -1, group, -1, -1).reshape(mask.shape[0], 1, group * length, mask.shape[3]);
        }

        Tensor seen = nn.functional.scaled_dot_product_attention(query, key, value, mask);
        return Output.forward(seen.view(batch, _heads, length, _size).transpose(1, 2).reshape(batch, length, _heads * _size));
    }

    /// <summary>Turns pairs (first half, second half) of each head: equation 34 of RoFormer in Llama's order of channels.</summary>
    private static Tensor Rotate(Tensor x, DecoderPass pass)
    {
        Tensor[] halves = x.chunk(2, -1);
        return cat([(halves[0] * pass.Cos) - (halves[1] * pass.Sin), (halves[1] * pass.Cos) + (halves[0] * pass.Sin)], -1);
    }
}

/// <summary>Gated hidden layer: down(silu(gate(x)) * up(x)), equation 6 of the paper (SwiGLU).</summary>
[Paper("2002.05202", "GLU Variants Improve Transformer", Year = 2020)]
public sealed class GatedLayer : nn.Module
{
    internal GatedLayer(DecoderSettings settings, ScalarType type, Device device) : base(nameof(GatedLayer))
    {
        Gate = new LinearLayer(settings.HiddenSize, settings.FeedForwardSize, settings.FeedForwardBias, type, device);
        Up = new LinearLayer(settings.HiddenSize, settings.FeedForwardSize, settings.FeedForwardBias, type, device);
        Down = new LinearLayer(settings.FeedForwardSize, settings.HiddenSize, settings.FeedForwardBias, type, device);
        register_module("gate_proj", Gate);
        register_module("up_proj", Up);
        register_module("down_proj", Down);
    }

    /// <summary>H to the hidden layer's gates.</summary>
    public LinearLayer Gate { get; }

    /// <summary>H to the hidden layer.</summary>
    public LinearLayer Up { get; }

    /// <summary>The hidden layer to H.</summary>
    public LinearLayer Down { get; }

    /// <summary>[B, T, H] to the same shape.</summary>
    internal Tensor Forward(Tensor x) => Down.forward(nn.functional.silu(Gate.forward(x)) * Up.forward(x));
}

/// <summary>Layer of a decoder: attention, then a gated hidden layer, each added to its input, with a norm before each.</summary>
public sealed class DecoderLayer : nn.Module
{
    internal DecoderLayer(DecoderSettings settings, int layer, ScalarType type, Device device) : base(nameof(DecoderLayer))
    {
        AttentionNorm = new RmsNorm(settings.HiddenSize, settings.NormEpsilon, type, device);
        Attention = new DecoderAttention(settings, layer, type, device);
        FeedForwardNorm = new RmsNorm(settings.HiddenSize, settings.NormEpsilon, type, device);
        FeedForward = new GatedLayer(settings, type, device);
        register_module("self_attn", Attention);
        register_module("mlp", FeedForward);
        register_module("input_layernorm", AttentionNorm);
        register_module("post_attention_layernorm", FeedForwardNorm);
    }

    /// <summary>Before the attention.</summary>
    public RmsNorm AttentionNorm { get; }

    /// <summary>Attention.</summary>
    public DecoderAttention Attention { get; }

    /// <summary>Before the hidden layer.</summary>
    public RmsNorm FeedForwardNorm { get; }

    /// <summary>Hidden layer.</summary>
    public GatedLayer FeedForward { get; }

    /// <summary>[B, T, H] to the same shape, owned by the caller's dispose scope.</summary>
    internal Tensor Forward(Tensor x, DecoderPass pass)
    {
        using DisposeScope scope = NewDisposeScope();
        x = x + Attention.Forward(AttentionNorm.forward(x), pass);
        x = x + FeedForward.Forward(FeedForwardNorm.forward(x));
        return x.MoveToOuterDisposeScope();
    }
}
