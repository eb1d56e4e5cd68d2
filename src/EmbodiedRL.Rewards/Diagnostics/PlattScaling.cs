using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Diagnostics;

/// <summary>Platt scaling: a logistic function of a score, fitted to outcomes.</summary>
/// <remarks>
/// Minimizes the cross entropy with the smoothed targets of Platt (1999) by Newton's method with backtracking, as in Lin, Lin and Weng
/// (2007); the smoothed targets keep the fit finite where scores separate the outcomes.
/// </remarks>
public sealed class PlattScaling
{
    private const int Iterations = 100;
    private const double Gradient = 1e-9, LeastStep = 1e-10, Ridge = 1e-12;

    private readonly double _mean, _scale;

    private PlattScaling(double mean, double scale, double slope, double intercept) =>
        (_mean, _scale, Slope, Intercept) = (mean, scale, slope, intercept);

    /// <summary>Of the standardized score.</summary>
    public double Slope { get; }

    /// <summary>At the mean score.</summary>
    public double Intercept { get; }

    /// <summary>The same line over the score as it is: the probability of a score x is sigmoid(Slope x + Intercept).</summary>
    public (double Slope, double Intercept) OfScore => (Slope / _scale, Intercept - (Slope * _mean / _scale));

    /// <summary>Fits scores to outcomes.</summary>
    /// <returns>A constant probability where the scores do not vary.</returns>
    public static PlattScaling Fit(ReadOnlySpan<double> scores, ReadOnlySpan<bool> labels)
    {
        SpecMismatchException.ThrowIfLength("labels", labels.Length, scores.Length);
        double mean = 0, squares = 0;
        int positive = 0;
        foreach (double score in scores) mean += score / scores.Length;
        foreach (double score in scores) squares += (score - mean) * (score - mean);
        foreach (bool label in labels) positive += label ? 1 : 0;
        double scale = squares > 0 ? Math.Sqrt(squares / scores.Length) : 1;
        double high = (positive + 1.0) / (positive + 2.0), low = 1 / (labels.Length - positive + 2.0);
        double[] x = new double[scores.Length], targets = new double[scores.Length];
        for (int i = 0; i < x.Length; i++) (x[i], targets[i]) = ((scores[i] - mean) / scale, labels[i] ? high : low);

        (double slope, double intercept) = (0, Math.Log((positive + 1.0) / (labels.Length - positive + 1.0)));
        double loss = Loss(x, targets, slope, intercept);
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            (double g1, double g2, double h11, double h12, double h22) = (0, 0, Ridge, 0, Ridge);
            for (int i = 0; i < x.Length; i++)
            {
                double p = ScoreMath.Sigmoid((slope * x[i]) + intercept), weight = p * (1 - p);
                (g1, g2) = (g1 + ((p - targets[i]) * x[i]), g2 + p - targets[i]);
                (h11, h12, h22) = (h11 + (weight * x[i] * x[i]), h12 + (weight * x[i]), h22 + weight);
            }

            if (Math.Abs(g1) < Gradient && Math.Abs(g2) < Gradient) break;
            double determinant = (h11 * h22) - (h12 * h12);
            double d1 = -((h22 * g1) - (h12 * g2)) / determinant, d2 = -((h11 * g2) - (h12 * g1)) / determinant, step = 1;
            for (; step >= LeastStep; step /= 2)
            {
                double tried = Loss(x, targets, slope + (step * d1), intercept + (step * d2));
                if (tried >= loss + (1e-4 * step * ((g1 * d1) + (g2 * d2)))) continue;
                (slope, intercept, loss) = (slope + (step * d1), intercept + (step * d2), tried);
                break;
            }

            if (step < LeastStep) break;
        }

        return new PlattScaling(mean, scale, slope, intercept);
    }

    /// <summary>The probability of a score, in (0, 1).</summary>
    public double Probability(double score) => ScoreMath.Sigmoid((Slope * (score - _mean) / _scale) + Intercept);

    private static double Loss(double[] x, double[] targets, double slope, double intercept)
    {
        double loss = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double z = (slope * x[i]) + intercept;
            loss += Math.Max(z, 0) + Math.Log(1 + Math.Exp(-Math.Abs(z))) - (targets[i] * z);
        }

        return loss;
    }
}
