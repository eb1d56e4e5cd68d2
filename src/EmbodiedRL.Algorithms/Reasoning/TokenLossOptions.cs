using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>Objective of completions, and what its sum over tokens is divided by.</summary>
public enum TokenLossKind
{
    /// <summary>Clipped ratio; mean over sequences of the mean over their tokens (GRPO).</summary>
    Grpo,

    /// <summary>Clipped ratio; mean over all tokens of the step.</summary>
    Bnpo,

    /// <summary>Clipped ratio; sum over tokens / (sequences times the most tokens allowed) (Dr. GRPO).</summary>
    DrGrpo,

    /// <summary>Clipped ratio; sum over tokens / tokens of all completions of the step (DAPO).</summary>
    Dapo,

    /// <summary>Capped, detached ratio times log-probability; divided as DAPO (CISPO). The cap is <c>clipHigh</c> itself.</summary>
    Cispo,

    /// <summary>Sigmoid gate of the ratio instead of a clip; divided as GRPO (SAPO).</summary>
    Sapo,

    /// <summary>Clipped ratio; sum over the tokens of a sequence, mean over sequences (LUSPO, with ratios of sequences).</summary>
    Luspo,

    /// <summary>Gamma-shaped, detached weight of the sequence's ratio times log-probability; divided as DAPO (VESPO).</summary>
    Vespo,

    /// <summary>Geometric mean of the tokens' ratios, clipped as logarithms; mean over sequences (GMPO).</summary>
    Gmpo,

    /// <summary>Ratio of whole sequences, one clip each; mean over sequences (RLOO with the clip of PPO).</summary>
    Rloo,
}

/// <summary>What one probability ratio is of.</summary>
public enum RatioLevel
{
    /// <summary>One token.</summary>
    Token,

    /// <summary>A completion: exp of the mean log-ratio of its tokens (GSPO).</summary>
    Sequence,
}

/// <summary>Options of <see cref="TokenLoss"/>.</summary>
public record TokenLossOptions : Options
{
    /// <summary>The objective.</summary>
    public TokenLossKind Loss { get; init; } = TokenLossKind.Dapo;

    /// <summary>What one ratio is of: <c>token</c>, or <c>sequence</c>, which makes GSPO of a clipped objective.</summary>
    public RatioLevel Ratio { get; init; } = RatioLevel.Token;

    /// <summary>How far below 1 a ratio counts; GMPO: of the log-ratio.</summary>
    [Range(0, 100)]
    public double ClipLow { get; init; } = 0.2;

    /// <summary>How far above 1 a ratio counts; more than below is DAPO's clip-higher. CISPO: the greatest ratio itself.</summary>
    [Range(0, 1e4)]
    public double ClipHigh { get; init; } = 0.2;

    /// <summary>The greatest ratio before the minimum is taken, which bounds the loss of bad tokens; 0 leaves it free.</summary>
    [Range(1, 1e6, Zero = "off")]
    public double Delta { get; init; }

    /// <summary>Log-ratios are kept within this before they are exponentiated (StableReinforce: 6.9); 0 leaves them free.</summary>
    [Range(0, 80, Zero = "off", IsAboveLeast = true)]
    public double LogRatioLimit { get; init; }

    /// <summary>Coefficient of the divergence from the reference policy; 0 needs no reference.</summary>
    [Range(0, 1000)]
    public double Beta { get; init; }

    /// <summary>How that divergence is estimated.</summary>
    public KlEstimator Kl { get; init; } = KlEstimator.K3;

    /// <summary>Whether the divergence is weighed by the ratio, which makes its gradient unbiased off-policy.</summary>
    public bool WeighsKl { get; init; }

    /// <summary>Coefficient of the entropy bonus.</summary>
    [Range(0, 1000)]
    public double Entropy { get; init; }

    /// <summary>Share of tokens, those of highest entropy, that are learned from; 1 is all.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double EntropyQuantile { get; init; } = 1;

    /// <summary>Whether bad completions are left out that have become less likely than <see cref="OffPolicyThreshold"/> allows.</summary>
    public bool MasksOffPolicy { get; init; }

    /// <summary>The most that the mean of old less new log-probabilities may be where the advantage is negative.</summary>
    [Range(-1000, 1000)]
    public double OffPolicyThreshold { get; init; } = 0.5;

    /// <summary>SAPO's temperature where the advantage is positive.</summary>
    [Range(0, 1000, IsAboveLeast = true)]
    public double PositiveTemperature { get; init; } = 1;

    /// <summary>SAPO's temperature elsewhere.</summary>
    [Range(0, 1000, IsAboveLeast = true)]
    public double NegativeTemperature { get; init; } = 1.05;

    /// <summary>VESPO's shape where the advantage is not negative.</summary>
    [Range(0, 1000)]
    public double PositiveShape { get; init; } = 2;

    /// <summary>VESPO's rate there.</summary>
    [Range(0, 1000, IsAboveLeast = true)]
    public double PositiveRate { get; init; } = 3;

    /// <summary>VESPO's shape where it is negative.</summary>
    [Range(0, 1000)]
    public double NegativeShape { get; init; } = 3;

    /// <summary>VESPO's rate there.</summary>
    [Range(0, 1000, IsAboveLeast = true)]
    public double NegativeRate { get; init; } = 2;
}
