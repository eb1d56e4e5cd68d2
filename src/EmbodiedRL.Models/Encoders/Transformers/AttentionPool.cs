using EmbodiedRL.Models.Tensors;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Transformers;

/// <summary>Attention pooling: one learned query attends to all tokens, then a hidden layer (Zhai et al. 2022, arXiv 2106.04560).</summary>
/// <remarks>Borrows its weights.</remarks>
internal sealed class AttentionPool
{
    private readonly Tensor _probe, _in, _inBias;
    private readonly Linear _out, _widen, _narrow;
    private readonly LayerNorm _norm;
    private readonly BlockSizes _sizes;

    /// <summary>Takes the weights under a prefix (with its dot), named as in SigLIP.</summary>
    public AttentionPool(NetworkWeights weights, string prefix, BlockSizes sizes)
    {
        _sizes = sizes;
        int width = sizes.Width;
        _probe = weights.Take(prefix + "probe", 1, 1, width);
        _in = weights.Take(prefix + "attention.in_proj_weight", 3 * width, width);
        _inBias = weights.Take(prefix + "attention.in_proj_bias", 3 * width);
        _out = Linear.Take(weights, prefix + "attention.out_proj", width, width);
        _norm = LayerNorm.Take(weights, prefix + "layernorm", width, sizes.Epsilon);
        _widen = Linear.Take(weights, prefix + "mlp.fc1", sizes.Hidden, width);
        _narrow = Linear.Take(weights, prefix + "mlp.fc2", width, sizes.Hidden);
    }

    /// <summary>Pools.</summary>
    /// <param name="tokens">[B, L, width].</param>
    /// <param name="mask">Bool [B, 1, 1, L], true where a token is there; null for everywhere.</param>
    /// <returns>[B, width], fresh.</returns>
    public Tensor Forward(Tensor tokens, Tensor? mask = null)
    {
        (long batch, int width) = (tokens.shape[0], _sizes.Width);
        Tensor query = Heads(nn.functional.linear(_probe, _in.narrow(0, 0, width), _inBias.narrow(0, 0, width)).expand(batch, 1, width));
        Tensor both = nn.functional.linear(tokens, _in.narrow(0, width, 2 * width), _inBias.narrow(0, width, 2 * width));
        Tensor key = Heads(both.narrow(2, 0, width)), value = Heads(both.narrow(2, width, width));
        Tensor seen = nn.functional.scaled_dot_product_attention(query, key, value, mask);
        Tensor x = _out.Apply(seen.transpose(1, 2).reshape(batch, width));
        return x + _narrow.Apply(_sizes.Activation.Apply(_widen.Apply(_norm.Apply(x))));
    }

    private Tensor Heads(Tensor x) => x.reshape(x.shape[0], x.shape[1], _sizes.Heads, _sizes.Width / _sizes.Heads).transpose(1, 2);
}
