namespace EmbodiedRL.Rendering.Tests;

/// <summary>How alike two pictures are.</summary>
internal static class PictureMeasures
{
    /// <summary>Mean absolute difference in levels of 256.</summary>
    public static double MeanDifference(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        Assert.Equal(a.Length, b.Length);
        long sum = 0;
        for (int i = 0; i < a.Length; i++) sum += Math.Abs(a[i] - b[i]);
        return (double)sum / a.Length;
    }

    /// <summary>
    /// Structural similarity of the brightness of two square pictures: means and variances in windows of
    /// 8 x 8, as Wang et al. (2004) define it.
    /// </summary>
    public static double Similarity(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, int size)
    {
        const int window = 8;
        const double c1 = 0.01 * 255 * 0.01 * 255, c2 = 0.03 * 255 * 0.03 * 255;
        double[] first = Gray(a), second = Gray(b);
        double sum = 0;
        int windows = 0;
        for (int y = 0; y + window <= size; y++)
            for (int x = 0; x + window <= size; x++, windows++)
            {
                double p = 0, q = 0, pp = 0, qq = 0, pq = 0;
                for (int v = y; v < y + window; v++)
                    for (int u = x; u < x + window; u++)
                    {
                        (double s, double t) = (first[(v * size) + u], second[(v * size) + u]);
                        (p, q, pp, qq, pq) = (p + s, q + t, pp + (s * s), qq + (t * t), pq + (s * t));
                    }

                const int n = window * window;
                (p, q) = (p / n, q / n);
                double varianceP = (pp / n) - (p * p), varianceQ = (qq / n) - (q * q), together = (pq / n) - (p * q);
                sum += ((2 * p * q) + c1) * ((2 * together) + c2) / (((p * p) + (q * q) + c1) * (varianceP + varianceQ + c2));
            }

        return sum / windows;

        static double[] Gray(ReadOnlySpan<byte> rgb)
        {
            double[] gray = new double[rgb.Length / 3];
            for (int i = 0; i < gray.Length; i++) gray[i] = (0.299 * rgb[3 * i]) + (0.587 * rgb[(3 * i) + 1]) + (0.114 * rgb[(3 * i) + 2]);
            return gray;
        }
    }

    /// <summary>Intersection over union of the pixels of an id, averaged over the ids by the pixels they cover.</summary>
    public static double MeanOverlap(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> found)
    {
        Span<int> both = stackalloc int[256], either = stackalloc int[256], covered = stackalloc int[256];
        both.Clear();
        either.Clear();
        covered.Clear();
        for (int i = 0; i < expected.Length; i++)
        {
            covered[expected[i]]++;
            either[expected[i]]++;
            if (expected[i] == found[i]) both[expected[i]]++;
            else either[found[i]]++;
        }

        double sum = 0;
        for (int id = 0; id < 256; id++)
            if (covered[id] > 0) sum += (double)both[id] / either[id] * covered[id];
        return sum / expected.Length;
    }

    /// <summary>The share of pixels whose depth is right, of those more than one pixel away from where another thing begins.</summary>
    public static double RightDepth(ReadOnlySpan<float> expected, ReadOnlySpan<float> found, ReadOnlySpan<byte> ids,
        int size, double within)
    {
        int right = 0, all = 0;
        for (int y = 1; y < size - 1; y++)
            for (int x = 1; x < size - 1; x++)
            {
                int at = (y * size) + x;
                if (IsEdge(ids, at, size)) continue;
                all++;
                if (Math.Abs(expected[at] - found[at]) <= within * expected[at]) right++;
            }

        return (double)right / all;

        static bool IsEdge(ReadOnlySpan<byte> ids, int at, int size)
        {
            for (int dy = -1; dy <= 1; dy++)
                for (int dx = -1; dx <= 1; dx++)
                    if (ids[at + (dy * size) + dx] != ids[at]) return true;
            return false;
        }
    }
}
