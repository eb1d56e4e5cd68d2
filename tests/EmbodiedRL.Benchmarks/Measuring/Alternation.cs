using EmbodiedRL.Core;

namespace EmbodiedRL.Benchmarks.Measuring;

/// <summary>Two things measured in turn, so that whatever else the machine does meanwhile meets both.</summary>
internal static class Alternation
{
    /// <summary>
    /// Measures both as often as asked; who goes first changes every time, since the second finds warmer caches and a slower clock.
    /// </summary>
    /// <param name="repeats">How often each.</param>
    /// <param name="ours">Does the work once and says how fast, in units per second.</param>
    /// <param name="reference">The same of the reference.</param>
    /// <param name="cancel">Ends between two measurements.</param>
    public static Comparison Run(int repeats, Func<double> ours, Func<double> reference, CancellationToken cancel)
    {
        double[] values = new double[repeats], references = new double[repeats];
        for (int i = 0; i < repeats; i++)
            for (int turn = 0; turn < 2; turn++)
            {
                cancel.ThrowIfCancellationRequested();
                if ((i + turn) % 2 == 0) values[i] = Require(ours());
                else references[i] = Require(reference());
            }

        return new Comparison(values, references);
    }

    private static double Require(double speed) =>
        double.IsFinite(speed) && speed > 0
            ? speed
            : throw new EmbodiedException($"A measurement gave {speed} a second. The clock cannot resolve so little work: measure for "
                + "longer with --seconds.");
}

/// <summary>What was measured of two things in turn: pair i was measured right after one another.</summary>
internal sealed record Comparison(IReadOnlyList<double> Values, IReadOnlyList<double> References)
{
    /// <summary>Median of ours.</summary>
    public double Value => Median(Values);

    /// <summary>Median of the reference's.</summary>
    public double Reference => Median(References);

    /// <summary>The least and the most that ours was of the reference within one pair: how far to trust the medians' ratio.</summary>
    public (double Least, double Most) Spread
    {
        get
        {
            double[] ratios = [.. Values.Zip(References, (value, reference) => value / reference)];
            return (ratios.Min(), ratios.Max());
        }
    }

    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0) throw new ArgumentException("There is no median of nothing.", nameof(values));
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
