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
public sealed class MlpModuleTests
{
    [Theory]
    [InlineData(64, 17, 64, 64, 6)]
    [InlineData(33, 17, 64, 64, 1)]
    [InlineData(8, 5, 4)]
    [InlineData(128, 40, 256, 128, 32, 3)]
    public void The_hand_written_passes_agree_with_automatic_differentiation(int rows, params int[] sizes)
    {
        using ParameterVector parameters = Create(sizes);
        using var module = new MlpModule(parameters, "actor", sizes);
        using var tape = new MlpBackprop(new Mlp(parameters, "actor", sizes), rows);
        using DisposeScope scope = NewDisposeScope();
        var rng = Rng.For(2, "data");
        Tensor input = Drawn(rows, sizes[0], ref rng), byOutput = Drawn(rows, sizes[^1], ref rng);

        Tensor defined = module.forward(input);
        module.zero_grad();
        defined.backward([byOutput]);
        Tensor gradients = parameters.Gradients.clone();
        parameters.Gradients.fill_(float.NaN);                   // whatever the tape leaves alone would show
        AssertClose(defined.detach(), tape.Forward(input), "outputs");
        tape.Backward(byOutput);
        long offset = 0;
        foreach (ParameterShape shape in parameters.Shapes)
        {
            AssertClose(gradients.narrow(0, offset, shape.Length), parameters.GradientOf(shape.Name).flatten(), shape.Name);
            offset += shape.Length;
        }
    }

    [Fact]
    public void Its_parameters_are_the_vectors_memory_under_stable_names()
    {
        int[] sizes = [3, 8, 2];
        using ParameterVector parameters = Create(sizes);
        using var module = new MlpModule(parameters, "actor", sizes);
        Assert.Equal(["0.weight", "0.bias", "2.weight", "2.bias"], module.named_parameters().Select(named => named.name));
        var snapshot = new Snapshot();
        parameters.Save(snapshot);
        Assert.Equal(["actor.0.bias", "actor.0.weight", "actor.2.bias", "actor.2.weight"], snapshot.Weights.Keys);

        using DisposeScope scope = NewDisposeScope();
        Tensor before = module.forward(ones(1, 3)).detach().clone();
        parameters.Values.zero_();
        Assert.Equal(0, module.forward(ones(1, 3)).abs().sum().ToDouble());
        parameters.Load(snapshot);
        Assert.True(module.forward(ones(1, 3)).allclose(before, rtol: 0, atol: 0));
    }

    [Theory]
    [InlineData(Activation.Tanh), InlineData(Activation.Relu)]
    public void An_optimizer_of_the_vector_trains_it(Activation activation)
    {
        int[] sizes = [2, 16, 1];
        using ParameterVector parameters = Create(sizes);
        using var module = new MlpModule(parameters, "actor", sizes, activation);
        using var adam = new Adam(parameters);
        using DisposeScope scope = NewDisposeScope();
        var rng = Rng.For(5, "data");
        Tensor input = Drawn(64, 2, ref rng), target = input[TensorIndex.Colon, 0..1].mul(input[TensorIndex.Colon, 1..2]);
        double first = 0, last = 0;
        for (int step = 0; step < 300; step++)
        {
            using DisposeScope inner = NewDisposeScope();
            module.zero_grad();
            Tensor loss = (module.forward(input) - target).square().mean();
            loss.backward();
            adam.Step(1e-2);
            last = loss.ToDouble();
            if (step == 0) first = last;
        }

        Assert.True(last < 0.2 * first, $"The loss went from {first:F3} to {last:F3}.");
    }

    [Fact]
    public void Gradients_by_the_input_are_there()
    {
        int[] sizes = [3, 2];
        using ParameterVector parameters = Create(sizes);
        using var module = new MlpModule(parameters, "actor", sizes);
        using DisposeScope scope = NewDisposeScope();
        Tensor input = ones(1, 3).requires_grad_(true);
        module.forward(input).sum().backward();
        AssertClose(parameters["actor.0.weight"].sum(dim: 0), input.grad!.flatten(), "input");
    }

    private static ParameterVector Create(int[] sizes)
    {
        var parameters = new ParameterVector(CPU, [.. Mlp.Shapes("actor", sizes)]);
        var rng = Rng.For(1, "weights");
        Mlp.Initialize(parameters, "actor", sizes, lastGain: 1, ref rng);
        return parameters;
    }

    private static Tensor Drawn(int rows, int columns, ref Rng rng)
    {
        float[] values = new float[rows * columns];
        foreach (ref float value in values.AsSpan()) value = (float)rng.Normal();
        return tensor(values, rows, columns);
    }

    private static void AssertClose(Tensor expected, Tensor found, string what)
    {
        double difference = (expected - found).abs().max().ToDouble(), size = Math.Max(1, expected.abs().max().ToDouble());
        Assert.True(difference <= 1e-5 * size, $"{what} differ by {difference} of {size}.");
    }
}
