using EmbodiedRL.Core;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.Decoders;

/// <summary>Linear layer, y = x W' + b, to which a change of low rank can be added.</summary>
/// <remarks>Owns its weights.</remarks>
public sealed class LinearLayer : nn.Module<Tensor, Tensor>
{
    /// <summary>Room for weights; not filled.</summary>
    /// <param name="inputs">Of a row.</param>
    /// <param name="outputs">Of a row.</param>
    /// <param name="hasBias">Whether b is there.</param>
    /// <param name="type">Of the numbers.</param>
    /// <param name="device">Where they live.</param>
    public LinearLayer(int inputs, int outputs, bool hasBias, ScalarType type, Device device) : base(nameof(LinearLayer))
    {
        Weight = Decoder.Room(type, device, outputs, inputs);
        register_parameter("weight", Weight);
        if (!hasBias) return;
        Bias = Decoder.Room(type, device, outputs);
        register_parameter("bias", Bias);
    }

    /// <summary>[out, in].</summary>
    public Parameter Weight { get; }

    /// <summary>[out]; null for none.</summary>
    public Parameter? Bias { get; }

    /// <summary>Added to what the layer gives, of the layer's input; null for nothing.</summary>
    internal Func<Tensor, Tensor>? Addition { get; set; }

    /// <summary>Applies the layer.</summary>
    /// <param name="input">[..., in].</param>
    /// <returns>[..., out], owned by the caller's dispose scope.</returns>
    public override Tensor forward(Tensor input)
    {
        Tensor output = nn.functional.linear(input, Weight, Bias);
        return Addition is null ? output : output + Addition(input);
    }
}
