using EmbodiedRL.Core;

namespace EmbodiedRL.Algorithms.OnPolicy;

/// <summary>Hyper-parameters of PPO. The defaults learn cart-pole swing-up from an image-text reward with 64 environments.</summary>
public sealed record PpoSettings
{
    /// <summary>Adam's learning rate.</summary>
    public double LearningRate { get; init; } = 7e-4;

    /// <summary>Whether the learning rate falls in a line to 0 over the run.</summary>
    public bool Anneal { get; init; }

    /// <summary>Steps per environment between two updates, T.</summary>
    public int Horizon { get; init; } = 64;

    /// <summary>Passes over each rollout, K.</summary>
    public int Epochs { get; init; } = 5;

    /// <summary>Rows per gradient step.</summary>
    public int Minibatch { get; init; } = 512;

    /// <summary>Discount per step.</summary>
    public float Gamma { get; init; } = 0.99f;

    /// <summary>How far advantages look ahead, in [0, 1].</summary>
    public float Lambda { get; init; } = 0.95f;

    /// <summary>How far a probability may move per update, epsilon of eq. 7.</summary>
    public float Clip { get; init; } = 0.2f;

    /// <summary>How far a value may move per update; 0 leaves it free.</summary>
    public float ValueClip { get; init; }

    /// <summary>Coefficient of the entropy bonus, c2 of eq. 9.</summary>
    public float Entropy { get; init; }

    /// <summary>Coefficient of the mean squared error of values, c1 of eq. 9.</summary>
    public float ValueCoefficient { get; init; } = 0.5f;

    /// <summary>Longer gradients are shortened to this norm.</summary>
    public double MaxGradientNorm { get; init; } = 0.5;

    /// <summary>Widths of the hidden layers of actor and critic; empty means two of 64.</summary>
    public int[] HiddenSizes { get; init; } = [];

    /// <summary>Width of what the image encoder gives, where observations have images.</summary>
    public int Features { get; init; } = 256;

    /// <summary>First log standard deviation of real-valued actions; it is learned.</summary>
    public float LogStd { get; init; } = -0.3f;

    /// <summary>Whether observations are standardized by their running moments and kept within 10 deviations.</summary>
    public bool NormalizeObservations { get; init; }

    /// <summary>Whether advantages are standardized in each minibatch.</summary>
    public bool NormalizeAdvantages { get; init; } = true;

    /// <summary>The hidden layers in use.</summary>
    internal int[] Layers => HiddenSizes.Length > 0 ? HiddenSizes : [64, 64];

    /// <summary>Checks every value.</summary>
    /// <exception cref="SettingsException">Lists every violation with key, expected and found.</exception>
    public void Validate()
    {
        var violations = new List<string>();
        void Demand(bool holds, string key, string expected, object found)
        {
            if (!holds) violations.Add(FormattableString.Invariant($"agent:{key}: expected {expected}, found {found}."));
        }

        Demand(LearningRate is > 0 and < double.PositiveInfinity, "learningRate", "a number above 0", LearningRate);
        Demand(Horizon > 0, "horizon", "at least 1", Horizon);
        Demand(Epochs > 0, "epochs", "at least 1", Epochs);
        Demand(Minibatch > 0, "minibatch", "at least 1", Minibatch);
        Demand(Gamma is >= 0 and <= 1, "gamma", "a number in [0, 1]", Gamma);
        Demand(Lambda is >= 0 and <= 1, "lambda", "a number in [0, 1]", Lambda);
        Demand(Clip is > 0 and < 1, "clip", "a number between 0 and 1", Clip);
        Demand(ValueClip is >= 0 and < float.PositiveInfinity, "valueClip", "0 (off) or a number above it", ValueClip);
        Demand(Entropy is >= 0 and < float.PositiveInfinity, "entropy", "a number of at least 0", Entropy);
        Demand(ValueCoefficient is >= 0 and < float.PositiveInfinity, "valueCoefficient", "a number of at least 0", ValueCoefficient);
        Demand(MaxGradientNorm > 0, "maxGradientNorm", "a number above 0", MaxGradientNorm);
        Demand(HiddenSizes.All(size => size > 0), "hiddenSizes", "widths of at least 1", string.Join(", ", HiddenSizes));
        Demand(LogStd is >= -20 and <= 5, "logStd", "a number in [-20, 5]", LogStd);
        if (violations.Count > 0) throw new SettingsException("settings", violations);
    }
}
