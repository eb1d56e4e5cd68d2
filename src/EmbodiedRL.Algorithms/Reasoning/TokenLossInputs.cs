using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>What a token loss reads. All tensors are lent.</summary>
/// <param name="LogProbabilities">[B, T], of the policy that learns, differentiable.</param>
/// <param name="Mask">[B, T], 1 where a token counts and 0 elsewhere, of the same type.</param>
/// <param name="Advantages">[B].</param>
public sealed record TokenLossInputs(Tensor LogProbabilities, Tensor Mask, Tensor Advantages)
{
    /// <summary>[B, T], when the completions were sampled; the policy's own, so that all ratios are 1, if null.</summary>
    public Tensor? Old { get; init; }

    /// <summary>[B, T], of the reference policy; needed with a divergence.</summary>
    public Tensor? Reference { get; init; }

    /// <summary>[B, T], entropy of each token's distribution; needed with an entropy bonus or an entropy quantile.</summary>
    public Tensor? Entropies { get; init; }

    /// <summary>[B, T], probability by the policy over that by the sampler, where the two differ in precision; 1 if null.</summary>
    public Tensor? SamplerRatios { get; init; }

    /// <summary>Sequences of the whole optimizer step, of which this may be a part; B if null.</summary>
    public double? Sequences { get; init; }

    /// <summary>Tokens of the whole optimizer step, of which this may be a part; those of the mask if null.</summary>
    public double? Tokens { get; init; }

    /// <summary>The most tokens of a completion, by which Dr. GRPO divides; T if null.</summary>
    public double? MaximumLength { get; init; }
}

/// <summary>A token loss with what people watch. Means over tokens, which add up over parts of a step as their tokens do.</summary>
/// <param name="Loss">Scalar to be minimized, differentiable; owned by the caller's dispose scope.</param>
/// <param name="Tokens">Of the mask.</param>
public sealed record TokenLossTerms(Tensor Loss, double Tokens)
{
    /// <summary>The loss without the entropy bonus.</summary>
    public double PolicyLoss { get; init; }

    /// <summary>The loss.</summary>
    public double Value { get; init; }

    /// <summary>Divergence from the reference; NaN without one.</summary>
    public double Kl { get; init; } = double.NaN;

    /// <summary>NaN where no entropies were given.</summary>
    public double Entropy { get; init; } = double.NaN;

    /// <summary>Share of tokens whose ratio was clipped from below.</summary>
    public double ClipLow { get; init; }

    /// <summary>Share of tokens whose ratio was clipped from above.</summary>
    public double ClipHigh { get; init; }

    /// <summary>The least share of a sequence that was clipped from below.</summary>
    public double ClipLowLeast { get; init; }

    /// <summary>The greatest share of a sequence that was clipped from above.</summary>
    public double ClipHighMost { get; init; }

    /// <summary>VESPO's mean weight; NaN elsewhere.</summary>
    public double Weight { get; init; } = double.NaN;
}
