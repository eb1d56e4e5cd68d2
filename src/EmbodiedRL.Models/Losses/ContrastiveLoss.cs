using EmbodiedRL.Core;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Losses;

/// <summary>Contrastive losses of image-text pairs: pair i belongs together, all others do not.</summary>
public static class ContrastiveLoss
{
    /// <summary>Softmax loss (InfoNCE): the mean of the cross entropies of images over texts and texts over images.</summary>
    /// <remarks>Radford et al. 2021 (arXiv 2103.00020), figure 3.</remarks>
    /// <param name="logits">[B, B], scaled cosines of images (rows) and texts.</param>
    /// <returns>One number, fresh.</returns>
    public static Tensor Softmax(Tensor logits)
    {
        RequireSquare(logits);
        Tensor labels = arange(logits.shape[0], ScalarType.Int64, logits.device);
        return (nn.functional.cross_entropy(logits, labels) + nn.functional.cross_entropy(logits.t(), labels)) / 2;
    }

    /// <summary>Sigmoid loss: every pair is a yes or no of its own; the sum over all pairs, divided by B.</summary>
    /// <remarks>Zhai et al. 2023 (arXiv 2303.15343), equation 2.</remarks>
    /// <param name="logits">[B, B], scaled and shifted cosines of images (rows) and texts.</param>
    /// <returns>One number, fresh.</returns>
    public static Tensor Sigmoid(Tensor logits)
    {
        RequireSquare(logits);
        Tensor signs = (2 * eye(logits.shape[0], logits.shape[0], logits.dtype, logits.device)) - 1;
        return -nn.functional.logsigmoid(signs * logits).sum() / logits.shape[0];
    }

    private static void RequireSquare(Tensor logits)
    {
        if (logits.dim() != 2 || logits.shape[0] != logits.shape[1])
            throw new SpecMismatchException("logits of pairs", "[B, B]", $"[{string.Join(", ", logits.shape)}]");
    }
}
