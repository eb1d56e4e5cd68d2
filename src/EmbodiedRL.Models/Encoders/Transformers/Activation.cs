using EmbodiedRL.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Transformers;

/// <summary>Activation functions of transformers.</summary>
internal enum Activation
{
    /// <summary>x F(x) with the normal distribution's F, by the error function (Hendrycks and Gimpel 2016, arXiv 1606.08415).</summary>
    Gelu,

    /// <summary>The same by its approximation with tanh.</summary>
    GeluTanh,

    /// <summary>x sigmoid(1.702 x), another approximation; that of OpenAI's checkpoints.</summary>
    QuickGelu,

    /// <summary>max(x, 0).</summary>
    Relu,
}

/// <summary>Names and values of <see cref="Activation"/>.</summary>
internal static class Activations
{
    private static readonly Scalar QuickScale = 1.702.ToScalar(), QuickUnscale = (1 / 1.702).ToScalar();

    /// <summary>The activation that a config names.</summary>
    /// <exception cref="CorruptFileException">It is none of those known here.</exception>
    public static Activation Parse(string name, string path) => name switch
    {
        "gelu" => Activation.Gelu,
        "gelu_pytorch_tanh" or "gelu_new" => Activation.GeluTanh,
        "quick_gelu" => Activation.QuickGelu,
        "relu" => Activation.Relu,
        _ => throw new CorruptFileException(path, "hidden_act gelu, gelu_pytorch_tanh, quick_gelu or relu", $"'{name}'",
            "Models with other activations are not supported."),
    };

    /// <summary>The activation of every value; fresh.</summary>
    public static Tensor Apply(this Activation activation, Tensor x) => activation switch
    {
        Activation.GeluTanh => x.gelu(TorchSharp.Modules.GELU.Approximate.tanh),
        Activation.QuickGelu => Quick(x),
        Activation.Relu => x.relu(),
        _ => x.gelu(),
    };

    /// <summary>x sigmoid(a x) = silu(a x) / a, one pass less over memory; in place where no graph needs what is between.</summary>
    private static Tensor Quick(Tensor x)
    {
        Tensor scaled = x * QuickScale;
        return is_grad_enabled() ? nn.functional.silu(scaled) * QuickUnscale : scaled.silu_().mul_(QuickUnscale);
    }
}
