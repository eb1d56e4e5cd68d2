using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Optimizers;

/// <summary>Adam with decoupled weight decay (AdamW) on one vector of weights, after clipping the gradient's norm.</summary>
/// <remarks>
/// <para>Adam (Kingma and Ba 2015, algorithm 1): m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2, w -= rate (m / (1 - b1^t)) /
/// (sqrt(v / (1 - b2^t)) + epsilon).</para>
/// <para>AdamW (Loshchilov and Hutter 2019, algorithm 2): before that, w -= rate decay w for the weights that the mask names.</para>
/// <para>Owns m, v and the mask; weights and gradients are borrowed. Not thread-safe.</para>
/// </remarks>
[Paper("1412.6980", "Adam: A Method for Stochastic Optimization", Year = 2015)]
[Paper("1711.05101", "Decoupled Weight Decay Regularization", Year = 2019)]
public sealed class Adam : ISnapshot, IDisposable
{
    private readonly AdamSettings _settings;
    private readonly Tensor _values;
    private readonly Tensor _gradients;
    private readonly Tensor _first;
    private readonly Tensor _second;
    private readonly Tensor? _decay;                    // [P], the decay of each weight; null where none decays
    private readonly Scalar _firstDecay, _firstShare, _secondDecay, _secondShare, _epsilon;
    private long _step;

    /// <summary>Moments at zero, for all weights of a model.</summary>
    /// <param name="parameters">Borrowed; every step reads its gradients and changes its values in place.</param>
    /// <param name="settings">The paper's if null.</param>
    /// <param name="decays">Which weights decay; matrices and larger, so neither biases nor gains, if null.</param>
    public Adam(ParameterVector parameters, AdamSettings? settings = null, Func<ParameterShape, bool>? decays = null)
        : this(parameters.Values, parameters.Gradients, settings)
    {
        if (_settings.WeightDecay == 0) return;
        using DisposeScope scope = NewDisposeScope();
        _decay = zeros_like(_values).DetachFromDisposeScope();
        long offset = 0;
        foreach (ParameterShape shape in parameters.Shapes)
        {
            if (decays?.Invoke(shape) ?? shape.Shape.Length > 1) _decay.narrow(0, offset, shape.Length).fill_(_settings.WeightDecay);
            offset += shape.Length;
        }
    }

    /// <summary>Moments at zero, for a vector of weights.</summary>
    /// <param name="values">[P], changed in place by every step; borrowed.</param>
    /// <param name="gradients">[P], scaled in place where clipped; borrowed.</param>
    /// <param name="settings">The paper's if null.</param>
    /// <param name="decayMask">[P], 1 where a weight decays and 0 where not; all decay if null. Copied.</param>
    /// <exception cref="SpecMismatchException">The mask has another length, or a mask is given without a decay.</exception>
    public Adam(Tensor values, Tensor gradients, AdamSettings? settings, Tensor? decayMask)
        : this(values, gradients, RequireMask(values, settings, decayMask))
    {
        if (_settings.WeightDecay == 0) return;
        using DisposeScope scope = NewDisposeScope();
        _decay = (decayMask is null
            ? ones_like(values)
            : decayMask.to(values.dtype).to(values.device)).mul(_settings.WeightDecay).DetachFromDisposeScope();
    }

    private Adam(Tensor values, Tensor gradients, AdamSettings? settings)
    {
        _settings = settings ?? new AdamSettings();
        (_values, _gradients) = (values, gradients);
        _first = zeros_like(values).DetachFromDisposeScope();
        _second = zeros_like(values).DetachFromDisposeScope();
        (_firstDecay, _firstShare) = (_settings.FirstDecay.ToScalar(), (1 - _settings.FirstDecay).ToScalar());
        (_secondDecay, _secondShare) = (_settings.SecondDecay.ToScalar(), (1 - _settings.SecondDecay).ToScalar());
        _epsilon = _settings.Epsilon.ToScalar();
    }

    /// <summary>How many steps have been made.</summary>
    public long Steps => _step;

    /// <summary>One step against the gradients.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <param name="maximumNorm">Longer gradients are shortened to this.</param>
    /// <returns>The norm before shortening; if it is not finite, no weight was changed.</returns>
    public double Step(double rate, double maximumNorm = double.PositiveInfinity)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        double norm = _gradients.norm().ToDouble();
        if (!double.IsFinite(norm)) return norm;
        // Scalars are held until the end: one without a name may be finalized while libtorch still reads it.
        using Scalar shortening = (norm > maximumNorm ? maximumNorm / (norm + _settings.NormEpsilon) : 1).ToScalar();
        if (norm > maximumNorm) _gradients.mul_(shortening);

        _step++;
        _first.mul_(_firstDecay).add_(_gradients, _firstShare);
        _second.mul_(_secondDecay).addcmul_(_gradients, _gradients, _secondShare);
        double firstBias = 1 - Math.Pow(_settings.FirstDecay, _step), secondBias = 1 - Math.Pow(_settings.SecondDecay, _step);
        using Scalar unbiasing = (1 / Math.Sqrt(secondBias)).ToScalar(), decaying = (-rate).ToScalar(),
            moving = (-rate / firstBias).ToScalar();
        Tensor root = _second.sqrt().mul_(unbiasing).add_(_epsilon);
        if (_decay is not null) _values.addcmul_(_values, _decay, decaying);
        _values.addcdiv_(_first, root, moving);
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
        _decay?.Dispose();
        foreach (Scalar scalar in new[] { _firstDecay, _firstShare, _secondDecay, _secondShare, _epsilon }) scalar.Dispose();
    }

    private static AdamSettings? RequireMask(Tensor values, AdamSettings? settings, Tensor? mask)
    {
        if (mask is null) return settings;
        if (settings is null or { WeightDecay: 0 })
            throw new SpecMismatchException("decay mask", $"none, as {nameof(AdamSettings.WeightDecay)} is 0", "one");
        SpecMismatchException.ThrowIfLength("decay mask", (int)mask.numel(), (int)values.numel());
        return settings;
    }
}
