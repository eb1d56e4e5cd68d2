using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Shaping;

/// <summary>Stepwise progress attribution: the two formulas that split the final reward of an episode over its steps.</summary>
public static class StepwiseProgressAttribution
{
    /// <summary>Mean over episodes of (sum_t c_t - R)^2.</summary>
    /// <param name="contributions">[rows], c_t of all steps of all episodes.</param>
    /// <param name="owners">int64 [rows], which episode each is of.</param>
    /// <param name="returns">[E], R.</param>
    /// <returns>A scalar with a graph; the caller's scope owns it and everything between.</returns>
    public static Tensor FitLoss(Tensor contributions, Tensor owners, Tensor returns) =>
        (zeros_like(returns).scatter_add(0, owners, contributions) - returns).square().mean();

    /// <summary>alpha c_t + beta g_t. The final reward is not paid on top: it would count success twice.</summary>
    /// <param name="contribution">c_t.</param>
    /// <param name="alpha">Weight of the contribution.</param>
    /// <param name="grounded">g_t, 1 if the environment could execute the action, else 0.</param>
    /// <param name="beta">Weight of the grounding.</param>
    public static double StepReward(double contribution, double alpha, double grounded, double beta) =>
        (alpha * contribution) + (beta * grounded);
}
