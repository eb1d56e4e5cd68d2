using EmbodiedRL.Models.Language.Decoders;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.VisionLanguage;

/// <summary>Layer normalization over the last dimension (Ba et al. 2016, arXiv 1607.06450). Owns its weights.</summary>
internal sealed class LayerNormLayer : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _weight, _bias;
    private readonly double _epsilon;

    /// <summary>Room for weights; not filled.</summary>
    public LayerNormLayer(int width, double epsilon, ScalarType type, Device device) : base(nameof(LayerNormLayer))
    {
        _epsilon = epsilon;
        register_parameter("weight", _weight = Decoder.Room(type, device, width));
        register_parameter("bias", _bias = Decoder.Room(type, device, width));
    }

    /// <summary>[..., width] to the same shape, owned by the caller's dispose scope.</summary>
    public override Tensor forward(Tensor input) =>
        nn.functional.layer_norm(input, [_weight.shape[0]], _weight, _bias, _epsilon);
}
