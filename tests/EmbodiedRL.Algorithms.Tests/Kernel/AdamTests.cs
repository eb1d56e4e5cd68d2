using System.Text.Json;
using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Tests.Kernel;

[NoTensorLeaks]
public sealed class AdamTests
{
    [Theory, Trait("Category", "Parity")]
    [InlineData("adam", 1e-8, false)]
    [InlineData("adam_eps_1e5", 1e-5, false)]
    [InlineData("adam_clip_linear", 1e-5, true)]
    public void Five_steps_agree_with_the_reference_in_double_precision(string name, double epsilon, bool clipAndDecay)
    {
        JsonElement fixture = Fixtures.ReadJson("learning/optimisers.json"), inputs = fixture.GetProperty("inputs");
        JsonElement[] expected = [.. fixture.GetProperty("expected").GetProperty(name).EnumerateArray()];
        using DisposeScope scope = NewDisposeScope();
        Tensor values = tensor(Flat(inputs.GetProperty("parameters"))), gradients = zeros_like(values);
        using var adam = new Adam(values, gradients, epsilon);
        var schedule = new LinearSchedule(inputs.GetProperty("lr").Number(), clipAndDecay ? 0 : inputs.GetProperty("lr").Number());
        for (int step = 0; step < expected.Length; step++)
        {
            gradients.copy_(tensor(Flat(inputs.GetProperty("gradients")[step])));
            double norm = adam.Step(schedule.At(step / 5.0), clipAndDecay ? inputs.GetProperty("clip").Number() : double.PositiveInfinity);
            double[] found = values.data<double>().ToArray(), answer = Flat(expected[step].GetProperty("params"));
            for (int i = 0; i < answer.Length; i++) Assert.Equal(answer[i], found[i], 1e-9);
            if (clipAndDecay) Assert.Equal(expected[step].GetProperty("grad_norm").Number(), norm, 1e-9);
        }
    }

    [Fact]
    public void A_gradient_that_is_not_finite_changes_nothing()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor values = tensor(new float[] { 1, 2 }), gradients = tensor([1f, float.NaN]);
        using var adam = new Adam(values, gradients);
        Assert.True(double.IsNaN(adam.Step(0.1)));
        Assert.Equal([1f, 2f], values.data<float>().ToArray());
    }

    [Fact]
    public void A_snapshot_resumes_bit_for_bit()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor gradients = tensor(new float[] { 0.3f, -2 }), values = tensor(new float[] { 1, 2 });
        using var adam = new Adam(values, gradients);
        adam.Step(0.1);
        var snapshot = new Snapshot();
        adam.Save(snapshot);
        Tensor copy = values.clone();
        using var other = new Adam(copy, gradients);
        other.Load(snapshot);
        adam.Step(0.1);
        other.Step(0.1);
        Assert.Equal(values.data<float>().ToArray(), copy.data<float>().ToArray());
    }

    private static double[] Flat(JsonElement element) => element.ValueKind == JsonValueKind.Array
        ? [.. element.EnumerateArray().SelectMany(Flat)]
        : [element.Number()];
}
