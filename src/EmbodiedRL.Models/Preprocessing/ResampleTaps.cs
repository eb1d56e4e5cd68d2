using System.Collections.Concurrent;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Resampling taps: for each output place of an axis, the input places it reads and their weights.</summary>
/// <remarks>
/// Weights are normalized to 1 in double, then rounded to integers of 22 bits (half away from zero), as Pillow does. For 16-bit
/// multiplications an integer weight is split exactly into <c>upper * 2048 + lower</c>, and taps are paired.
/// </remarks>
internal sealed class ResampleTaps
{
    /// <summary>Bits after the point of an integer weight.</summary>
    public const int Precision = 22;

    /// <summary>Bits of the lower part of a split weight.</summary>
    public const int LowerBits = 11;

    private const int MostCached = 512, MostCachedTaps = 1 << 16;

    private static readonly ConcurrentDictionary<(int, int, int, int, ResampleFilter, bool), ResampleTaps> Cache = new();

    private ResampleTaps(int input, int output, int begin, int count, ResampleFilter filter, bool antialias)
    {
        Count = count;
        Starts = new int[count];
        Counts = new int[count];
        var weights = new double[count][];
        for (int i = 0; i < count; i++)
        {
            weights[i] = antialias
                ? Antialiased(begin + i, input, output, filter, out Starts[i])
                : Interpolated(begin + i, input, output, filter, out Starts[i]);
            Counts[i] = weights[i].Length;
        }

        Pairs = (Counts.Max() + 1) / 2;
        Exact = new double[count * Width];
        Integer = new int[count * Width];
        UpperPairs = new int[count * Pairs];
        LowerPairs = new int[count * Pairs];
        for (int i = 0; i < count; i++) Fill(i, weights[i]);
    }

    /// <summary>How many output places.</summary>
    public int Count { get; }

    /// <summary>Pairs of taps that an output place has room for.</summary>
    public int Pairs { get; }

    /// <summary>Taps that an output place has room for: even.</summary>
    public int Width => 2 * Pairs;

    /// <summary>[Count] first input place of each output place.</summary>
    public int[] Starts { get; }

    /// <summary>[Count] how many input places each output place reads.</summary>
    public int[] Counts { get; }

    /// <summary>[Count, Width] weights, normalized to 1; zero beyond <see cref="Counts"/>.</summary>
    public double[] Exact { get; }

    /// <summary>[Count, Width] weights as integers.</summary>
    public int[] Integer { get; }

    /// <summary>[Count, Pairs] upper parts of two neighboring weights as two 16-bit numbers.</summary>
    public int[] UpperPairs { get; }

    /// <summary>[Count, Pairs] lower parts of two neighboring weights as two 16-bit numbers.</summary>
    public int[] LowerPairs { get; }

    /// <summary>First input place that is read.</summary>
    public int First => Starts.Min();

    /// <summary>One past the last input place that is read.</summary>
    public int End
    {
        get
        {
            int end = 0;
            for (int i = 0; i < Count; i++) end = Math.Max(end, Starts[i] + Counts[i]);
            return end;
        }
    }

    /// <summary>Taps of the output places <paramref name="begin"/> to <c>begin + count</c> of an axis.</summary>
    /// <param name="input">Length of the axis before.</param>
    /// <param name="output">Length of the whole axis after.</param>
    /// <param name="begin">First output place wanted.</param>
    /// <param name="count">How many are wanted.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="antialias">Whether the filter widens when the axis shrinks.</param>
    public static ResampleTaps Of(int input, int output, int begin, int count, ResampleFilter filter, bool antialias = true)
    {
        var key = (input, output, begin, count, filter, antialias);
        if (Cache.TryGetValue(key, out ResampleTaps? taps)) return taps;
        taps = new ResampleTaps(input, output, begin, count, filter, antialias);
        if (Cache.Count >= MostCached) Cache.Clear();
        if (taps.Integer.Length <= MostCachedTaps) Cache[key] = taps;
        return taps;
    }

    private void Fill(int index, double[] weights)
    {
        for (int k = 0; k < weights.Length; k++)
        {
            double scaled = weights[k] * (1 << Precision);
            Exact[index * Width + k] = weights[k];
            Integer[index * Width + k] = (int)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
        }

        for (int pair = 0; pair < Pairs; pair++)
        {
            int left = Integer[index * Width + 2 * pair], right = Integer[index * Width + 2 * pair + 1];
            UpperPairs[index * Pairs + pair] = Pack(left >> LowerBits, right >> LowerBits);
            LowerPairs[index * Pairs + pair] = Pack(left & ((1 << LowerBits) - 1), right & ((1 << LowerBits) - 1));
        }
    }

    private static int Pack(int left, int right) => (ushort)(short)left | (right << 16);

    /// <summary>Pillow's rule, and torch's with antialias: the filter is as wide as the larger of the two pixels.</summary>
    private static double[] Antialiased(int place, int input, int output, ResampleFilter filter, out int start)
    {
        double scale = (double)input / output, wide = Math.Max(scale, 1.0);
        double support = Radius(filter) * wide, center = (place + 0.5) * scale;
        start = Math.Max((int)(center - support + 0.5), 0);
        int end = Math.Min((int)(center + support + 0.5), input);
        double[] weights = new double[Math.Max(end - start, 1)];
        double sum = 0, inverse = 1.0 / wide;
        for (int k = 0; k < weights.Length; k++)
            sum += weights[k] = Kernel(filter, (k + start - center + 0.5) * inverse, -0.5);
        if (sum != 0)
            for (int k = 0; k < weights.Length; k++) weights[k] /= sum;
        return weights;
    }

    /// <summary>Torch's rule without antialias: as many taps as twice the radius with clamped edges, whatever the scale.</summary>
    private static double[] Interpolated(int place, int input, int output, ResampleFilter filter, out int start)
    {
        double center = (place + 0.5) * ((double)input / output) - 0.5;
        if (filter == ResampleFilter.Bilinear) center = Math.Max(center, 0);
        int floor = (int)Math.Floor(center), reach = Radius(filter);
        start = Math.Clamp(floor - reach + 1, 0, input - 1);
        int last = Math.Clamp(floor + reach, 0, input - 1);
        double[] weights = new double[last - start + 1];
        for (int tap = floor - reach + 1; tap <= floor + reach; tap++)
            weights[Math.Clamp(tap, 0, input - 1) - start] += Kernel(filter, tap - center, -0.75);
        return weights;
    }

    private static int Radius(ResampleFilter filter) => filter switch
    {
        ResampleFilter.Bilinear => 1,
        ResampleFilter.Bicubic => 2,
        _ => 3,
    };

    private static double Kernel(ResampleFilter filter, double x, double a)
    {
        x = Math.Abs(x);
        if (filter == ResampleFilter.Bilinear) return x < 1 ? 1 - x : 0;
        if (filter == ResampleFilter.Lanczos) return x < 3 ? Sinc(x) * Sinc(x / 3) : 0;
        if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(x * Math.PI) / (x * Math.PI);
}
