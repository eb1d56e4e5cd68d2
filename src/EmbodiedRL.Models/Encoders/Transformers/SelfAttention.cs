using EmbodiedRL.Models.Tensors;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Transformers;

/// <summary>Self-attention with several heads. Borrows its weights.</summary>
internal sealed class SelfAttention
{
    private readonly Linear[] _in;
    private readonly Linear _out;
    private readonly int _width, _heads;

    /// <summary>Takes its weights.</summary>
    public SelfAttention(NetworkWeights weights, string prefix, BlockNames names, int width, int heads)
    {
        (_width, _heads) = (width, heads);
        _in = names.Attention is [var fused]
            ? [new(weights.Take($"{prefix}{fused}_weight", 3 * width, width), weights.Take($"{prefix}{fused}_bias", 3 * width))]
            : [.. names.Attention.Select(name => Linear.Take(weights, prefix + name, width, width))];
        _out = Linear.Take(weights, prefix + names.Out, width, width);
    }

    /// <summary>Attends.</summary>
    /// <param name="x">[B, L, width].</param>
    /// <param name="mask">Bool, true where a token may look, broadcast to [B, heads, L, L]; null for everywhere.</param>
    /// <param name="isCausal">Whether tokens look only at those before them; then no mask.</param>
    /// <returns>[B, L, width], fresh.</returns>
    public Tensor Forward(Tensor x, Tensor? mask, bool isCausal)
    {
        (long batch, long length) = (x.shape[0], x.shape[1]);
        Tensor[] parts = _in.Length == 1
            ? _in[0].Apply(x).view(batch, length, 3, _heads, _width / _heads).permute(2, 0, 3, 1, 4).unbind(0)
            : [.. _in.Select(layer => layer.Apply(x).view(batch, length, _heads, _width / _heads).transpose(1, 2))];
        Tensor seen = nn.functional.scaled_dot_product_attention(parts[0], parts[1], parts[2], mask, 0, isCausal);
        return _out.Apply(seen.transpose(1, 2).reshape(batch, length, _width));
    }
}
