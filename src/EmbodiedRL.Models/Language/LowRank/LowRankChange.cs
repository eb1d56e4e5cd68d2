using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.LowRank;

/// <summary>Change of a linear layer's weight: scale * B A, equation 3 of the paper.</summary>
/// <param name="First">A, [rank, in].</param>
/// <param name="Second">B, [out, rank], zero at first.</param>
/// <param name="Scale">alpha / rank.</param>
internal sealed record LowRankChange(Parameter First, Parameter Second, double Scale)
{
    /// <summary>Whether it is added now.</summary>
    public bool IsOn { get; set; } = true;

    /// <summary>What is added to the layer's output: [..., in] to [..., out].</summary>
    public Tensor Apply(Tensor input) => nn.functional.linear(nn.functional.linear(input, First), Second) * Scale;

    /// <summary>What is added to the weight, [out, in].</summary>
    public Tensor Product() => Second.mm(First) * Scale;
}
