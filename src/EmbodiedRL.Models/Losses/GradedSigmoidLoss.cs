using EmbodiedRL.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Losses;

/// <summary>
/// Graded sigmoid loss: every image against every sentence, each pair independently, with the truth of the sentence as target.
/// </summary>
/// <remarks>
/// The pairwise sigmoid loss of the paper, eq. 1: -log sigmoid(z (s x.y + b)) with z = 1 or -1, a learned scale s = exp(s') and bias b.
/// Differs: a sentence can be true by degrees, so z becomes the cross-entropy toward 0.98 t + 0.01 with the truth t in [0, 1], and the mean
/// is over pairs whose truth is known rather than over pictures. Sentences that exclude each other then end far apart, which a softmax over
/// the batch does not ask for.
/// </remarks>
[Paper("2303.15343", "Sigmoid Loss for Language Image Pre-Training", Year = 2023)]
public static class GradedSigmoidLoss
{
    /// <summary>No pair is ever wholly right or wrong: targets lie between this and 1 - this.</summary>
    public const double Margin = 0.01;

    /// <summary>The mean cross-entropy over the pairs whose truth is known.</summary>
    /// <param name="images">[B, D] unit vectors.</param>
    /// <param name="texts">[C, D] unit vectors.</param>
    /// <param name="truth">[B, C] in [0, 1]; NaN leaves a pair out.</param>
    /// <param name="logScale">[1], s'.</param>
    /// <param name="bias">[1], b.</param>
    /// <returns>A single number, fresh; the caller's scope owns it and everything between. NaN if no truth is known.</returns>
    public static Tensor Compute(Tensor images, Tensor texts, Tensor truth, Tensor logScale, Tensor bias)
    {
        Tensor logits = images.matmul(texts.t()) * logScale.exp() + bias;
        Tensor known = truth.isnan().logical_not().to(logits.dtype);
        Tensor target = truth.nan_to_num(0.5) * (1 - (2 * Margin)) + Margin;
        Tensor losses = nn.functional.binary_cross_entropy_with_logits(logits, target, weight: known, reduction: nn.Reduction.Sum);
        return losses / known.sum();
    }
}
