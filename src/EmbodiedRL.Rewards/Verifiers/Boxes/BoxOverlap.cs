using EmbodiedRL.Rewards.Verifiers.Parsing;

namespace EmbodiedRL.Rewards.Verifiers.Boxes;

/// <summary>Overlap of boxes and masks. Where nothing has an area, it is 0.</summary>
/// <remarks>
/// Continuous coordinates, no pixel added. Distance and complete IoU add 1e-7 to a denominator, as the common implementation does.
/// </remarks>
public static class BoxOverlap
{
    private const double Small = 1e-7;

    /// <summary>Intersection over union, in [0, 1].</summary>
    public static double Iou(in Box a, in Box b) => Ratio(Shared(a, b), a.Area + b.Area - Shared(a, b));

    /// <summary>Generalized IoU (arXiv 1902.09630), in [-1, 1]: IoU less the share of the hull that neither covers.</summary>
    public static double Generalized(in Box a, in Box b)
    {
        double shared = Shared(a, b), union = a.Area + b.Area - shared, hull = HullWidth(a, b) * HullHeight(a, b);
        return union <= 0 || hull <= 0 ? 0 : (shared / union) - ((hull - union) / hull);
    }

    /// <summary>Distance IoU (arXiv 1911.08287): IoU less the squared distance of the centers over the hull's squared diagonal.</summary>
    public static double Distance(in Box a, in Box b)
    {
        double shared = Shared(a, b), union = a.Area + b.Area - shared;
        if (union <= 0) return 0;
        double width = HullWidth(a, b), height = HullHeight(a, b), x = a.Center.X - b.Center.X, y = a.Center.Y - b.Center.Y;
        return (shared / union) - (((x * x) + (y * y)) / ((width * width) + (height * height) + Small));
    }

    /// <summary>Complete IoU (arXiv 1911.08287): distance IoU less a term for unequal aspects; 0 where an aspect is 0 over 0.</summary>
    public static double Complete(in Box a, in Box b)
    {
        if ((a.Width == 0 && a.Height == 0) || (b.Width == 0 && b.Height == 0) || a.Area + b.Area <= 0) return 0;
        double angle = Math.Atan(a.Width / a.Height) - Math.Atan(b.Width / b.Height);
        double v = 4 / (Math.PI * Math.PI) * angle * angle, alpha = v / (1 - Iou(a, b) + v + Small);
        return Distance(a, b) - (alpha * v);
    }

    /// <summary>Intersection over union in space, in [0, 1].</summary>
    public static double Iou(in Solid a, in Solid b)
    {
        double shared = Length(a.X1, a.X2, b.X1, b.X2) * Length(a.Y1, a.Y2, b.Y1, b.Y2) * Length(a.Z1, a.Z2, b.Z1, b.Z2);
        return Ratio(shared, a.Volume + b.Volume - shared);
    }

    /// <summary>Intersection over union of two masks, in [0, 1]; 0 for masks of unequal sizes.</summary>
    public static double Iou(MaskRuns a, MaskRuns b)
    {
        if (a.Height != b.Height || a.Width != b.Width) return 0;
        long shared = 0, union = 0;
        (int i, int j) = (0, 0);
        (int left, int right) = (a.Runs.Count > 0 ? a.Runs[0] : 0, b.Runs.Count > 0 ? b.Runs[0] : 0);
        while (i < a.Runs.Count && j < b.Runs.Count)
        {
            int step = Math.Min(left, right);
            (bool isA, bool isB) = (i % 2 == 1, j % 2 == 1);
            if (isA && isB) shared += step;
            if (isA || isB) union += step;
            (left, right) = (left - step, right - step);
            if (left == 0 && ++i < a.Runs.Count) left = a.Runs[i];
            if (right == 0 && ++j < b.Runs.Count) right = b.Runs[j];
        }

        return Ratio(shared, union);
    }

    /// <summary>IoU of every prediction with every truth.</summary>
    /// <returns>[predictions, truths].</returns>
    public static double[,] Matrix(IReadOnlyList<Box> predicted, IReadOnlyList<Box> truth)
    {
        double[,] overlaps = new double[predicted.Count, truth.Count];
        for (int i = 0; i < predicted.Count; i++)
            for (int j = 0; j < truth.Count; j++) overlaps[i, j] = Iou(predicted[i], truth[j]);
        return overlaps;
    }

    private static double Shared(in Box a, in Box b) => Length(a.Left, a.Right, b.Left, b.Right) * Length(a.Top, a.Bottom, b.Top, b.Bottom);

    private static double Length(double a1, double a2, double b1, double b2) => Math.Max(0, Math.Min(a2, b2) - Math.Max(a1, b1));

    private static double HullWidth(in Box a, in Box b) => Math.Max(0, Math.Max(a.Right, b.Right) - Math.Min(a.Left, b.Left));

    private static double HullHeight(in Box a, in Box b) => Math.Max(0, Math.Max(a.Bottom, b.Bottom) - Math.Min(a.Top, b.Top));

    private static double Ratio(double shared, double union) => union > 0 ? shared / union : 0;
}
