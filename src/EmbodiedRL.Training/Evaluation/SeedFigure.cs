using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>Statistics of one figure over runs of several seeds.</summary>
/// <param name="Mean">Over seeds.</param>
/// <param name="Interval">95 % interval of the mean, by Student's t: [low, high]; null for a single seed, and where all agree,
/// which says nothing of the spread.</param>
/// <param name="InterquartileMean">Mean of the middle half: a quarter of the seeds, rounded down, is left out at either end.</param>
/// <param name="InterquartileInterval">95 % interval of that, by bootstrap over seeds: [low, high]; null as the other.</param>
/// <param name="Least">Of all seeds.</param>
/// <param name="Most">Of all seeds.</param>
[Paper("2108.13264", "Deep Reinforcement Learning at the Edge of the Statistical Precipice", Year = 2021)]
public sealed record SeedFigure(double Mean, double[]? Interval, double InterquartileMean, double[]? InterquartileInterval,
    double Least, double Most)
{
    private const int Draws = 5000;

    /// <summary>97.5 % of Student's t lie below, for 1 to 30 degrees of freedom.</summary>
    private static readonly double[] Student =
    [
        12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788, 2.1604, 2.1448, 2.1314,
        2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
    ];

    /// <summary>Sums up one value for each seed.</summary>
    /// <param name="values">At least one, all finite.</param>
    /// <param name="least">Least value there can be; intervals are cut there.</param>
    /// <param name="most">Greatest value there can be.</param>
    public static SeedFigure Of(IReadOnlyList<double> values, double least = double.NegativeInfinity, double most = double.PositiveInfinity)
    {
        ArgumentOutOfRangeException.ThrowIfZero(values.Count);
        double[] sorted = [.. values.Order()];
        double mean = sorted.Average();
        return new SeedFigure(mean, IntervalOf(sorted, mean, least, most), MiddleOf(sorted), Bootstrap(sorted), sorted[0], sorted[^1]);
    }

    /// <summary>Mean without the lowest and the highest quarter.</summary>
    private static double MiddleOf(ReadOnlySpan<double> sorted)
    {
        int cut = sorted.Length / 4;
        double sum = 0;
        foreach (double value in sorted[cut..^cut]) sum += value;
        return sum / (sorted.Length - (2 * cut));
    }

    private static double[]? IntervalOf(double[] sorted, double mean, double least, double most)
    {
        int count = sorted.Length;
        if (sorted[0] == sorted[^1]) return null;
        double deviation = Math.Sqrt(sorted.Sum(value => (value - mean) * (value - mean)) / (count - 1));
        double half = Quantile(count - 1) * deviation / Math.Sqrt(count);
        return [Math.Max(least, mean - half), Math.Min(most, mean + half)];
    }

    /// <summary>Beyond the table the first two terms of the expansion about the normal are right to 1e-4.</summary>
    private static double Quantile(int freedom)
    {
        const double z = 1.959963984540054;
        if (freedom <= Student.Length) return Student[freedom - 1];
        double cube = z * z * z;
        return z + ((cube + z) / (4.0 * freedom)) + (((5 * cube * z * z) + (16 * cube) + (3 * z)) / (96.0 * freedom * freedom));
    }

    private static double[]? Bootstrap(double[] sorted)
    {
        if (sorted[0] == sorted[^1]) return null;
        Rng rng = Rng.For(1, "bootstrap"); // equal figures have equal intervals
        double[] drawn = new double[sorted.Length], means = new double[Draws];
        for (int i = 0; i < Draws; i++)
        {
            for (int k = 0; k < drawn.Length; k++) drawn[k] = sorted[rng.Below(sorted.Length)];
            Array.Sort(drawn);
            means[i] = MiddleOf(drawn);
        }

        Array.Sort(means);
        return [means[(int)(0.025 * (Draws - 1))], means[(int)Math.Ceiling(0.975 * (Draws - 1))]];
    }
}
