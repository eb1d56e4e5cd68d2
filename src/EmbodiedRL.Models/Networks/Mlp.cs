using EmbodiedRL.Core;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Networks;

/// <summary>
/// Multi-layer perceptron: linear layers with tanh between them, over weights that live in a <see cref="ParameterVector"/>.
/// </summary>
/// <remarks>
/// Layer k is called <c>PREFIX.2k</c>, as in a published sequence of linear and tanh modules. No graph is built: a
/// <see cref="MlpBackprop"/> knows the way back.
/// </remarks>
public sealed class Mlp
{
    /// <summary>Borrows its weights and their gradients.</summary>
    /// <param name="parameters">Holds the shapes that <see cref="Shapes"/> gave; must outlive this.</param>
    /// <param name="prefix">Name of the network.</param>
    /// <param name="sizes">Inputs, hidden sizes, outputs.</param>
    public Mlp(ParameterVector parameters, string prefix, ReadOnlySpan<int> sizes)
    {
        Layers = new Layer[sizes.Length - 1];
        for (int layer = 0; layer < Layers.Length; layer++)
        {
            (string weight, string bias) = Names(prefix, layer);
            Layers[layer] = new(parameters[weight], parameters[bias], parameters.GradientOf(weight), parameters.GradientOf(bias));
        }
    }

    /// <summary>From input to output.</summary>
    internal Layer[] Layers { get; }

    /// <summary>The weights that a network of these sizes needs.</summary>
    public static IEnumerable<ParameterShape> Shapes(string prefix, int[] sizes)
    {
        for (int layer = 0; layer + 1 < sizes.Length; layer++)
        {
            (string weight, string bias) = Names(prefix, layer);
            yield return new ParameterShape(weight, sizes[layer + 1], sizes[layer]);
            yield return new ParameterShape(bias, sizes[layer + 1]);
        }
    }

    /// <summary>Orthogonal weights with gain sqrt(2), biases zero; the last layer has a gain of its own.</summary>
    public static void Initialize(ParameterVector parameters, string prefix, ReadOnlySpan<int> sizes, double lastGain, ref Rng rng)
    {
        for (int layer = 0; layer + 1 < sizes.Length; layer++)
        {
            (string weight, string bias) = Names(prefix, layer);
            double gain = layer + 2 == sizes.Length ? lastGain : Math.Sqrt(2);
            parameters.Set(weight, Orthogonal.Sample(sizes[layer + 1], sizes[layer], gain, ref rng));
            parameters.Set(bias, new float[sizes[layer + 1]]);
        }
    }

    /// <summary>Runs the network.</summary>
    /// <param name="input">[B, in].</param>
    /// <returns>[B, out], fresh; the caller's scope owns it and everything between.</returns>
    public Tensor Forward(Tensor input)
    {
        Tensor x = input;
        for (int layer = 0; layer < Layers.Length; layer++)
        {
            x = nn.functional.linear(x, Layers[layer].Weight, Layers[layer].Bias);
            if (layer + 1 < Layers.Length) Tanh(x);
        }

        return x;
    }

    /// <summary>
    /// tanh(x) = 2 sigmoid(2 x) - 1, in place: several times faster than libtorch's tanh, and as exact as the sums around it.
    /// </summary>
    internal static void Tanh(Tensor x) => x.mul_(2).sigmoid_().mul_(2).sub_(1);

    private static (string Weight,
        string Bias) Names(string prefix, int layer) => ($"{prefix}.{2 * layer}.weight", $"{prefix}.{2 * layer}.bias");

    /// <summary>One layer's weights and their gradients, borrowed.</summary>
    internal readonly record struct Layer(Tensor Weight, Tensor Bias, Tensor ByWeight, Tensor ByBias);
}
