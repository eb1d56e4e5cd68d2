using EmbodiedRL.Models.Heads;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Networks;

/// <summary>Forward and backward pass of an <see cref="Mlp"/>, in memory that is allocated once.</summary>
/// <remarks>
/// <para>With y = x W^T + b and h = tanh(y): dL/dW = g^T x, dL/db = the column sums of g, dL/dx = g W, and
/// through tanh g = dL/dh (1 - h^2).</para>
/// <para>Fresh memory for every minibatch would cost more in page faults than the sums take. Owns its tensors; not thread-safe.</para>
/// </remarks>
public sealed class MlpBackprop : IDisposable
{
    private readonly Mlp _network;
    private readonly Tensor[] _results;
    private readonly Tensor[] _slopes;
    private readonly Tensor[] _kept;

    /// <summary>Memory for minibatches of up to <paramref name="rows"/> rows.</summary>
    /// <param name="network">Borrowed.</param>
    /// <param name="rows">The largest B.</param>
    public MlpBackprop(Mlp network, int rows)
    {
        (_network, Rows) = (network, rows);
        _kept = new Tensor[network.Layers.Length];
        _results = Array.ConvertAll(network.Layers,
            layer => empty(rows, layer.Bias.shape[0], ScalarType.Float32, layer.Bias.device).DetachFromDisposeScope());
        _slopes = Array.ConvertAll(network.Layers,
            layer => empty(rows, layer.Weight.shape[1], ScalarType.Float32, layer.Bias.device).DetachFromDisposeScope());
    }

    /// <summary>The largest B.</summary>
    public int Rows { get; }

    /// <summary>Runs the network and remembers what each layer read.</summary>
    /// <param name="input">[B, in]; must stand still until <see cref="Backward"/>.</param>
    /// <returns>[B, out], a view of the tape's memory that the next call overwrites; the caller's scope owns the view.</returns>
    public Tensor Forward(Tensor input)
    {
        Tensor x = input;
        for (int layer = 0; layer < _kept.Length; layer++)
        {
            _kept[layer] = x;
            x = _results[layer].narrow(0, 0, input.shape[0]);
            x.copy_(_network.Layers[layer].Bias).addmm_(_kept[layer], _network.Layers[layer].Weight.t(), 1, 1);
            if (layer + 1 < _kept.Length) Mlp.Tanh(x);
        }

        return x;
    }

    /// <summary>Overwrites the gradients of all layers, once for each <see cref="Forward"/> and within the same scope.</summary>
    /// <param name="byOutput">[B, out], derivative of the loss by each output.</param>
    public void Backward(Tensor byOutput)
    {
        Tensor g = byOutput;
        for (int layer = _kept.Length - 1; layer >= 0; layer--)
        {
            Mlp.Layer weights = _network.Layers[layer];
            Tensor h = _kept[layer];
            weights.ByWeight.addmm_(g.t(), h, 0, 1);
            weights.ByBias.copy_(g.sum(dim: 0));
            if (layer == 0) return;
            g = _slopes[layer].narrow(0, 0, h.shape[0]).addmm_(g, weights.Weight, 0, 1);
            g.addcmul_(g, h.mul_(h), -1);
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in _results) tensor.Dispose();
        foreach (Tensor tensor in _slopes) tensor.Dispose();
    }
}
