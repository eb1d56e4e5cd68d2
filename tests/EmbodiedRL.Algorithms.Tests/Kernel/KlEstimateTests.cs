using System.Text.Json;
using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Algorithms.Tests.Reasoning;
using EmbodiedRL.Contracts;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Tests.Kernel;

[NoTensorLeaks]
public sealed class KlEstimateTests
{
    public static TheoryData<string> Files() => [.. Fixtures.Family("learning", "kl_estimators*.json")];

    [Theory, Trait("Category", "Parity"), MemberData(nameof(Files))]
    public void Values_and_gradients_agree_with_a_second_implementation(string file)
    {
        JsonElement fixture = Fixtures.ReadJson(file), inputs = fixture.GetProperty("inputs");
        foreach (JsonProperty entry in fixture.GetProperty("expected").EnumerateObject())
        {
            foreach (ScalarType type in new[] { ScalarType.Float64, ScalarType.Float32 })
            {
                using DisposeScope scope = NewDisposeScope();
                double tolerance = type == ScalarType.Float64 ? 1e-9 : 1e-5;
                Tensor logps = TokenLossParityTests.Matrix(inputs.GetProperty("logp"), type).requires_grad_(true);
                Tensor reference = TokenLossParityTests.Matrix(inputs.GetProperty("ref_logp"), type);
                Tensor found = KlEstimate.Of(Enum.Parse<KlEstimator>(entry.Name, ignoreCase: true), logps, reference);
                TokenLossParityTests.AssertNear(entry.Value.GetProperty("value"), found.detach(), tolerance, type);
                found.sum().backward();
                TokenLossParityTests.AssertNear(entry.Value.GetProperty("grad_logp"), logps.grad, tolerance, type);
            }
        }
    }

    [Fact]
    public void By_hand()
    {
        // log ratio ln 2: k1 = 0.693, k2 = 0.240, k3 = 1/2 - 1 + 0.693
        using DisposeScope scope = NewDisposeScope();
        Tensor policy = tensor([Math.Log(2)]), reference = zeros(1, ScalarType.Float64);
        Assert.Equal(Math.Log(2), KlEstimate.Of(KlEstimator.K1, policy, reference).ToDouble(), 1e-12);
        Assert.Equal(Math.Log(2) * Math.Log(2) / 2, KlEstimate.Of(KlEstimator.K2, policy, reference).ToDouble(), 1e-12);
        Assert.Equal(Math.Log(2) - 0.5, KlEstimate.Of(KlEstimator.K3, policy, reference).ToDouble(), 1e-12);
    }
}
