namespace EmbodiedRL.Rewards.Verifiers.Boxes;

/// <summary>Box of an image, for average precision.</summary>
/// <param name="Image">Which image.</param>
/// <param name="Label">Its class.</param>
/// <param name="Box">Where.</param>
/// <param name="Score">How sure a detection is; not read of a truth.</param>
public readonly record struct ImageBox(long Image, string Label, Box Box, double Score = 1);

/// <summary>Average precision of detections as COCO has it.</summary>
/// <param name="Mean">Over ten IoU thresholds 0.5, 0.55, ..., 0.95 and classes; NaN without a truth.</param>
/// <param name="At50">At IoU 0.5, mean over classes.</param>
/// <param name="At75">At IoU 0.75, mean over classes.</param>
/// <param name="Recall">Greatest recall, mean over thresholds and classes.</param>
/// <param name="Labels">Classes that have a truth, in order.</param>
/// <param name="ByThreshold">[10][classes].</param>
public sealed record AveragePrecision(
    double Mean, double At50, double At75, double Recall, IReadOnlyList<string> Labels, IReadOnlyList<double[]> ByThreshold)
{
    /// <summary>Thresholds of IoU.</summary>
    public const int Thresholds = 10;

    private const int MostDetections = 100, RecallPoints = 101;
    private const double Tiny = 2.220446049250313e-16;

    /// <summary>
    /// Computes it: greedy matching per image and class in falling score, precision made monotone, its mean over 101 recalls. Classes
    /// without a truth are left out; the 100 surest detections of an image and class count.
    /// </summary>
    /// <param name="detections">Any order; equal scores keep theirs.</param>
    /// <param name="truths">Any order.</param>
    public static AveragePrecision Of(IReadOnlyList<ImageBox> detections, IReadOnlyList<ImageBox> truths)
    {
        string[] labels = [.. truths.Select(truth => truth.Label).Distinct().Order(StringComparer.Ordinal)];
        double[][] precisions = [.. Enumerable.Range(0, Thresholds).Select(_ => new double[labels.Length])];
        double recalls = 0;
        for (int k = 0; k < labels.Length; k++)
        {
            ImageBox[] found = [.. detections.Where(one => one.Label == labels[k]).GroupBy(one => one.Image).OrderBy(image => image.Key)
                .SelectMany(image => image.OrderByDescending(one => one.Score).Take(MostDetections))];
            ImageBox[] wanted = [.. truths.Where(one => one.Label == labels[k])];
            for (int t = 0; t < Thresholds; t++)
            {
                (precisions[t][k], double recall) = OfClass(found, wanted, Math.Min(0.5 + (0.05 * t), 1 - 1e-10));
                recalls += recall;
            }
        }

        return new AveragePrecision(MeanOf(precisions.SelectMany(one => one)), MeanOf(precisions[0]), MeanOf(precisions[5]),
            labels.Length == 0 ? double.NaN : recalls / (labels.Length * Thresholds), labels, precisions);
    }

    private static double MeanOf(IEnumerable<double> values) => values.DefaultIfEmpty(double.NaN).Average();

    private static (double Precision, double Recall) OfClass(ImageBox[] found, ImageBox[] wanted, double threshold)
    {
        bool[] isHit = new bool[found.Length], isUsed = new bool[wanted.Length];
        for (int i = 0; i < found.Length; i++)
        {
            int best = -1;
            double least = threshold;
            for (int j = 0; j < wanted.Length; j++)
            {
                if (isUsed[j] || wanted[j].Image != found[i].Image) continue;
                double overlap = BoxOverlap.Iou(found[i].Box, wanted[j].Box);
                if (overlap >= least) (least, best) = (overlap, j); // the last of equal ones, as in COCO
            }

            if (best < 0) continue;
            isHit[i] = isUsed[best] = true;
        }

        int[] order = [.. Enumerable.Range(0, found.Length).OrderByDescending(i => found[i].Score)];
        double[] precision = new double[order.Length], recall = new double[order.Length];
        double hits = 0;
        for (int i = 0; i < order.Length; i++)
        {
            if (isHit[order[i]]) hits++;
            (precision[i], recall[i]) = (hits / (i + 1 + Tiny), hits / wanted.Length);
        }

        for (int i = order.Length - 2; i >= 0; i--) precision[i] = Math.Max(precision[i], precision[i + 1]);
        double sum = 0;
        for (int point = 0, at = 0; point < RecallPoints; point++)
        {
            while (at < recall.Length && recall[at] < point * 0.01) at++;
            if (at < recall.Length) sum += precision[at];
        }

        return (sum / RecallPoints, recall.Length == 0 ? 0 : recall[^1]);
    }
}
