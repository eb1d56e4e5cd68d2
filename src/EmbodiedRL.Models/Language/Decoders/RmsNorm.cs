using EmbodiedRL.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.Decoders;

/// <summary>Root mean square norm: x / sqrt(mean(x^2) + epsilon) * weight over the last dimension, equation 4 of the paper.</summary>
/// <remarks>Owns its weight. The mean is taken in 32-bit floats whatever the weights are.</remarks>
[Paper("1910.07467", "Root Mean Square Layer Normalization", Year = 2019)]
public sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    /// <summary>Room for the weight; not filled.</summary>
    /// <param name="width">Of the last dimension.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="type">Of the numbers.</param>
    /// <param name="device">Where they live.</param>
    public RmsNorm(int width, double epsilon, ScalarType type, Device device) : base(nameof(RmsNorm))
    {
        Weight = Decoder.Room(type, device, width);
        Epsilon = epsilon;
        register_parameter("weight", Weight);
    }

    /// <summary>[width].</summary>
    public Parameter Weight { get; }

    /// <summary>Added to the mean square.</summary>
    public double Epsilon { get; }

    /// <summary>Normalizes.</summary>
    /// <param name="input">[..., width].</param>
    /// <returns>The same shape and type, owned by the caller's dispose scope.</returns>
    public override Tensor forward(Tensor input)
    {
        if (input.dtype == ScalarType.Float32)
            return input * (input.square().mean([-1], keepdim: true) + Epsilon).rsqrt() * Weight;
        Tensor wide = input.to(ScalarType.Float32);
        return (wide * (wide.square().mean([-1], keepdim: true) + Epsilon).rsqrt()).to(input.dtype) * Weight;
    }
}
