using EmbodiedRL.Models.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Benchmarks.Encoders;

/// <summary>The reference of <c>bench models</c> for CLIP: its image tower of TorchSharp's own modules.</summary>
/// <remarks>Same weights and precision, same pixels in, same embeddings out. Owns a copy of the weights.</remarks>
internal sealed class PlainVisionTransformer : IDisposable
{
    private const int Size = 224, Patch = 32, Width = 768, Heads = 12, Hidden = 3072, Depth = 12;

    private readonly Conv2d _patches;
    private readonly Tensor _token, _positions;
    private readonly TorchSharp.Modules.LayerNorm _before, _after;
    private readonly Layer[] _layers;
    private readonly TorchSharp.Modules.Linear _projection;

    public PlainVisionTransformer(NetworkWeights weights)
    {
        using IDisposable still = no_grad();
        _patches = nn.Conv2d(3, Width, Patch, stride: Patch, bias: false, dtype: weights.Type);
        _patches.weight.copy_(weights.Tensors["vision_model.embeddings.patch_embedding.weight"]);
        _token = weights.Tensors["vision_model.embeddings.class_embedding"].clone();
        _positions = weights.Tensors["vision_model.embeddings.position_embedding.weight"].clone();
        _before = Norm(weights, "vision_model.pre_layrnorm");
        _after = Norm(weights, "vision_model.post_layernorm");
        _layers = [.. Enumerable.Range(0, Depth).Select(i => new Layer(weights, $"vision_model.encoder.layers.{i}."))];
        _projection = Dense(weights, "visual_projection", hasBias: false);
    }

    /// <summary>Embeds images.</summary>
    /// <param name="pixels">Floats [B, 3, 224, 224].</param>
    /// <returns>[B, D] of length one, fresh.</returns>
    public Tensor Forward(Tensor pixels)
    {
        Tensor x = _patches.forward(pixels.to(_token.dtype)).flatten(2).transpose(1, 2);
        x = cat([_token.expand(x.shape[0], 1, Width), x], 1) + _positions;
        x = _before.forward(x);
        foreach (Layer layer in _layers) x = layer.Forward(x);
        x = _projection.forward(_after.forward(x.select(1, 0)));
        return x / x.norm(1, keepdim: true);
    }

    public void Dispose()
    {
        foreach (Layer layer in _layers) layer.Dispose();
        foreach (IDisposable part in new IDisposable[] { _patches, _token, _positions, _before, _after, _projection }) part.Dispose();
    }

    private static TorchSharp.Modules.LayerNorm Norm(NetworkWeights weights, string name)
    {
        TorchSharp.Modules.LayerNorm norm = nn.LayerNorm(Width, dtype: weights.Type);
        norm.weight!.copy_(weights.Tensors[name + ".weight"]);
        norm.bias!.copy_(weights.Tensors[name + ".bias"]);
        return norm;
    }

    private static TorchSharp.Modules.Linear Dense(NetworkWeights weights, string name, bool hasBias = true)
    {
        Tensor from = weights.Tensors[name + ".weight"];
        TorchSharp.Modules.Linear layer = nn.Linear(from.shape[1], from.shape[0], hasBias, dtype: weights.Type);
        layer.weight.copy_(from);
        if (hasBias) layer.bias!.copy_(weights.Tensors[name + ".bias"]);
        return layer;
    }

    private sealed class Layer(NetworkWeights weights, string prefix) : IDisposable
    {
        private readonly TorchSharp.Modules.LayerNorm _first = Norm(weights, prefix + "layer_norm1");
        private readonly TorchSharp.Modules.LayerNorm _second = Norm(weights, prefix + "layer_norm2");
        private readonly TorchSharp.Modules.Linear _query = Dense(weights, prefix + "self_attn.q_proj");
        private readonly TorchSharp.Modules.Linear _key = Dense(weights, prefix + "self_attn.k_proj");
        private readonly TorchSharp.Modules.Linear _value = Dense(weights, prefix + "self_attn.v_proj");
        private readonly TorchSharp.Modules.Linear _out = Dense(weights, prefix + "self_attn.out_proj");
        private readonly TorchSharp.Modules.Linear _widen = Dense(weights, prefix + "mlp.fc1");
        private readonly TorchSharp.Modules.Linear _narrow = Dense(weights, prefix + "mlp.fc2");

        public Tensor Forward(Tensor x)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor y = _first.forward(x);
            Tensor seen = nn.functional.scaled_dot_product_attention(Split(_query, y), Split(_key, y), Split(_value, y));
            x = x + _out.forward(seen.transpose(1, 2).reshape(x.shape));
            Tensor wide = _widen.forward(_second.forward(x));
            return (x + _narrow.forward(wide * (1.702 * wide).sigmoid())).MoveToOuterDisposeScope();
        }

        public void Dispose()
        {
            foreach (nn.Module module in new nn.Module[] { _first, _second, _query, _key, _value, _out, _widen, _narrow }) module.Dispose();
        }

        private static Tensor Split(TorchSharp.Modules.Linear layer, Tensor x) =>
            layer.forward(x).view(x.shape[0], x.shape[1], Heads, Width / Heads).transpose(1, 2);
    }
}
