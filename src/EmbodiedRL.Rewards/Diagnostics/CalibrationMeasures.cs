using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Diagnostics;

/// <summary>How honest probabilities are: Brier score and expected calibration error.</summary>
public static class CalibrationMeasures
{
    /// <summary>Bins of the expected calibration error, as in RLCR (2507.16806).</summary>
    public const int Bins = 10;

    /// <summary>Brier score: the mean of (p - c)^2, in [0, 1].</summary>
    /// <param name="probabilities">p in [0, 1], at least one.</param>
    /// <param name="outcomes">c, as many.</param>
    public static double Brier(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> outcomes)
    {
        Require(probabilities, outcomes);
        double sum = 0;
        for (int i = 0; i < outcomes.Length; i++)
        {
            double error = probabilities[i] - (outcomes[i] ? 1 : 0);
            sum += error * error;
        }

        return sum / outcomes.Length;
    }

    /// <summary>
    /// Expected calibration error: over equal bins of probability, the mean distance of mean probability and share of successes, weighted
    /// by how many lie in the bin; in [0, 1].
    /// </summary>
    /// <param name="probabilities">In [0, 1], at least one.</param>
    /// <param name="outcomes">As many.</param>
    /// <param name="bins">At least 1; 1.0 is in the last.</param>
    public static double ExpectedError(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> outcomes, int bins = Bins)
    {
        Require(probabilities, outcomes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bins);
        double[] surplus = new double[bins];
        for (int i = 0; i < outcomes.Length; i++)
            surplus[Math.Min((int)(probabilities[i] * bins), bins - 1)] += probabilities[i] - (outcomes[i] ? 1 : 0);
        return surplus.Sum(Math.Abs) / outcomes.Length;
    }

    private static void Require(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> outcomes)
    {
        SpecMismatchException.ThrowIfLength("outcomes", outcomes.Length, probabilities.Length);
        ArgumentOutOfRangeException.ThrowIfZero(outcomes.Length);
        foreach (double probability in probabilities)
            if (!(probability is >= 0 and <= 1))
                throw new SpecMismatchException("a probability", "0 to 1", FormattableString.Invariant($"{probability}"));
    }
}
