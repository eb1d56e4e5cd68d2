using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Optimizers;

/// <summary>Trained weights of a module: a 32-bit master copy in one vector and the gradients in another, for <see cref="Adam"/>.</summary>
/// <remarks>
/// The module keeps its own weights, which may be of fewer bits; <see cref="Scatter()"/> writes the masters to them. Gradients of 32-bit
/// weights are added up in the vector itself. Those of others are gathered from the module. Owns its vectors; the module's weights are lent
/// and keep gathering gradients after disposal, in memory of their own. Not thread-safe.
/// </remarks>
public sealed class TrainedWeights : ISnapshot, IDisposable
{
    private readonly (string Name, Parameter Weight)[] _weights;
    private readonly Tensor[] _values, _gradients; // views of the vectors, in the weights' shapes

    /// <summary>Copies the values of weights.</summary>
    /// <param name="weights">Names and weights; at least one, all on one device. Lent.</param>
    /// <exception cref="SpecMismatchException">There is none.</exception>
    public TrainedWeights(IEnumerable<(string Name, Parameter Weight)> weights)
    {
        _weights = [.. weights];
        if (_weights.Length == 0) throw new SpecMismatchException("weights to be trained", "at least one", "none");
        long length = _weights.Sum(pair => pair.Weight.numel());
        Device device = _weights[0].Weight.device;
        // values, gradients and what an optimizer keeps
        MemoryRoom.Require($"Training of {_weights.Length} weights", length, 4.0 * sizeof(float) * length, "Train an adapter instead.");
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Values = zeros(length, ScalarType.Float32, device).DetachFromDisposeScope();
        Gradients = zeros(length, ScalarType.Float32, device).DetachFromDisposeScope();
        (_values, _gradients) = (new Tensor[_weights.Length], new Tensor[_weights.Length]);
        long offset = 0;
        for (int i = 0; i < _weights.Length; i++)
        {
            Parameter weight = _weights[i].Weight;
            _values[i] = Values.narrow(0, offset, weight.numel()).view(weight.shape).DetachFromDisposeScope();
            _gradients[i] = Gradients.narrow(0, offset, weight.numel()).view(weight.shape).DetachFromDisposeScope();
            _values[i].copy_(weight);
            offset += weight.numel();
        }

        Attach();
    }

    /// <summary>[P], the masters; lent. Who changes them calls <see cref="Scatter()"/>.</summary>
    public Tensor Values { get; }

    /// <summary>[P], complete after <see cref="Gather"/>; lent.</summary>
    public Tensor Gradients { get; }

    /// <summary>P.</summary>
    public long Count => Values.numel();

    /// <summary>[P], 1 at weights of matrices and larger, which decay, and 0 at biases and gains; owned by the caller.</summary>
    public Tensor DecayMask()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor mask = zeros_like(Values);
        long offset = 0;
        foreach ((_, Parameter weight) in _weights)
        {
            if (weight.dim() > 1) mask.narrow(0, offset, weight.numel()).fill_(1);
            offset += weight.numel();
        }

        return mask.DetachFromDisposeScope();
    }

    /// <summary>Zeroes all gradients.</summary>
    public void ZeroGradients()
    {
        using DisposeScope scope = NewDisposeScope();
        Gradients.zero_();
        foreach ((_, Parameter weight) in _weights)
            if (weight.dtype != ScalarType.Float32) weight.grad?.zero_();
    }

    /// <summary>Takes in gradients that weights of fewer bits gathered on their own.</summary>
    public void Gather()
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        for (int i = 0; i < _weights.Length; i++)
            if (_weights[i].Weight.dtype != ScalarType.Float32 && _weights[i].Weight.grad is { } gradient) _gradients[i].copy_(gradient);
    }

    /// <summary>Writes the masters to the module.</summary>
    public void Scatter() => Scatter(Values);

    /// <summary>Writes other values to the module, e.g. those of a reference, for as long as it takes; the masters stay.</summary>
    /// <param name="values">[P].</param>
    public void Scatter(Tensor values)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        long offset = 0;
        foreach ((_, Parameter weight) in _weights)
        {
            weight.copy_(values.narrow(0, offset, weight.numel()).view(weight.shape));
            offset += weight.numel();
        }
    }

    /// <summary>Stores each master under its weight's name.</summary>
    public void Save(Snapshot into)
    {
        for (int i = 0; i < _weights.Length; i++)
        {
            float[] values = new float[_weights[i].Weight.numel()];
            TensorSpans.Read(_values[i], values);
            into.PutWeights(_weights[i].Name, _weights[i].Weight.shape, values);
        }
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        for (int i = 0; i < _weights.Length; i++)
        {
            float[] values = new float[_weights[i].Weight.numel()];
            from.Get(_weights[i].Name, values.AsSpan());
            TensorSpans.Write(_values[i], values);
        }

        Scatter();
    }

    /// <summary>Frees the vectors.</summary>
    public void Dispose()
    {
        foreach ((_, Parameter weight) in _weights) weight.grad = null;
        foreach (Tensor view in _values.Concat(_gradients)) view.Dispose();
        Values.Dispose();
        Gradients.Dispose();
    }

    private void Attach()
    {
        for (int i = 0; i < _weights.Length; i++)
            if (_weights[i].Weight.dtype == ScalarType.Float32) _weights[i].Weight.grad = _gradients[i];
    }
}
