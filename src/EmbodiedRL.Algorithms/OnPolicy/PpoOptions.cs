using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Algorithms.OnPolicy;

/// <summary>
/// Options (hyper-parameters) of PPO. The defaults learn cart-pole swing-up from an image-text reward with 64 environments.
/// </summary>
public sealed record PpoOptions : Options, IRolloutOptions, IDiscountOptions
{
    /// <summary>Adam's learning rate.</summary>
    [Range(0, 10, IsAboveLeast = true)]
    public double LearningRate { get; init; } = 7e-4;

    /// <summary>Whether the learning rate falls in a line to 0 over the run.</summary>
    public bool Anneal { get; init; }

    /// <summary>Steps per environment between two updates, T.</summary>
    [Range(1, 1_000_000)]
    public int Horizon { get; init; } = 64;

    /// <summary>Passes over each rollout, K.</summary>
    [Range(1, 1000)]
    public int Epochs { get; init; } = 5;

    /// <summary>Rows per gradient step.</summary>
    [Range(1, 1 << 24)]
    public int Minibatch { get; init; } = 512;

    /// <summary>Discount per step.</summary>
    [Range(0, 1)]
    public float Gamma { get; init; } = 0.99f;

    /// <summary>How far advantages look ahead, in [0, 1].</summary>
    [Range(0, 1)]
    public float Lambda { get; init; } = 0.95f;

    /// <summary>How far a probability may move per update, epsilon of eq. 7.</summary>
    [Range(0, 1, IsAboveLeast = true, IsBelowMost = true)]
    public float Clip { get; init; } = 0.2f;

    /// <summary>How far a value may move per update; 0 leaves it free.</summary>
    [Range(0, 1e9, Zero = "off", IsAboveLeast = true)]
    public float ValueClip { get; init; }

    /// <summary>Coefficient of the entropy bonus, c2 of eq. 9.</summary>
    [Range(0, 1e6)]
    public float Entropy { get; init; }

    /// <summary>Coefficient of the mean squared error of values, c1 of eq. 9.</summary>
    [Range(0, 1e6)]
    public float ValueCoefficient { get; init; } = 0.5f;

    /// <summary>Longer gradients are shortened to this norm.</summary>
    [Range(0, 1e12, IsAboveLeast = true)]
    public double MaxGradientNorm { get; init; } = 0.5;

    /// <summary>Widths of the hidden layers of actor and critic; empty means two of 64.</summary>
    [Range(1, 8192), Length(0, 64)]
    public int[] HiddenSizes { get; init; } = [];

    /// <summary>Width of what the image encoder gives, where observations have images.</summary>
    [Range(1, 8192)]
    public int Features { get; init; } = 256;

    /// <summary>First log standard deviation of real-valued actions; it is learned.</summary>
    [Range(-20, 5)]
    public float LogStd { get; init; } = -0.3f;

    /// <summary>Whether observations are standardized by their running moments and kept within 10 deviations.</summary>
    public bool NormalizeObservations { get; init; }

    /// <summary>Whether advantages are standardized in each minibatch.</summary>
    public bool NormalizeAdvantages { get; init; } = true;

    /// <summary>The hidden layers in use.</summary>
    internal int[] Layers => HiddenSizes.Length > 0 ? HiddenSizes : [64, 64];

    /// <inheritdoc/>
    int IRolloutOptions.RolloutSteps => Horizon;
}
