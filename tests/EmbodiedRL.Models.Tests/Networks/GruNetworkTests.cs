using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Networks;

[NoTensorLeaks]
public sealed class GruNetworkTests
{
    private const int Steps = 5, Count = 2, Inputs = 3, Hidden = 4;

    [Fact]
    public void States_follow_the_equations_and_begin_anew_with_an_episode()
    {
        using ParameterVector parameters = Create(Inputs, Hidden);
        using var network = new GruNetwork(parameters, "memory", Inputs, Hidden);
        using DisposeScope scope = NewDisposeScope();
        var rng = Rng.For(2, "data");
        float[] inputs = Draw(Steps * Count * Inputs, ref rng), first = Draw(Count * Hidden, ref rng), starts = new float[Steps * Count];
        starts[(3 * Count) + 1] = 1;                             // the second sequence begins anew at its fourth step
        (Tensor outputs,
            Tensor last) = network.forward(tensor(inputs, Steps, Count, Inputs), tensor(first, Count, Hidden),
                tensor(starts, Steps, Count));

        float[] found = [.. outputs.detach().contiguous().data<float>()];
        for (int row = 0; row < Count; row++)
        {
            double[] state = [.. first.Skip(row * Hidden).Take(Hidden).Select(value => (double)value)];
            for (int t = 0; t < Steps; t++)
            {
                if (starts[(t * Count) + row] == 1) Array.Clear(state);
                state = Cell(parameters, inputs.AsSpan(((t * Count) + row) * Inputs, Inputs), state);
                for (int h = 0; h < Hidden; h++) Assert.Equal(state[h], found[(((t * Count) + row) * Hidden) + h], 1e-5);
            }
        }

        Assert.True(last.allclose(outputs[Steps - 1], rtol: 0, atol: 0));
    }

    [Fact]
    public void Steps_one_by_one_are_the_sequence()
    {
        using ParameterVector parameters = Create(Inputs, Hidden);
        using var network = new GruNetwork(parameters, "memory", Inputs, Hidden);
        using DisposeScope scope = NewDisposeScope();
        var rng = Rng.For(2, "data");
        Tensor inputs = tensor(Draw(Steps * Count * Inputs, ref rng), Steps, Count, Inputs), state = zeros(Count, Hidden);
        (Tensor outputs, _) = network.forward(inputs, state, zeros(Steps, Count));
        for (int t = 0; t < Steps; t++)
        {
            state = network.Step(inputs[t], state);
            Assert.True((state - outputs[t]).abs().max().ToDouble() < 1e-6);
        }
    }

    [Fact]
    public void It_learns_to_remember_a_cue_for_ten_steps()
    {
        const int Length = 10, Rows = 32, Units = 12;
        ParameterShape[] shapes = [.. GruNetwork.Shapes("memory", 2, Units), .. Mlp.Shapes("answer", [Units, 1])];
        using var parameters = new ParameterVector(CPU, shapes);
        var rng = Rng.For(1, "weights");
        GruNetwork.Initialize(parameters, "memory", 2, Units, ref rng);
        Mlp.Initialize(parameters, "answer", [Units, 1], lastGain: 1, ref rng);
        using var network = new GruNetwork(parameters, "memory", 2, Units);
        using var answer = new MlpModule(parameters, "answer", [Units, 1]);
        using var adam = new Adam(parameters);
        double right = 0;
        for (int step = 0; step < 150; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            // The cue is seen in the first step alone; noise follows.
            float[] inputs = Draw(Length * Rows * 2, ref rng), cues = [.. Enumerable.Range(0, Rows).Select(row => row % 2f)];
            for (int i = 0; i < inputs.Length; i += 2) inputs[i] = 0;
            for (int row = 0; row < Rows; row++) inputs[row * 2] = (2 * cues[row]) - 1;
            parameters.Gradients.zero_();
            (_, Tensor last) = network.forward(tensor(inputs, Length, Rows, 2), zeros(Rows, Units), zeros(Length, Rows));
            Tensor logits = answer.forward(last).squeeze(-1), target = tensor(cues);
            nn.functional.binary_cross_entropy_with_logits(logits, target).backward();
            adam.Step(1e-2, maximumNorm: 1);
            right = logits.gt(0).to(ScalarType.Float32).eq(target).to(ScalarType.Float32).mean().ToDouble();
        }

        Assert.Equal(1, right);
    }

    [Fact]
    public void Its_weights_have_the_published_names_are_orthogonal_gate_by_gate_and_get_gradients()
    {
        using ParameterVector parameters = Create(Inputs, Hidden), same = Create(Inputs, Hidden);
        using var network = new GruNetwork(parameters, "memory", Inputs, Hidden);
        Assert.Equal(["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"], network.named_parameters().Select(named => named.name));
        using DisposeScope scope = NewDisposeScope();
        Assert.True(parameters.Values.allclose(same.Values, rtol: 0, atol: 0));
        Tensor gate = parameters["memory.weight_hh_l0"].narrow(0, Hidden, Hidden);
        Assert.True((gate.matmul(gate.t()) - eye(Hidden)).abs().max().ToDouble() < 1e-6);

        var rng = Rng.For(2, "data");
        network.zero_grad();
        (Tensor outputs,
            _) = network.forward(tensor(Draw(Steps * Count * Inputs, ref rng), Steps, Count, Inputs),
                zeros(Count, Hidden), zeros(Steps, Count));
        outputs.sum().backward();
        foreach (ParameterShape shape in parameters.Shapes)
            Assert.True(parameters.GradientOf(shape.Name).abs().sum().ToDouble() > 0, shape.Name);
    }

    private static double[] Cell(ParameterVector parameters, ReadOnlySpan<float> input, double[] state)
    {
        float[] Read(string name)
        {
            float[] values = new float[parameters[name].numel()];
            TensorSpans.Read(parameters[name], values);
            return values;
        }

        float[] wi = Read("memory.weight_ih_l0"), wh = Read("memory.weight_hh_l0"), bi = Read("memory.bias_ih_l0"),
            bh = Read("memory.bias_hh_l0");
        double[] x = new double[3 * Hidden], h = new double[3 * Hidden], next = new double[Hidden];
        for (int row = 0; row < x.Length; row++)
        {
            (x[row], h[row]) = (bi[row], bh[row]);
            for (int i = 0; i < Inputs; i++) x[row] += wi[(row * Inputs) + i] * input[i];
            for (int i = 0; i < Hidden; i++) h[row] += wh[(row * Hidden) + i] * state[i];
        }

        for (int i = 0; i < Hidden; i++)
        {
            double reset = Sigmoid(x[i] + h[i]), update = Sigmoid(x[Hidden + i] + h[Hidden + i]);
            double fresh = Math.Tanh(x[(2 * Hidden) + i] + (reset * h[(2 * Hidden) + i]));
            next[i] = ((1 - update) * fresh) + (update * state[i]);
        }

        return next;
    }

    private static double Sigmoid(double value) => 1 / (1 + Math.Exp(-value));

    /// <summary>Weights of any size, biases too, so that every term of the equations counts.</summary>
    private static ParameterVector Create(int inputs, int hidden)
    {
        var parameters = new ParameterVector(CPU, [.. GruNetwork.Shapes("memory", inputs, hidden)]);
        var rng = Rng.For(1, "weights");
        GruNetwork.Initialize(parameters, "memory", inputs, hidden, ref rng);
        foreach (string bias in new[] { "memory.bias_ih_l0", "memory.bias_hh_l0" }) parameters.Set(bias, Draw(3 * hidden, ref rng));
        return parameters;
    }

    private static float[] Draw(int count, ref Rng rng)
    {
        float[] values = new float[count];
        foreach (ref float value in values.AsSpan()) value = (float)rng.Normal();
        return values;
    }
}
