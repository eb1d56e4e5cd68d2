namespace EmbodiedRL.Rewards;

/// <summary>Formulas that several transforms and combinators share, in double precision.</summary>
internal static class ScoreMath
{
    /// <summary>1 / (1 + exp(-x)); 0 and 1 far out, never an overflow.</summary>
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>log(1 / (1 + exp(-x))), at most 0: x itself far below 0, and -exp(-x) far above.</summary>
    public static double LogSigmoid(double x)
    {
        double small = Math.Exp(-Math.Abs(x)), sum = 1 + small;
        // log(1 + small) without the digits that the sum loses (Kahan)
        double log = sum == 1 ? small : Math.Log(sum) * (small / (sum - 1));
        return Math.Min(x, 0) - log;
    }

    /// <summary>Quantile with linear interpolation between neighbors.</summary>
    /// <param name="sorted">Ascending, at least one.</param>
    /// <param name="share">In [0, 1].</param>
    public static double Quantile(ReadOnlySpan<double> sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place, above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((sorted[above] - sorted[below]) * (place - below));
    }
}
