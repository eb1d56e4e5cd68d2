using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>Mean, standard deviation and confidence interval of a figure over episodes.</summary>
/// <param name="Mean">Over the episodes.</param>
/// <param name="Std">Sample standard deviation over the episodes; 0 of one episode.</param>
/// <param name="Low">Lower end of the mean's 95 % interval by Student's t; the mean itself of one episode.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="Episodes">How many.</param>
public sealed record Spread(double Mean, double Std, double Low, double High, int Episodes)
{
    // Student's t, 97.5 %, for 1, 2, ... degrees of freedom; beyond them the expansion below is right to four digits.
    private static readonly double[] Quantiles = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281];

    /// <summary>Sums up a figure of each episode.</summary>
    /// <returns>Null of none.</returns>
    public static Spread? Of(IReadOnlyCollection<double> values)
    {
        int count = values.Count;
        if (count == 0) return null;
        double mean = values.Average();
        if (count == 1) return new Spread(mean, 0, mean, mean, 1);
        double deviation = Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (count - 1));
        double half = Quantile(count - 1) * deviation / Math.Sqrt(count);
        return new Spread(mean, deviation, mean - half, mean + half, count);
    }

    /// <summary>Writes all but the count, as <c>NAME/mean</c>, <c>NAME/std</c>, <c>NAME/low</c> and <c>NAME/high</c>.</summary>
    public void Write(IMetricSink metrics, string name)
    {
        metrics.Write($"{name}/mean", Mean);
        metrics.Write($"{name}/std", Std);
        metrics.Write($"{name}/low", Low);
        metrics.Write($"{name}/high", High);
    }

    /// <summary>Puts a figure away; null too.</summary>
    internal static void Save(Snapshot into, string name, Spread? spread) =>
        into.Put<double>(name, spread is null ? [] : [spread.Mean, spread.Std, spread.Low, spread.High, spread.Episodes]);

    /// <summary>Brings back what <see cref="Save"/> wrote.</summary>
    internal static Spread? Load(Snapshot from, string name) =>
        from.GetAll<double>(name) is [var mean, var deviation, var low, var high, var episodes]
            ? new Spread(mean, deviation, low, high, (int)episodes)
            : null;

    private static double Quantile(int freedom)
    {
        if (freedom <= Quantiles.Length) return Quantiles[freedom - 1];
        const double z = 1.959963984540054;
        double n = freedom;
        return z + (((z * z * z) + z) / (4 * n)) + (((5 * Math.Pow(z, 5)) + (16 * z * z * z) + (3 * z)) / (96 * n * n));
    }
}
