using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Diagnostics;

/// <summary>Correlation coefficients of two series of equal length; NaN where one of them is constant.</summary>
public static class Correlations
{
    /// <summary>Pearson's correlation: how near pairs are to a straight line.</summary>
    public static double Pearson(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        SpecMismatchException.ThrowIfLength("right side of a correlation", right.Length, left.Length);
        double meanLeft = 0, meanRight = 0, product = 0, squaresLeft = 0, squaresRight = 0;
        for (int i = 0; i < left.Length; i++) (meanLeft, meanRight) = (meanLeft + left[i], meanRight + right[i]);
        (meanLeft, meanRight) = (meanLeft / left.Length, meanRight / left.Length);
        for (int i = 0; i < left.Length; i++)
        {
            (double a, double b) = (left[i] - meanLeft, right[i] - meanRight);
            (product, squaresLeft, squaresRight) = (product + (a * b), squaresLeft + (a * a), squaresRight + (b * b));
        }

        double scale = Math.Sqrt(squaresLeft) * Math.Sqrt(squaresRight);
        return scale > 0 ? product / scale : double.NaN;
    }

    /// <summary>Spearman's rank correlation; equal values share the mean of their ranks.</summary>
    public static double Spearman(ReadOnlySpan<double> left, ReadOnlySpan<double> right) => Pearson(Ranks(left), Ranks(right));

    /// <summary>Kendall's tau-b: pairs in order less pairs out of order, over pairs that are not tied.</summary>
    public static double KendallTauB(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        (long difference, long tiedLeft, long tiedRight, long pairs) = Count(left, right);
        double scale = Math.Sqrt(pairs - tiedLeft) * Math.Sqrt(pairs - tiedRight);
        return scale > 0 ? difference / scale : double.NaN;
    }

    /// <summary>Kendall's tau-c (Stuart's), which allows for different numbers of distinct values on both sides.</summary>
    public static double KendallTauC(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        (long difference, _, _, _) = Count(left, right);
        double distinct = Math.Min(Distinct(left), Distinct(right)), count = left.Length;
        return distinct > 1 ? 2 * difference * distinct / (count * count * (distinct - 1)) : double.NaN;
    }

    /// <summary>Ranks from 1; equal values share the mean of theirs.</summary>
    public static double[] Ranks(ReadOnlySpan<double> values)
    {
        double[] sorted = values.ToArray(), ranks = new double[values.Length];
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort(sorted, order);
        for (int first = 0, last; first < order.Length; first = last)
        {
            for (last = first; last < order.Length && sorted[last].Equals(sorted[first]); last++)
            {
            }

            for (int i = first; i < last; i++) ranks[order[i]] = (first + last + 1) / 2.0;
        }

        return ranks;
    }

    private static (long Difference, long TiedLeft, long TiedRight, long Pairs) Count(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        SpecMismatchException.ThrowIfLength("right side of a correlation", right.Length, left.Length);
        long difference = 0, tiedLeft = 0, tiedRight = 0;
        for (int i = 0; i < left.Length; i++)
            for (int k = 0; k < i; k++)
            {
                (int a, int b) = (left[i].CompareTo(left[k]), right[i].CompareTo(right[k]));
                difference += Math.Sign(a) * Math.Sign(b);
                if (a == 0) tiedLeft++;
                if (b == 0) tiedRight++;
            }

        return (difference, tiedLeft, tiedRight, (long)left.Length * (left.Length - 1) / 2);
    }

    private static int Distinct(ReadOnlySpan<double> values)
    {
        HashSet<double> seen = [.. values];
        return seen.Count;
    }
}
