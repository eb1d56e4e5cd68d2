using EmbodiedRL.Core;
using EmbodiedRL.Models.Language.LowRank;
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

    /// <summary>A change of low rank that is added to the weight; null for none. Lent.</summary>
    internal LowRankChange? Change { get; set; }

    /// <summary>The weight with its change.</summary>
    /// <returns>[out, in], owned by the caller's dispose scope.</returns>
    internal Tensor EffectiveWeight() => Change is { IsOn: true } change ? Weight + change.Product() : Weight.alias();

    /// <summary>Applies the layer.</summary>
    /// <param name="input">[..., in].</param>
    /// <returns>[..., out], owned by the caller's dispose scope.</returns>
    public override Tensor forward(Tensor input)
    {
        Tensor output = nn.functional.linear(input, Weight, Bias);
        return Change is { IsOn: true } change ? output + change.Apply(input) : output;
    }
}
