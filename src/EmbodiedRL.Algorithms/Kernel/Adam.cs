using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Heads;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Kernel;

/// <summary>Adam (Kingma and Ba 2015, arXiv 1412.6980, algorithm 1) on one vector of weights, after clipping the gradient's norm.</summary>
/// <remarks>
/// m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2, w -= rate (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon), with b1 = 0.9, b2 = 0.999.
/// Owns m and v; weights and gradients are borrowed.
/// </remarks>
public sealed class Adam : ISnapshot, IDisposable
{
    private const double FirstDecay = 0.9;
    private const double SecondDecay = 0.999;

    private readonly Tensor _values;
    private readonly Tensor _gradients;
    private readonly Tensor _first;
    private readonly Tensor _second;
    private readonly Scalar _firstDecay = FirstDecay.ToScalar(), _firstShare = (1 - FirstDecay).ToScalar();
    private readonly Scalar _secondDecay = SecondDecay.ToScalar(), _secondShare = (1 - SecondDecay).ToScalar();
    private readonly Scalar _epsilon;
    private long _step;

    /// <summary>Moments at zero.</summary>
    /// <param name="values">[P], changed in place by every step; borrowed.</param>
    /// <param name="gradients">[P], scaled in place where clipped; borrowed.</param>
    /// <param name="epsilon">Added to the root of the second moment.</param>
    public Adam(Tensor values, Tensor gradients, double epsilon = 1e-5)
    {
        (_values, _gradients, _epsilon) = (values, gradients, epsilon.ToScalar());
        _first = zeros_like(values).DetachFromDisposeScope();
        _second = zeros_like(values).DetachFromDisposeScope();
    }

    /// <summary>One step against the gradients.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="maximumNorm">Longer gradients are shortened to this.</param>
    /// <returns>The norm before shortening; if it is not finite, no weight was changed.</returns>
    public double Step(double rate, double maximumNorm = double.PositiveInfinity)
    {
        using DisposeScope scope = NewDisposeScope();
        double norm = _gradients.norm().ToDouble();
        if (!double.IsFinite(norm)) return norm;
        if (norm > maximumNorm) _gradients.mul_((maximumNorm / (norm + 1e-6)).ToScalar());

        _step++;
        _first.mul_(_firstDecay).add_(_gradients, _firstShare);
        _second.mul_(_secondDecay).addcmul_(_gradients, _gradients, _secondShare);
        double firstBias = 1 - Math.Pow(FirstDecay, _step), secondBias = 1 - Math.Pow(SecondDecay, _step);
        Tensor root = _second.sqrt().mul_((1 / Math.Sqrt(secondBias)).ToScalar()).add_(_epsilon);
        _values.addcdiv_(_first, root, (-rate / firstBias).ToScalar());
        return norm;
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        float[] moments = new float[_first.numel()];
        into.Put("step", _step);
        TensorSpans.Read(_first, moments);
        into.Put<float>("first", moments);
        TensorSpans.Read(_second, moments);
        into.Put<float>("second", moments);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        float[] moments = new float[_first.numel()];
        _step = from.Get<long>("step");
        from.Get<float>("first", moments);
        TensorSpans.Write(_first, moments);
        from.Get<float>("second", moments);
        TensorSpans.Write(_second, moments);
    }

    /// <summary>Frees the moments.</summary>
    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        foreach (Scalar scalar in new[] { _firstDecay, _firstShare, _secondDecay, _secondShare, _epsilon }) scalar.Dispose();
    }
}
