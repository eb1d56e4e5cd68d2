using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Training.Preflights;

/// <summary>Formulas of a preflight's figures. NaN counts as no score, and null says that a figure is not defined.</summary>
internal static class PreflightMeasures
{
    private const int Bins = 10;
    private const double Low = 0.05, High = 0.95;

    /// <summary>From the 5th to the 95th percentile; null of no score.</summary>
    public static double? Spread(IEnumerable<double> scores)
    {
        double[] sorted = Sorted(scores);
        return sorted.Length == 0 ? null : Quantile(sorted, High) - Quantile(sorted, Low);
    }

    /// <summary>A quantile of the scores there are; null of none.</summary>
    /// <param name="scores">In any order.</param>
    /// <param name="share">In [0, 1].</param>
    public static double? Quantile(IEnumerable<double> scores, double share) =>
        Sorted(scores) is { Length: > 0 } sorted ? Quantile(sorted, share) : null;

    /// <summary>
    /// Share of the scores' variance that the truth explains: epsilon squared over bins of truth, (B - (K - 1) W) / (B + S), where B is the
    /// sum of squares between K bins, S that within, and W is S over N - K.
    /// </summary>
    /// <param name="scores">[N].</param>
    /// <param name="truths">[N]; equal ones share a bin.</param>
    /// <returns>In [0, 1]; null where the scores do not vary, or all truths are equal.</returns>
    public static double? Explained(IReadOnlyList<double> scores, IReadOnlyList<double> truths)
    {
        (double Score, double Truth)[] known =
            [.. scores.Zip(truths).Where(pair => double.IsFinite(pair.First)).OrderBy(pair => pair.Second)];
        List<double[]> bins = Binned(known);
        if (bins.Count < 2 || known.Length <= bins.Count) return null;
        double mean = known.Average(pair => pair.Score);
        double between = bins.Sum(bin => bin.Length * Square(bin.Average() - mean)), within = bins.Sum(SquaresWithin);
        double all = between + within;
        if (!(all > 1e-12 * known.Length * Math.Max(1e-12, mean * mean))) return null;
        return Math.Clamp((between - ((bins.Count - 1) * within / (known.Length - bins.Count))) / all, 0, 1);
    }

    /// <summary>Variance within rows as a share of the variance of all, both about their means; null where nothing varies.</summary>
    /// <param name="rows">[N][K], K scores of one thing.</param>
    public static double? VarianceWithin(IReadOnlyList<double[]> rows)
    {
        double[][] known = [.. rows.Where(row => Array.TrueForAll(row, double.IsFinite))];
        if (known.Length < 2) return null;
        double within = known.Sum(SquaresWithin), all = SquaresWithin([.. known.SelectMany(row => row)]);
        return all > 0 ? within / all : null;
    }

    /// <summary>The rank correlation of scores with their order; 0 where they are equal, null of fewer than two.</summary>
    public static double? Order(IEnumerable<double> scores)
    {
        double[] all = [.. scores];
        if (all.Count(double.IsFinite) < 2) return null;
        double order = TrajectoryMeasures.WithTime(all);
        return double.IsNaN(order) ? 0 : order;
    }

    /// <summary>Share of steps at which scores rise, by thirds of the way; null where a third has no scored step.</summary>
    /// <param name="ways">[N][T'], each until the goal is reached.</param>
    public static Thirds? Rises(IEnumerable<IReadOnlyList<double>> ways) => ByThird(ways, (from, to) => to > from ? 1 : 0) switch
    {
        ([var start, var middle, var goal], [> 0 and var a, > 0 and var b, > 0 and var c]) => new Thirds(start / a, middle / b, goal / c),
        _ => null,
    };

    /// <summary>Gain in each third of the way, as a share of the gain over all of it; null where that is not above 0.</summary>
    /// <param name="ways">[N][T'], each until the goal is reached.</param>
    public static Thirds? Gains(IEnumerable<IReadOnlyList<double>> ways)
    {
        double[] gains = ByThird(ways, (from, to) => to - from).Sums;
        double all = gains.Sum();
        return all > 0 ? new Thirds(gains[0] / all, gains[1] / all, gains[2] / all) : null;
    }

    /// <summary>Sums a figure of each step by thirds of its way, and counts the steps.</summary>
    private static (double[] Sums, int[] Steps) ByThird(IEnumerable<IReadOnlyList<double>> ways, Func<double, double, double> figure)
    {
        (double[] sums, int[] steps) = (new double[3], new int[3]);
        foreach (IReadOnlyList<double> way in ways)
            for (int i = 0; i + 1 < way.Count; i++)
            {
                if (!double.IsFinite(way[i]) || !double.IsFinite(way[i + 1])) continue;
                int third = i * 3 / (way.Count - 1);
                steps[third]++;
                sums[third] += figure(way[i], way[i + 1]);
            }

        return (sums, steps);
    }

    private static double Square(double value) => value * value;

    private static double SquaresWithin(double[] values)
    {
        double mean = values.Average();
        return values.Sum(value => Square(value - mean));
    }

    /// <summary>Scores by ten parts of equal count in the order of truth; equal truths go where the first of them does.</summary>
    private static List<double[]> Binned((double Score, double Truth)[] ordered)
    {
        var bins = new SortedDictionary<int, List<double>>();
        int bin = 0;
        for (int i = 0; i < ordered.Length; i++)
        {
            if (i == 0 || !ordered[i].Truth.Equals(ordered[i - 1].Truth)) bin = (int)((long)i * Bins / ordered.Length);
            if (!bins.TryGetValue(bin, out List<double>? scores)) bins[bin] = scores = [];
            scores.Add(ordered[i].Score);
        }

        return [.. bins.Values.Select(scores => scores.ToArray())];
    }

    private static double[] Sorted(IEnumerable<double> scores) => [.. scores.Where(double.IsFinite).Order()];

    /// <summary>With linear interpolation between neighbors.</summary>
    private static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        return sorted[below] + ((sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]) * (place - below));
    }
}
