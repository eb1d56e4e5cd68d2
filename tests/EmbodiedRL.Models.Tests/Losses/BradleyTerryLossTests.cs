using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Losses;

[NoTensorLeaks, Trait("Category", "Parity")]
public sealed class BradleyTerryLossTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("margin")]
    [InlineData("label_smoothing_0_1")]
    [InlineData("soft_label")]
    [InlineData("flipped")]
    [InlineData("tie_as_half")]
    public void Losses_and_gradients_of_pairs_agree_with_the_reference(string name)
    {
        JsonElement fixture = Fixtures.ReadJson("learning/bradley_terry.json"), inputs = fixture.GetProperty("inputs");
        JsonElement expected = fixture.GetProperty("expected").GetProperty(name);
        double[] differences = inputs.GetProperty("difference").Numbers();
        using DisposeScope scope = NewDisposeScope();
        Tensor difference = tensor(differences).requires_grad_(true);
        Tensor? label = name switch
        {
            "label_smoothing_0_1" => full_like(difference, 0.9),
            "soft_label" => tensor(inputs.GetProperty("soft_label").Numbers()),
            "flipped" => zeros_like(difference),
            "tie_as_half" => tensor(inputs.GetProperty("outcome").Numbers()) / 2,
            _ => null,
        };
        Tensor losses =
            BradleyTerryLoss.PerPair(name == "margin" ? difference - tensor(inputs.GetProperty("margin").Numbers()) : difference, label);
        losses.sum().backward();
        AssertClose(expected.GetProperty("loss").Numbers(), losses.data<double>().ToArray());
        AssertClose(expected.GetProperty("grad").Numbers(), difference.grad!.data<double>().ToArray());
    }

    [Theory]
    [InlineData("plain", false, false)]
    [InlineData("margin", true, false)]
    [InlineData("centred", false, true)]
    [InlineData("margin_centred", true, true)]
    public void The_loss_of_a_reward_model_agrees_with_the_reference(string name, bool margin, bool centered)
    {
        JsonElement fixture = Fixtures.ReadJson("learning/reward_model_losses.json"), inputs = fixture.GetProperty("inputs");
        JsonElement expected = fixture.GetProperty("expected").GetProperty(name);
        using DisposeScope scope = NewDisposeScope();
        Tensor chosen = tensor(inputs.GetProperty("rewards_chosen").Numbers()).requires_grad_(true);
        Tensor rejected = tensor(inputs.GetProperty("rewards_rejected").Numbers()).requires_grad_(true);
        Tensor loss = BradleyTerryLoss.Compute(chosen, rejected, margin ? tensor(inputs.GetProperty("margin").Numbers()) : null,
            centering: centered ? inputs.GetProperty("centre_coefficient").Number() : 0);
        loss.backward();
        Assert.Equal(expected.GetProperty("loss").Number(), loss.ToDouble(), 1e-9);
        AssertClose(expected.GetProperty("grad").Numbers(), [.. chosen.grad!.data<double>(), .. rejected.grad!.data<double>()]);
    }

    private static void AssertClose(double[] expected, double[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 1e-9);
    }
}
