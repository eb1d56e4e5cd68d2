using EmbodiedRL.Models.Language.Decoders;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.VisionLanguage;

/// <summary>Patch embedding: a convolution whose stride is its kernel, so a product with each patch. Owns its weights.</summary>
internal sealed class PatchEmbedding : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;

    /// <summary>Room for weights; not filled.</summary>
    /// <param name="kernel">Of the convolution: channels, then its sides.</param>
    /// <param name="width">C.</param>
    /// <param name="hasBias">Whether there is a bias.</param>
    /// <param name="type">Of the numbers.</param>
    /// <param name="device">Where they live.</param>
    public PatchEmbedding(long[] kernel, int width, bool hasBias, ScalarType type, Device device) : base(nameof(PatchEmbedding))
    {
        register_parameter("weight", _weight = Decoder.Room(type, device, [width, .. kernel]));
        if (hasBias) register_parameter("bias", _bias = Decoder.Room(type, device, width));
    }

    /// <summary>Numbers of a patch.</summary>
    public long PatchLength => _weight.numel() / _weight.shape[0];

    /// <summary>Type of the weights.</summary>
    public ScalarType Type => _weight.dtype;

    /// <summary>Embeds patches.</summary>
    /// <param name="patches">[..., <see cref="PatchLength"/>], flattened as the kernel is.</param>
    /// <returns>[..., C], owned by the caller's dispose scope.</returns>
    public override Tensor forward(Tensor patches)
    {
        using Tensor weight = _weight.flatten(1), same = patches.to(_weight.dtype);
        return nn.functional.linear(same, weight, _bias);
    }
}
