using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Kernel;

/// <summary>Estimator of the divergence KL(pi || reference) from one sampled token.</summary>
public enum KlEstimator
{
    /// <summary>log pi - log reference: unbiased, may be negative.</summary>
    K1,

    /// <summary>Half the square of it: biased, of low variance.</summary>
    K2,

    /// <summary>exp(-k1) - 1 + k1: unbiased, never negative; GRPO's.</summary>
    K3,
}

/// <summary>Divergence between two policies, estimated from the tokens that were sampled.</summary>
/// <remarks>Schulman's three estimators; GRPO uses the third (DeepSeekMath, eq. 4).</remarks>
public static class KlEstimate
{
    /// <summary>One estimate for each token, differentiable by both.</summary>
    /// <param name="estimator">Which.</param>
    /// <param name="logProbabilities">[...], of the policy that sampled.</param>
    /// <param name="reference">[...], of the reference.</param>
    /// <returns>[...], owned by the caller's dispose scope.</returns>
    public static Tensor Of(KlEstimator estimator, Tensor logProbabilities, Tensor reference)
    {
        Tensor k1 = logProbabilities - reference;
        return estimator switch
        {
            KlEstimator.K1 => k1,
            KlEstimator.K2 => k1.square() * 0.5,
            _ => exp(-k1) + k1 - 1,
        };
    }
}
