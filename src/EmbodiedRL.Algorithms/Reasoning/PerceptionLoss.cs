using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>Options of <see cref="PerceptionLoss"/>.</summary>
public sealed record PerceptionLossOptions : Options
{
    /// <summary>Weight of the divergence between what the policy says with the image and without; 0 is off.</summary>
    [Range(0, 100)]
    public double Gamma { get; init; }

    /// <summary>Weight of the entropy with the image, which is kept low.</summary>
    [Range(0, 100)]
    public double Entropy { get; init; } = 0.03;

    /// <summary>Weight of the entropy with the blanked image, which is kept low.</summary>
    [Range(0, 100)]
    public double MaskedEntropy { get; init; } = 0.03;

    /// <summary>Share of the image's patches that are blanked.</summary>
    [Range(0, 1, IsAboveLeast = true)]
    public double Share { get; init; } = 0.6;

    /// <summary>Side of a patch in pixels.</summary>
    [Range(1, 4096)]
    public int Patch { get; init; } = 14;
}

/// <summary>
/// Implicit perception loss: rewards a policy for saying something else when parts of the image are blanked, so that it must look.
/// </summary>
/// <remarks>
/// To be minimized beside the policy's loss: -gamma D + eta1 H + eta2 H_masked, means over tokens. D = rho - log rho - 1 with
/// rho = pi_masked / pi of the sampled token, H = -log pi. D is pushed up, so alone it has no floor: without the entropies it grows by
/// making everything unlikely. Both log-probabilities must come from the policy as it stands, else the second entropy has no gradient.
/// As in the released code, log rho is kept within 20 and D at most 10.
/// </remarks>
[Paper("2507.06448", "Perception-Aware Policy Optimization for Multimodal Reasoning", Year = 2025, Method = "S04")]
public static class PerceptionLoss
{
    private const double Far = 20, Most = 10;

    /// <summary>The loss.</summary>
    /// <param name="logProbabilities">[B, T], of the tokens given the image, differentiable.</param>
    /// <param name="masked">[B, T], of the same tokens given the blanked image, differentiable.</param>
    /// <param name="mask">[B, T], 1 where a token counts.</param>
    /// <param name="options">Checked.</param>
    /// <param name="tokens">Of the whole optimizer step; those of the mask if null.</param>
    /// <returns>Loss, and the mean divergence; scalars of the caller's dispose scope.</returns>
    public static (Tensor Loss, Tensor Divergence) Compute(Tensor logProbabilities, Tensor masked, Tensor mask,
        PerceptionLossOptions options, double? tokens = null)
    {
        using DisposeScope scope = NewDisposeScope();
        double count = Math.Max(1, tokens ?? mask.sum().ToDouble());
        Tensor Mean(Tensor values) => (values * mask).sum() / count;
        Tensor divergence = Mean(Divergence(logProbabilities, masked));
        Tensor loss = (divergence * -options.Gamma) - (Mean(logProbabilities) * options.Entropy) - (Mean(masked) * options.MaskedEntropy);
        return (loss.MoveToOuterDisposeScope(), divergence.detach().MoveToOuterDisposeScope());
    }

    /// <summary>D of each token, [B, T].</summary>
    public static Tensor Divergence(Tensor logProbabilities, Tensor masked)
    {
        Tensor log = (masked - logProbabilities).clamp(-Far, Far);
        return (exp(log) - log - 1).clamp(max: Most);
    }

    /// <summary>A copy of an image in which patches are black, drawn without replacement.</summary>
    /// <param name="image">Lent.</param>
    /// <param name="options">Patch and share.</param>
    /// <param name="rng">Draws which.</param>
    public static Core.Batches.RgbImage Blank(Core.Batches.RgbImage image, PerceptionLossOptions options, ref Rng rng)
    {
        int columns = (image.Width + options.Patch - 1) / options.Patch, rows = (image.Height + options.Patch - 1) / options.Patch;
        int[] order = [.. Enumerable.Range(0, columns * rows)];
        rng.Shuffle(order);
        byte[] pixels = [.. image.Rgb];
        foreach (int patch in order.Take((int)Math.Round(options.Share * order.Length)))
        {
            int left = patch % columns * options.Patch, top = patch / columns * options.Patch;
            int width = Math.Min(options.Patch, image.Width - left);
            for (int y = top; y < Math.Min(top + options.Patch, image.Height); y++)
                pixels.AsSpan(((y * image.Width) + left) * 3, width * 3).Clear();
        }

        return image with { Rgb = pixels };
    }
}
