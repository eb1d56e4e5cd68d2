using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Networks;

/// <summary>Activation between two linear layers.</summary>
public enum Activation
{
    /// <summary>Hyperbolic tangent.</summary>
    Tanh,

    /// <summary>max(0, x).</summary>
    Relu,
}

/// <summary>Multi-layer perceptron by automatic differentiation: linear layers with an activation between them.</summary>
/// <remarks>
/// It has the weights that <see cref="Mlp.Shapes"/> names (<c>PREFIX.0.weight</c>, <c>PREFIX.0.bias</c>, <c>PREFIX.2.weight</c>, ...), and
/// is the definition that <see cref="MlpBackprop"/>, the faster hand-written backward pass for tanh, is tested against. It also gives
/// gradients by its input. Borrows its weights from the vector, which must outlive it; gradients are
/// added to the vector's. Not thread-safe.
/// </remarks>
public sealed class MlpModule : nn.Module<Tensor, Tensor>
{
    private readonly Parameter[] _weights;          // weight and bias of each layer in turn
    private readonly Activation _activation;

    /// <summary>Borrows weights.</summary>
    /// <param name="parameters">Holds the shapes that <see cref="Mlp.Shapes"/> gave.</param>
    /// <param name="prefix">Name of the network.</param>
    /// <param name="sizes">Inputs, hidden sizes, outputs.</param>
    /// <param name="activation">Between layers.</param>
    public MlpModule(ParameterVector parameters, string prefix, int[] sizes, Activation activation = Activation.Tanh) : base(prefix)
    {
        _activation = activation;
        _weights = FlatParameters.Register(this, parameters, prefix, Mlp.Shapes(prefix, sizes));
    }

    /// <summary>Runs the network.</summary>
    /// <param name="input">[B, in].</param>
    /// <returns>[B, out], with a graph if gradients are on; the caller's scope owns it and everything between.</returns>
    public override Tensor forward(Tensor input)
    {
        Tensor x = input;
        for (int at = 0; at < _weights.Length; at += 2)
        {
            x = nn.functional.linear(x, _weights[at], _weights[at + 1]);
            if (at + 2 < _weights.Length) x = _activation == Activation.Tanh ? x.tanh() : x.relu();
        }

        return x;
    }

    /// <summary>Zeroes the gradients where they lie, in the vector.</summary>
    public override void zero_grad(bool set_to_none = true) => FlatParameters.ZeroGradients(this);
}
