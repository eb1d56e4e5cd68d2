using EmbodiedRL.Core;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Heads;

/// <summary>Linear layers with tanh between them, over weights that live in a <see cref="ParameterVector"/>.</summary>
/// <remarks>Layer k is called <c>PREFIX.2k</c>, as in a published sequence of linear and tanh modules.</remarks>
public sealed class Mlp
{
    private readonly (Tensor Weight, Tensor Bias)[] _layers;

    /// <summary>Borrows its weights.</summary>
    /// <param name="parameters">Holds the shapes that <see cref="Shapes"/> gave; must outlive this.</param>
    /// <param name="prefix">Name of the network.</param>
    /// <param name="sizes">Inputs, hidden sizes, outputs.</param>
    public Mlp(ParameterVector parameters, string prefix, ReadOnlySpan<int> sizes)
    {
        _layers = new (Tensor, Tensor)[sizes.Length - 1];
        for (int layer = 0; layer < _layers.Length; layer++)
            _layers[layer] = (parameters[$"{prefix}.{2 * layer}.weight"], parameters[$"{prefix}.{2 * layer}.bias"]);
    }

    /// <summary>The weights that a network of these sizes needs.</summary>
    public static IEnumerable<ParameterShape> Shapes(string prefix, int[] sizes)
    {
        for (int layer = 0; layer + 1 < sizes.Length; layer++)
        {
            yield return new ParameterShape($"{prefix}.{2 * layer}.weight", sizes[layer + 1], sizes[layer]);
            yield return new ParameterShape($"{prefix}.{2 * layer}.bias", sizes[layer + 1]);
        }
    }

    /// <summary>Orthogonal weights with gain sqrt(2), biases zero; the last layer has a gain of its own.</summary>
    public static void Initialise(ParameterVector parameters, string prefix, ReadOnlySpan<int> sizes, double lastGain, ref Rng rng)
    {
        for (int layer = 0; layer + 1 < sizes.Length; layer++)
        {
            double gain = layer + 2 == sizes.Length ? lastGain : Math.Sqrt(2);
            parameters.Set($"{prefix}.{2 * layer}.weight", Orthogonal.Draw(sizes[layer + 1], sizes[layer], gain, ref rng));
            parameters.Set($"{prefix}.{2 * layer}.bias", new float[sizes[layer + 1]]);
        }
    }

    /// <summary>Runs the network.</summary>
    /// <param name="input">[B, in].</param>
    /// <returns>[B, out], fresh; the caller's scope owns it and everything between.</returns>
    public Tensor Forward(Tensor input)
    {
        Tensor x = input;
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            x = nn.functional.linear(x, _layers[layer].Weight, _layers[layer].Bias);
            if (layer + 1 < _layers.Length) x = x.tanh();
        }

        return x;
    }
}
