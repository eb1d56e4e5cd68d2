using EmbodiedRL.Core;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Losses;

/// <summary>Preference loss of the Bradley-Terry model: the preferred of two gets the larger score.</summary>
/// <remarks>
/// <para>P(chosen over rejected) = sigmoid(d) with d = r(chosen) - r(rejected) - margin (paper, eq. 1), and the loss of a pair is the
/// cross-entropy -y log sigmoid(d) - (1 - y) log sigmoid(-d), y = 1 where the label is certain, 1/2 for a tie, 1 - e for
/// a labeler who errs in a share e.</para>
/// <para>Centering adds c mean((r(chosen) + r(rejected))^2) (Eisenstein et al. 2023, arXiv 2312.09244, eq. 2):
/// preferences leave the mean score open.</para>
/// <para>Written by log-sigmoid, so the loss is exact and its gradient finite for differences of any size.</para>
/// </remarks>
[Paper("1706.03741", "Deep Reinforcement Learning from Human Preferences", Year = 2017)]
public static class BradleyTerryLoss
{
    /// <summary>The loss of each pair.</summary>
    /// <param name="difference">[B], r(chosen) - r(rejected) - margin.</param>
    /// <param name="label">[B] in [0, 1], probability that the first is preferred; 1 if null.</param>
    /// <returns>[B], differentiable, fresh; the caller's scope owns it and everything between.</returns>
    public static Tensor PerPair(Tensor difference, Tensor? label = null)
    {
        Tensor first = nn.functional.logsigmoid(difference).neg();
        if (label is null) return first;
        Tensor second = nn.functional.logsigmoid(difference.neg()).neg();
        return (label * first) + ((1 - label) * second);
    }

    /// <summary>The mean loss of a batch.</summary>
    /// <param name="chosen">[B], scores of what was preferred.</param>
    /// <param name="rejected">[B], scores of what was not.</param>
    /// <param name="margin">[B], by how much the first should be ahead; 0 if null.</param>
    /// <param name="label">[B] in [0, 1]; 1 if null.</param>
    /// <param name="centering">c, at least 0; 0 leaves the mean score open.</param>
    /// <returns>A single number, differentiable, fresh; the caller's scope owns it and everything between.</returns>
    public static Tensor Compute(Tensor chosen, Tensor rejected, Tensor? margin = null, Tensor? label = null, double centering = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(centering);
        Tensor difference = margin is null ? chosen - rejected : chosen - rejected - margin;
        Tensor loss = PerPair(difference, label).mean();
        return centering == 0 ? loss : loss + (centering * (chosen + rejected).square().mean());
    }
}
