using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Heads;

[NoTensorLeaks]
public sealed class NetworkTests
{
    [Theory]
    [InlineData(5, 3), InlineData(3, 5), InlineData(64, 64)]
    public void Orthogonal_weights_have_orthogonal_rows_or_columns_of_the_asked_length(int rows, int columns)
    {
        var rng = Rng.For(1, "weights");
        float[] weights = Orthogonal.Sample(rows, columns, 2, ref rng);
        bool byRow = rows <= columns;
        int count = Math.Min(rows, columns), length = Math.Max(rows, columns);
        float At(int vector, int i) => byRow ? weights[(vector * columns) + i] : weights[(i * columns) + vector];
        for (int a = 0; a < count; a++)
            for (int b = 0; b <= a; b++)
                Assert.Equal(a == b ? 4 : 0, Enumerable.Range(0, length).Sum(i => (double)At(a, i) * At(b, i)), 1e-5);
    }

    [Fact]
    public void Weights_have_the_published_names()
    {
        using ActorCritic network = Create();
        var snapshot = new Snapshot();
        network.Save(snapshot);
        Assert.Equal([
            "actor.0.bias", "actor.0.weight", "actor.2.bias", "actor.2.weight", "actor.4.bias", "actor.4.weight",
            "critic.0.bias", "critic.0.weight", "critic.2.bias", "critic.2.weight", "critic.4.bias", "critic.4.weight", "log_std",
        ], snapshot.Weights.Keys);
        Assert.Equal([8L, 3L], snapshot.Weights["actor.0.weight"]);
        Assert.All(network.LogStd.ToArray(), value => Assert.Equal(-0.5f, value));
    }

    [Fact]
    public void Views_and_vector_are_one_memory_and_gradients_arrive_in_it()
    {
        using ActorCritic network = Create();
        ParameterVector parameters = network.Parameters;
        parameters.Set("actor.4.bias", [7, 8]);
        using DisposeScope scope = NewDisposeScope();
        Assert.Equal(2, parameters.Values.data<float>().Count(value => value is 7 or 8));

        using var tape = new MlpBackprop(network.Actor, 4);
        tape.Forward(ones(4, 3));
        tape.Backward(ones(4, 2));
        float[] bias = [.. parameters.GradientOf("actor.4.bias").data<float>()];
        Assert.Equal([4f, 4f], bias);                            // the sum of 4 rows moves by 4 for each unit of bias
        Assert.Contains(4f, parameters.Gradients.data<float>());
    }

    [Fact]
    public void The_way_back_agrees_with_automatic_differentiation()
    {
        using ActorCritic network = Create();
        using DisposeScope scope = NewDisposeScope();
        string[] names = [.. Enumerable.Range(0, 3).SelectMany(layer => new[] { $"actor.{2 * layer}.weight", $"actor.{2 * layer}.bias" })];
        Tensor[] leaves = [.. names.Select(name => network.Parameters[name].clone().requires_grad_(true))];
        Tensor input = tensor(new float[] { 0.5f, -1, 2, 1.5f, 0, -0.3f }, 2, 3), byOutput = tensor(new float[] { 1, -2, 0.5f, 3 }, 2, 2);
        Tensor x = input;
        for (int layer = 0; layer < 3; layer++)
        {
            x = nn.functional.linear(x, leaves[2 * layer], leaves[(2 * layer) + 1]);
            if (layer < 2) x = x.tanh();
        }

        x.backward([byOutput]);
        using var tape = new MlpBackprop(network.Actor, 5);          // larger than the minibatch: only its first rows are used
        Assert.True(network.Actor.Forward(input).allclose(x, atol: 1e-6));
        Assert.True(tape.Forward(input).allclose(x, atol: 1e-6));
        tape.Backward(byOutput);
        for (int i = 0; i < names.Length; i++)
            Assert.True(network.Parameters.GradientOf(names[i]).allclose(leaves[i].grad!, atol: 1e-5), names[i]);
    }

    [Fact]
    public void The_forward_pass_is_that_of_linear_layers_with_tanh_between()
    {
        using ActorCritic network = Create();
        var snapshot = new Snapshot();
        network.Save(snapshot);
        float[] input = [0.5f, -1, 2], hidden = input;
        for (int layer = 0; layer < 3; layer++)
        {
            float[] weight = snapshot.GetAll<float>($"critic.{2 * layer}.weight"),
                bias = snapshot.GetAll<float>($"critic.{2 * layer}.bias");
            float[] from = hidden;
            hidden = [.. bias.Select((b, row) => b + from.Select((x, column) => x * weight[(row * from.Length) + column]).Sum())];
            if (layer < 2) hidden = Array.ConvertAll(hidden, MathF.Tanh);
        }

        using DisposeScope scope = NewDisposeScope();
        Assert.Equal(hidden[0], network.Critic.Forward(tensor(input, 1, 3)).item<float>(), 1e-5f);
    }

    [Fact]
    public void Unknown_weights_and_wrong_lengths_are_named()
    {
        using ActorCritic network = Create();
        Assert.Throws<UnknownNameException>(() => network.Parameters["actor.1.weight"]);
        Assert.Throws<SpecMismatchException>(() => network.Parameters.Set("actor.4.bias", [1]));
    }

    private static ActorCritic Create() => new(3, ActionSpec.Continuous(new FieldSpec("a", 2)), [8, 8], -0.5f, 1);
}
