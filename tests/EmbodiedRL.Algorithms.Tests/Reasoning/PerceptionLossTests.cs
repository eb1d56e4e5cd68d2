using System.Text.Json;
using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Tests.Reasoning;

[NoTensorLeaks]
public sealed class PerceptionLossTests
{
    [Fact, Trait("Category", "Parity")]
    public void Loss_and_gradients_agree_with_a_second_implementation()
    {
        JsonElement fixture = Fixtures.ReadJson("learning/reward_transforms.json").GetProperty("expected").GetProperty("S04 PAPO");
        using DisposeScope scope = NewDisposeScope();
        Tensor Read(string key) => TokenLossParityTests.Matrix(fixture.GetProperty(key), ScalarType.Float64);
        Tensor plain = Read("log_prob").requires_grad_(true), masked = Read("log_prob_masked").requires_grad_(true);
        (Tensor loss, _) = PerceptionLoss.Compute(plain, masked, Read("mask"), new PerceptionLossOptions
        {
            Gamma = fixture.GetProperty("gamma").Number(),
            Entropy = fixture.GetProperty("eta1").Number(),
            MaskedEntropy = fixture.GetProperty("eta2").Number(),
        });
        Assert.Equal(fixture.GetProperty("loss_to_minimise").Number(), loss.ToDouble(), 1e-9);
        TokenLossParityTests.AssertNear(fixture.GetProperty("perception_kl"),
            PerceptionLoss.Divergence(plain, masked).detach(), 1e-9, ScalarType.Float64);
        loss.backward();
        TokenLossParityTests.AssertNear(fixture.GetProperty("grad_log_prob"), plain.grad, 1e-9, ScalarType.Float64);
        TokenLossParityTests.AssertNear(fixture.GetProperty("grad_log_prob_masked"), masked.grad, 1e-9, ScalarType.Float64);
    }

    [Fact]
    public void By_hand()
    {
        // rho = 2: D = 2 - ln 2 - 1; H = ln 2 and 0; loss = -0.5 D + 0.1 ln 2.
        using DisposeScope scope = NewDisposeScope();
        Tensor plain = tensor([-Math.Log(2)], [1, 1]), masked = zeros([1, 1], ScalarType.Float64);
        (Tensor loss, Tensor divergence) = PerceptionLoss.Compute(plain, masked, ones([1, 1], ScalarType.Float64),
            new PerceptionLossOptions { Gamma = 0.5, Entropy = 0.1, MaskedEntropy = 0.3 });
        Assert.Equal(1 - Math.Log(2), divergence.ToDouble(), 1e-12);
        Assert.Equal((-0.5 * (1 - Math.Log(2))) + (0.1 * Math.Log(2)), loss.ToDouble(), 1e-12);
    }

    [Fact]
    public void A_step_against_the_loss_pushes_the_divergence_up()
    {
        // The sign is the pitfall: a divergence that is minimized teaches the policy not to look.
        using DisposeScope scope = NewDisposeScope();
        Tensor plain = tensor([-1.0, -1.2], [1, 2]).requires_grad_(true), masked = tensor([-1.4, -1.1], [1, 2]).requires_grad_(true);
        (Tensor loss, Tensor before) = PerceptionLoss.Compute(plain, masked, ones([1, 2], ScalarType.Float64),
            new PerceptionLossOptions { Gamma = 1, Entropy = 0, MaskedEntropy = 0 });
        loss.backward();
        Tensor after = PerceptionLoss.Divergence(plain - (plain.grad! * 0.1), masked - (masked.grad! * 0.1)).mean();
        Assert.True(after.ToDouble() > before.ToDouble());
        Assert.NotEqual(0, masked.grad!.abs().sum().ToDouble()); // not detached
    }

    [Fact]
    public void Far_log_ratios_leave_divergence_and_gradients_bounded()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor plain = tensor([-200.0, -0.1], [1, 2]).requires_grad_(true), masked = tensor([-0.1, -200.0], [1, 2]).requires_grad_(true);
        (Tensor loss, Tensor divergence) = PerceptionLoss.Compute(plain, masked, ones([1, 2], ScalarType.Float64),
            new PerceptionLossOptions { Gamma = 1 });
        loss.backward();
        Assert.InRange(divergence.ToDouble(), 0, 10);
        Assert.All(plain.grad!.data<double>().Concat(masked.grad!.data<double>()), slope => Assert.True(double.IsFinite(slope)));
    }

    [Fact]
    public void The_asked_share_of_patches_is_black()
    {
        var image = new RgbImage([.. Enumerable.Repeat((byte)9, 10 * 6 * 3)], 10, 6);
        Rng rng = Rng.For(1, "patches");
        RgbImage blanked = PerceptionLoss.Blank(image, new PerceptionLossOptions { Patch = 2, Share = 0.6 }, ref rng);
        Assert.Equal(9 * 4 * 3, blanked.Rgb.Count(value => value == 0)); // 9 of 15 patches
        Assert.All(image.Rgb, value => Assert.Equal(9, value));
    }
}
