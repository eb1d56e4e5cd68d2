using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Tests.Reasoning;

/// <summary>The token loss by hand.</summary>
[NoTensorLeaks]
public sealed class TokenLossTests
{
    private static readonly TokenLossOptions Plain = new() { Loss = TokenLossKind.Grpo };

    [Fact]
    public void The_gradient_is_the_closed_form()
    {
        // -A w / (length B) where the ratio w is inside the clips or on the side that the minimum leaves free, else 0.
        using DisposeScope scope = NewDisposeScope();
        double[] ratios = [1.1, 1.5, 0.5, 0.5, 1.5, 1.1];
        Tensor logs = tensor(ratios, [2, 3], ScalarType.Float64).log().requires_grad_(true);
        Tensor mask = tensor([1.0, 1, 1, 1, 1, 0], [2, 3]);
        TokenLossTerms terms = TokenLoss.Compute(
            new TokenLossInputs(logs, mask, tensor([2.0, -3])) { Old = zeros_like(logs).detach() }, Plain);
        terms.Loss.backward();
        // Row 0, A = 2: 1.1 free; 1.5 clipped; 0.5 free. Row 1, A = -3: 0.5 clipped; 1.5 free; the last is masked.
        double[] expected = [-2 * 1.1 / 6, 0, -2 * 0.5 / 6, 0, 3 * 1.5 / 4, 0];
        double[] found = logs.grad!.data<double>().ToArray();
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], found[i], 1e-12);
        // (-(2.2 + 2.4 + 1) / 3 + (3 * 0.8 + 3 * 1.5) / 2) / 2
        Assert.Equal(((-5.6 / 3) + (6.9 / 2)) / 2, terms.Value, 1e-12);
        Assert.Equal((0.2, 0.2), (terms.ClipLow, terms.ClipHigh));
    }

    [Fact]
    public void Parts_of_a_step_add_up_to_the_step()
    {
        using DisposeScope scope = NewDisposeScope();
        using var generator = new Generator(3);
        Tensor Drawn() => -rand([8, 6], ScalarType.Float64, generator: generator);
        Tensor old = Drawn(), reference = Drawn(), entropies = Drawn().neg(), mask = (Drawn() < -0.3).to(ScalarType.Float64);
        Tensor advantages = randn([8], ScalarType.Float64, generator: generator), values = Drawn();
        foreach (TokenLossKind kind in Enum.GetValues<TokenLossKind>())
        {
            TokenLossOptions options = Plain with { Loss = kind, Beta = 0.1, Entropy = 0.01 };
            double tokens = mask.sum().ToDouble();
            Tensor whole = Gradient(0, 8), parts = Gradient(0, 3) + Gradient(3, 8);
            Assert.True((whole - parts).abs().max().ToDouble() < 1e-12, $"{kind}");

            Tensor Gradient(int first, int end)
            {
                Tensor Of(Tensor source) => source.narrow(0, first, end - first);
                Tensor leaf = values.clone().requires_grad_(true);
                TokenLoss.Compute(
                    new TokenLossInputs(Of(leaf), Of(mask), Of(advantages))
                    {
                        Old = Of(old),
                        Reference = Of(reference),
                        Entropies = Of(entropies),
                        Sequences = 8,
                        Tokens = tokens,
                    },
                    options).Loss.backward();
                return leaf.grad!;
            }
        }
    }

    [Fact]
    public void A_step_of_masked_rows_alone_is_zero_and_finite()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (TokenLossKind kind in Enum.GetValues<TokenLossKind>())
        {
            Tensor logs = zeros([2, 3]).requires_grad_(true);
            TokenLossTerms terms = TokenLoss.Compute(
                new TokenLossInputs(logs, zeros([2, 3]), tensor([1f, -1])) { Entropies = zeros([2, 3]) }, Plain with { Loss = kind });
            terms.Loss.backward();
            Assert.Equal(0, logs.grad!.abs().sum().ToDouble());
            Assert.True(double.IsFinite(terms.Value));
        }
    }

    [Fact]
    public void A_reference_or_entropies_that_are_missing_are_named()
    {
        using DisposeScope scope = NewDisposeScope();
        var inputs = new TokenLossInputs(zeros([1, 2]), ones([1, 2]), ones(1));
        Assert.Contains("reference", Assert.Throws<SpecMismatchException>(() =>
            TokenLoss.Compute(inputs, Plain with { Beta = 0.1 })).Message, StringComparison.Ordinal);
        Assert.Contains("entropies", Assert.Throws<SpecMismatchException>(() =>
            TokenLoss.Compute(inputs, Plain with { EntropyQuantile = 0.2 })).Message, StringComparison.Ordinal);
    }
}
