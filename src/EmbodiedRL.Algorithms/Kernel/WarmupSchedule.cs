namespace EmbodiedRL.Algorithms.Kernel;

/// <summary>Course of a learning rate after its warm-up.</summary>
public enum Decay
{
    /// <summary>Stays.</summary>
    Constant,

    /// <summary>Falls in a line to 0.</summary>
    Linear,

    /// <summary>Falls along half a cosine to 0.</summary>
    Cosine,
}

/// <summary>Warm-up schedule: a value that rises in a line from 0 and then takes its course.</summary>
/// <param name="Peak">After the warm-up.</param>
/// <param name="Warmup">Share of the run in which it rises, in [0, 1).</param>
/// <param name="Decay">What comes then.</param>
public readonly record struct WarmupSchedule(double Peak, double Warmup, Decay Decay)
{
    /// <summary>The value at a share of the run; shares outside [0, 1] count as the nearer end.</summary>
    /// <param name="progress">Share of the run that is done.</param>
    /// <param name="step">Share that one step takes, so that the first step of a warm-up is not 0.</param>
    public double At(double progress, double step = 0)
    {
        progress = Math.Clamp(progress, 0, 1);
        if (progress < Warmup) return Peak * Math.Min(1, (progress + step) / Warmup);
        double left = (1 - progress) / (1 - Warmup);
        return Decay switch
        {
            Decay.Linear => Peak * left,
            Decay.Cosine => Peak * 0.5 * (1 - Math.Cos(Math.PI * left)),
            _ => Peak,
        };
    }
}
