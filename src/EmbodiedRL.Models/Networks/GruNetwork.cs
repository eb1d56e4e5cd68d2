using EmbodiedRL.Core;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Networks;

/// <summary>Gated recurrent unit over sequences in which episodes begin anywhere.</summary>
/// <remarks>
/// <para>r = sigmoid(W_ir x + b_ir + W_hr h + b_hr), z = sigmoid(W_iz x + b_iz + W_hz h + b_hz), n = tanh(W_in x + b_in + r (W_hn h +
/// b_hn)), h' = (1 - z) n + z h: eqs. 5 to 8 of the paper, with the reset gate after the matrix and the update gate's sides exchanged, as
/// libtorch has them.</para>
/// <para>Weights: <c>PREFIX.weight_ih_l0</c> [3H, I], <c>PREFIX.weight_hh_l0</c> [3H, H], <c>PREFIX.bias_ih_l0</c> and
/// <c>PREFIX.bias_hh_l0</c> [3H], gates in the order r, z, n. Borrows its weights from the vector, which must outlive it; gradients are
/// added to the vector's. Not thread-safe.</para>
/// </remarks>
[Paper("1406.1078", "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation", Year = 2014)]
public sealed class GruNetwork : nn.Module<Tensor, Tensor, Tensor, (Tensor Outputs, Tensor State)>
{
    private const int Gates = 3;

    private readonly Parameter[] _weights;          // of the input, of the state, and their biases

    /// <summary>Borrows weights.</summary>
    /// <param name="parameters">Holds the shapes that <see cref="Shapes"/> gave.</param>
    /// <param name="prefix">Name of the network.</param>
    /// <param name="inputs">I.</param>
    /// <param name="hidden">H.</param>
    public GruNetwork(ParameterVector parameters, string prefix, int inputs, int hidden) : base(prefix)
    {
        Hidden = hidden;
        _weights = FlatParameters.Register(this, parameters, prefix, Shapes(prefix, inputs, hidden));
    }

    /// <summary>H, floats of one state.</summary>
    public int Hidden { get; }

    /// <summary>The weights that a network of these sizes needs.</summary>
    public static IEnumerable<ParameterShape> Shapes(string prefix, int inputs, int hidden) =>
    [
        new($"{prefix}.weight_ih_l0", Gates * hidden, inputs), new($"{prefix}.weight_hh_l0", Gates * hidden, hidden),
        new($"{prefix}.bias_ih_l0", Gates * hidden), new($"{prefix}.bias_hh_l0", Gates * hidden),
    ];

    /// <summary>Orthogonal weights of gain 1, each gate's its own matrix; biases zero.</summary>
    public static void Initialize(ParameterVector parameters, string prefix, int inputs, int hidden, ref Rng rng)
    {
        foreach (ParameterShape shape in Shapes(prefix, inputs, hidden))
        {
            float[] values = new float[shape.Length];
            if (shape.Shape.Length > 1)
                for (int gate = 0; gate < Gates; gate++)
                    Orthogonal.Sample(hidden, (int)shape.Shape[1], 1, ref rng).CopyTo(values, gate * hidden * (int)shape.Shape[1]);
            parameters.Set(shape.Name, values);
        }
    }

    /// <summary>Runs through sequences.</summary>
    /// <param name="inputs">[T, N, I].</param>
    /// <param name="state">[N, H], of before the first step; zeros where nothing came before.</param>
    /// <param name="starts">[T, N], 1 where a row begins an episode, whose state is then zero, and 0 elsewhere.</param>
    /// <returns>[T, N, H], the state after each step, and [N, H], the last; with a graph if gradients are on. The caller's scope
    /// owns them and everything between.</returns>
    public override (Tensor Outputs, Tensor State) forward(Tensor inputs, Tensor state, Tensor starts)
    {
        Tensor fromInput = nn.functional.linear(inputs, _weights[0], _weights[2]);          // of all steps at once
        Tensor goesOn = (1 - starts.to(inputs.dtype)).unsqueeze(-1);
        var outputs = new Tensor[inputs.shape[0]];
        for (int t = 0; t < outputs.Length; t++) outputs[t] = state = Cell(fromInput[t], state * goesOn[t]);
        return (stack(outputs), state);
    }

    /// <summary>One step, as acting needs it.</summary>
    /// <param name="input">[N, I].</param>
    /// <param name="state">[N, H].</param>
    /// <returns>[N, H], the state after it; the caller's scope owns it and everything between.</returns>
    public Tensor Step(Tensor input, Tensor state) => Cell(nn.functional.linear(input, _weights[0], _weights[2]), state);

    /// <summary>Zeroes the gradients where they lie, in the vector.</summary>
    public override void zero_grad(bool set_to_none = true) => FlatParameters.ZeroGradients(this);

    private Tensor Cell(Tensor fromInput, Tensor state)
    {
        Tensor[] x = fromInput.chunk(Gates, dim: -1), h = nn.functional.linear(state, _weights[1], _weights[3]).chunk(Gates, dim: -1);
        Tensor reset = (x[0] + h[0]).sigmoid(), update = (x[1] + h[1]).sigmoid(), fresh = (x[2] + (reset * h[2])).tanh();
        return fresh + (update * (state - fresh));
    }
}
