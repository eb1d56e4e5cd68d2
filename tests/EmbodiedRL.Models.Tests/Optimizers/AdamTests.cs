using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Optimizers;

[NoTensorLeaks]
public sealed class AdamTests
{
    [Theory, Trait("Category", "Parity")]
    [InlineData("adam", 1e-8, 0, false)]
    [InlineData("adam_eps_1e5", 1e-5, 0, false)]
    [InlineData("adam_clip_linear", 1e-5, 0, true)]
    [InlineData("adamw", 1e-8, 0.1, false)]
    [InlineData("adamw_default_decay", 1e-8, 0.01, false)]
    public void Five_steps_agree_with_the_reference_in_double_precision(string name, double epsilon, double weightDecay, bool clipped)
    {
        JsonElement fixture = Fixtures.ReadJson("learning/optimisers.json"), inputs = fixture.GetProperty("inputs");
        JsonElement[] expected = [.. fixture.GetProperty("expected").GetProperty(name).EnumerateArray()];
        using DisposeScope scope = NewDisposeScope();
        Tensor values = tensor(Flat(inputs.GetProperty("parameters"))), gradients = zeros_like(values);
        using var adam = new Adam(values, gradients, new AdamSettings { Epsilon = epsilon, WeightDecay = weightDecay }, decayMask: null);
        for (int step = 0; step < expected.Length; step++)
        {
            gradients.copy_(tensor(Flat(inputs.GetProperty("gradients")[step])));
            double norm = adam.Step(expected[step].GetProperty("lr").Number(),
                clipped ? inputs.GetProperty("clip").Number() : double.PositiveInfinity);
            double[] found = values.data<double>().ToArray(), answer = Flat(expected[step].GetProperty("params"));
            for (int i = 0; i < answer.Length; i++) Assert.Equal(answer[i], found[i], 1e-9);
            if (clipped) Assert.Equal(expected[step].GetProperty("grad_norm").Number(), norm, 1e-9);
        }
    }

    /// <summary>Runs recorded with the sequences of operations below must be continued with the same bits.</summary>
    [Theory]
    [InlineData(0, 0.999, 1e-5, 1e-6)]              // what policies are trained with
    [InlineData(0.01, 0.98, 1e-8, 0)]               // what image-text models are trained with
    public void Float_steps_have_the_bits_of_the_plain_operations(double weightDecay, double secondDecay,
        double epsilon, double normEpsilon)
    {
        using DisposeScope scope = NewDisposeScope();
        using ParameterVector parameters = Drawn();
        Tensor values = parameters.Values.clone(), first = zeros_like(values), second = zeros_like(values), decay = zeros_like(values);
        decay.narrow(0, 0, 12).fill_(weightDecay);
        using var adam = new Adam(parameters,
            new AdamSettings { SecondDecay = secondDecay, Epsilon = epsilon, WeightDecay = weightDecay, NormEpsilon = normEpsilon });
        var rng = Rng.For(2, "gradients");
        for (int step = 1; step <= 6; step++)
        {
            float[] drawn = [.. Enumerable.Range(0, 15).Select(_ => (float)(rng.Normal() * step))];
            TensorSpans.Write(parameters.Gradients, drawn);
            adam.Step(3e-3, maximumNorm: 5);

            Tensor g = tensor(drawn);
            double norm = g.norm().ToDouble();
            if (norm > 5) g.mul_(5 / (norm + normEpsilon));
            first.mul_(0.9).add_(g, 1 - 0.9);
            second.mul_(secondDecay).addcmul_(g, g, 1 - secondDecay);
            Tensor root = second.sqrt().mul_(1 / Math.Sqrt(1 - Math.Pow(secondDecay, step))).add_(epsilon);
            if (weightDecay > 0) values.addcmul_(values, decay, -3e-3);
            values.addcdiv_(first, root, -3e-3 / (1 - Math.Pow(0.9, step)));
            Assert.Equal(Bits(values), Bits(parameters.Values));
        }

        Assert.Equal(6, adam.Steps);
    }

    [Fact]
    public void Decay_is_of_matrices_unless_asked_otherwise()
    {
        using ParameterVector matrices = Drawn(), biases = Drawn();
        float[] before = Bits(matrices.Values);
        using Adam usual = new(matrices, new AdamSettings { WeightDecay = 0.5 }),
            chosen = new(biases, new AdamSettings { WeightDecay = 0.5 }, shape => shape.Name == "bias");
        usual.Step(0.1);                                        // without gradients there is decay alone: w -= 0.1 * 0.5 w
        chosen.Step(0.1);
        for (int i = 0; i < before.Length; i++)
        {
            Assert.Equal(before[i] * (i < 12 ? 0.95f : 1), Bits(matrices.Values)[i], 1e-6f);
            Assert.Equal(before[i] * (i < 12 ? 1 : 0.95f), Bits(biases.Values)[i], 1e-6f);
        }
    }

    [Fact]
    public void A_mask_decays_what_it_names_and_must_fit()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor values = tensor(new float[] { 1, 2, 4 }), gradients = zeros(3);
        using (var adam = new Adam(values, gradients, new AdamSettings { WeightDecay = 0.5 }, tensor(new float[] { 0, 1, 0 })))
            adam.Step(0.5);
        Assert.Equal([1f, 1.5f, 4f], values.data<float>().ToArray());
        Assert.Throws<SpecMismatchException>(() => new Adam(values, gradients, null, ones(3)));
    }

    [Fact]
    public void A_gradient_that_is_not_finite_changes_nothing()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor values = tensor(new float[] { 1, 2 }), gradients = tensor([1f, float.NaN]);
        using var adam = new Adam(values, gradients, new AdamSettings { WeightDecay = 0.1 }, decayMask: null);
        Assert.True(double.IsNaN(adam.Step(0.1)));
        Assert.Equal([1f, 2f], values.data<float>().ToArray());
        Assert.Equal(0, adam.Steps);
    }

    [Fact]
    public void A_snapshot_resumes_bit_for_bit()
    {
        using ParameterVector whole = Drawn(), part = Drawn();
        var settings = new AdamSettings { WeightDecay = 0.1 };
        using (Adam first = new(whole, settings), second = new(part, settings))
        {
            var snapshot = new Snapshot();
            foreach ((ParameterVector parameters, Adam adam) in new[] { (whole, first), (part, second) })
            {
                TensorSpans.Write(parameters.Gradients, [.. Enumerable.Range(0, 15).Select(i => i - 7f)]);
                adam.Step(0.1);
            }

            second.Save(snapshot);
            using var resumed = new Adam(part, settings);
            resumed.Load(snapshot);
            first.Step(0.1);
            resumed.Step(0.1);
        }

        Assert.Equal(Bits(whole.Values), Bits(part.Values));
    }

    /// <summary>A matrix of 12 values and a bias of 3.</summary>
    private static ParameterVector Drawn()
    {
        var parameters = new ParameterVector(CPU, new ParameterShape("weight", 3, 4), new ParameterShape("bias", 3));
        var rng = Rng.For(1, "weights");
        TensorSpans.Write(parameters.Values, [.. Enumerable.Range(0, 15).Select(_ => (float)rng.Normal())]);
        return parameters;
    }

    private static float[] Bits(Tensor values)
    {
        float[] read = new float[values.numel()];
        TensorSpans.Read(values, read);
        return read;
    }

    private static double[] Flat(JsonElement element) => element.ValueKind == JsonValueKind.Array
        ? [.. element.EnumerateArray().SelectMany(Flat)]
        : [element.Number()];
}
