using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Diagnostics;

/// <summary>Bin of a reliability diagram: rows whose confidence lies in (low, high].</summary>
/// <param name="Low">Exclusive, except that the first bin holds 0.</param>
/// <param name="High">Inclusive.</param>
/// <param name="Count">Rows.</param>
/// <param name="Accuracy">Share of them that are right; NaN if there are none.</param>
/// <param name="Confidence">Mean confidence; NaN if there are none.</param>
public sealed record ReliabilityBin(double Low, double High, int Count, double Accuracy, double Confidence);

/// <summary>Measures of scores and probabilities as classifiers: order, accuracy, calibration.</summary>
public static class Classification
{
    private const double Least = 2.220446049250313e-16;

    /// <summary>Area under the ROC curve: the chance that a true row scores higher than a false one; ties count half.</summary>
    /// <returns>NaN where all rows are true, or none is.</returns>
    public static double Auroc(ReadOnlySpan<double> scores, ReadOnlySpan<bool> labels)
    {
        SpecMismatchException.ThrowIfLength("labels", labels.Length, scores.Length);
        double[] ranks = Correlations.Ranks(scores);
        double sum = 0;
        long positive = 0;
        for (int i = 0; i < ranks.Length; i++)
        {
            if (!labels[i]) continue;
            sum += ranks[i];
            positive++;
        }

        long negative = ranks.Length - positive;
        return positive == 0 || negative == 0 ? double.NaN : (sum - (positive * (positive + 1) / 2.0)) / ((double)positive * negative);
    }

    /// <summary>The same for each class against all others.</summary>
    /// <param name="probabilities">[B, K], row-major.</param>
    /// <param name="labels">[B], the true class.</param>
    public static double[] AurocByClass(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels)
    {
        int classes = ClassesOf(probabilities, labels);
        double[] areas = new double[classes], scores = new double[labels.Length];
        bool[] isClass = new bool[labels.Length];
        for (int k = 0; k < classes; k++)
        {
            for (int i = 0; i < labels.Length; i++) (scores[i], isClass[i]) = (probabilities[(i * classes) + k], labels[i] == k);
            areas[k] = Auroc(scores, isClass);
        }

        return areas;
    }

    /// <summary>Share of rows whose true class is among the k most probable ones.</summary>
    public static double Accuracy(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels, int k = 1)
    {
        int classes = ClassesOf(probabilities, labels), right = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<double> row = probabilities.Slice(i * classes, classes);
            int larger = 0;
            for (int other = 0; other < classes; other++)
                if (row[other] > row[labels[i]] || (row[other].Equals(row[labels[i]]) && other < labels[i])) larger++;
            if (larger < k) right++;
        }

        return (double)right / labels.Length;
    }

    /// <summary>Mean of -log of the true class's probability, nats; one below 2^-52 counts as that, as in scikit-learn.</summary>
    public static double CrossEntropy(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels)
    {
        int classes = ClassesOf(probabilities, labels);
        double sum = 0;
        for (int i = 0; i < labels.Length; i++) sum -= Math.Log(Math.Max(probabilities[(i * classes) + labels[i]], Least));
        return sum / labels.Length;
    }

    /// <summary>Brier score of many classes: the mean over rows of the sum over classes of squared errors, 0 to 2.</summary>
    public static double BrierOfClasses(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels)
    {
        int classes = ClassesOf(probabilities, labels);
        double sum = 0;
        for (int i = 0; i < labels.Length; i++)
            for (int k = 0; k < classes; k++)
            {
                double error = probabilities[(i * classes) + k] - (labels[i] == k ? 1 : 0);
                sum += error * error;
            }

        return sum / labels.Length;
    }

    /// <summary>Brier score of one probability a row: the mean squared error, 0 to 1.</summary>
    public static double Brier(ReadOnlySpan<double> probabilities, ReadOnlySpan<bool> labels)
    {
        SpecMismatchException.ThrowIfLength("labels", labels.Length, probabilities.Length);
        double sum = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            double error = probabilities[i] - (labels[i] ? 1 : 0);
            sum += error * error;
        }

        return sum / labels.Length;
    }

    /// <summary>Every row's largest probability, and whether its class is the true one.</summary>
    public static (double[] Confidences, bool[] IsRight) Top(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels)
    {
        int classes = ClassesOf(probabilities, labels);
        double[] confidences = new double[labels.Length];
        bool[] isRight = new bool[labels.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<double> row = probabilities.Slice(i * classes, classes);
            int best = 0;
            for (int k = 1; k < classes; k++)
                if (row[k] > row[best]) best = k;
            (confidences[i], isRight[i]) = (row[best], best == labels[i]);
        }

        return (confidences, isRight);
    }

    /// <summary>Reliability diagram over bins of equal width.</summary>
    /// <param name="confidences">[B] in [0, 1].</param>
    /// <param name="labels">[B], whether the row is true.</param>
    /// <param name="bins">How many.</param>
    public static IReadOnlyList<ReliabilityBin> Reliability(ReadOnlySpan<double> confidences, ReadOnlySpan<bool> labels, int bins = 15)
    {
        SpecMismatchException.ThrowIfLength("labels", labels.Length, confidences.Length);
        int[] counts = new int[bins], right = new int[bins];
        double[] sums = new double[bins];
        for (int i = 0; i < labels.Length; i++)
        {
            int bin = BinOf(confidences[i], bins);
            (counts[bin], sums[bin]) = (counts[bin] + 1, sums[bin] + confidences[i]);
            if (labels[i]) right[bin]++;
        }

        return [.. Enumerable.Range(0, bins).Select(bin => new ReliabilityBin((double)bin / bins, (bin + 1.0) / bins, counts[bin],
            (double)right[bin] / counts[bin], sums[bin] / counts[bin]))];
    }

    /// <summary>Expected calibration error: the mean gap between accuracy and confidence, weighted by the rows of each bin.</summary>
    public static double ExpectedCalibrationError(IReadOnlyList<ReliabilityBin> bins)
    {
        int rows = bins.Sum(bin => bin.Count);
        return bins.Where(bin => bin.Count > 0).Sum(bin => (double)bin.Count / rows * Math.Abs(bin.Accuracy - bin.Confidence));
    }

    /// <summary>Maximum calibration error: the largest gap of a bin that has rows.</summary>
    public static double MaximumCalibrationError(IReadOnlyList<ReliabilityBin> bins) =>
        bins.Where(bin => bin.Count > 0).Max(bin => Math.Abs(bin.Accuracy - bin.Confidence));

    /// <summary>The bin whose edges (low, high], as they are in floating point, hold a confidence.</summary>
    private static int BinOf(double confidence, int bins)
    {
        int bin = Math.Clamp((int)Math.Ceiling(confidence * bins) - 1, 0, bins - 1);
        while (bin > 0 && confidence <= (double)bin / bins) bin--;
        while (bin < bins - 1 && confidence > (bin + 1.0) / bins) bin++;
        return bin;
    }

    private static int ClassesOf(ReadOnlySpan<double> probabilities, ReadOnlySpan<int> labels)
    {
        if (labels.Length == 0 || probabilities.Length % labels.Length != 0)
            throw new SpecMismatchException("probabilities", $"a row for each of {labels.Length} labels", $"{probabilities.Length} values");
        return probabilities.Length / labels.Length;
    }
}
