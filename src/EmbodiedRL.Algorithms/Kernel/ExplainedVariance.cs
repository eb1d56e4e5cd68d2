namespace EmbodiedRL.Algorithms.Kernel;

/// <summary>
/// Explained variance of the returns by the value estimates: 1 explains all, 0 no more than their mean, below 0 less than that.
/// </summary>
public static class ExplainedVariance
{
    /// <summary>1 - Var(returns - values) / Var(returns), population variances; NaN where the returns do not vary.</summary>
    public static double Of(ReadOnlySpan<float> values, ReadOnlySpan<float> returns)
    {
        double returnMean = 0, errorMean = 0, returnSquares = 0, errorSquares = 0;
        for (int i = 0; i < values.Length; i++)
        {
            returnMean += returns[i];
            errorMean += (double)returns[i] - values[i];
        }

        returnMean /= values.Length;
        errorMean /= values.Length;
        for (int i = 0; i < values.Length; i++)
        {
            double spread = returns[i] - returnMean, error = (double)returns[i] - values[i] - errorMean;
            returnSquares += spread * spread;
            errorSquares += error * error;
        }

        return returnSquares == 0 ? double.NaN : 1 - (errorSquares / returnSquares);
    }
}
