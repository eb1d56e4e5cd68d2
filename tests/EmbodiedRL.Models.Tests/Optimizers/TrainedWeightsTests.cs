using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Optimizers;

[NoTensorLeaks]
public sealed class TrainedWeightsTests
{
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void A_step_on_the_masters_reaches_the_module(ScalarType type)
    {
        using var module = new CausalModule(DecoderSettings.Small(7, 32, 2, 1, 16), type);
        Decoder.Draw(module, 1);
        using var weights = new TrainedWeights(module.named_parameters().Select(pair => (pair.name, pair.parameter)));
        long distinct = module.parameters().DistinctBy(weight => weight.Handle).Sum(weight => weight.numel());
        Assert.Equal(distinct, weights.Count); // each weight once
        using DisposeScope scope = NewDisposeScope();
        for (int pass = 0; pass < 2; pass++) // gradients of the last pass alone
        {
            weights.ZeroGradients();
            module.Logits(ones([1, 32], type)).sum().backward();
            weights.Gather();
        }

        // d sum / d table = the hidden state, ones, for each of 7 rows
        Assert.Equal(7 * 32, weights.Gradients.sum().ToDouble(), 1e-3);
        double before = module.HeadWeight.to(ScalarType.Float32).sum().ToDouble();
        weights.Values.sub_(weights.Gradients);
        weights.Scatter();
        Assert.Equal(before - (7 * 32), module.HeadWeight.to(ScalarType.Float32).sum().ToDouble(), 1);
    }

    [Fact]
    public void Masters_survive_a_snapshot_and_a_loan()
    {
        using var module = new CausalModule(DecoderSettings.Small(7, 32, 1, 1, 16));
        Decoder.Draw(module, 1);
        using var weights = new TrainedWeights(module.named_parameters().Select(pair => (pair.name, pair.parameter)));
        using DisposeScope scope = NewDisposeScope();
        var snapshot = new Snapshot();
        weights.Save(snapshot);
        Assert.DoesNotContain(snapshot.Weights.Keys, name => name.Contains('<', StringComparison.Ordinal));
        Tensor first = weights.Values.clone();
        weights.Scatter(zeros_like(first));
        Assert.Equal(0, module.HeadWeight.abs().sum().ToDouble());
        Assert.Equal(0, (weights.Values - first).abs().sum().ToDouble());
        weights.Values.zero_();
        weights.Load(snapshot);
        Assert.Equal(0, (weights.Values - first).abs().sum().ToDouble());
        Assert.NotEqual(0, module.HeadWeight.abs().sum().ToDouble());
    }

    [Fact]
    public void Biases_and_gains_do_not_decay()
    {
        using var module = new CausalModule(DecoderSettings.Small(7, 32, 1, 1, 16));
        Decoder.Draw(module, 1);
        using var weights = new TrainedWeights(module.named_parameters().Select(pair => (pair.name, pair.parameter)));
        using DisposeScope scope = NewDisposeScope();
        using Tensor mask = weights.DecayMask();
        Assert.Equal(3 * 32, weights.Count - mask.sum().ToInt64()); // three norms
    }

    [Fact]
    public void Nothing_to_train_is_refused() => Assert.Throws<SpecMismatchException>(() => new TrainedWeights([]));
}
