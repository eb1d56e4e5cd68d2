using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Step discovery: cuts a demonstration where its features change most.</summary>
/// <remarks>
/// Of all ways to cut T frames into n segments of at least m frames, that with the least sum, over frames, of the standard deviation within
/// the frame's segment, mean over features. Found by dynamic programming, which gives the optimum that the paper's recursion searches for.
/// Of equal ways the earliest cuts are taken. How the paper weighs segments could not be confirmed: summed once a segment, short segments
/// about a movement win over steps, so each counts by its length here.
/// </remarks>
[Paper("1612.06699", "Unsupervised Perceptual Rewards for Imitation Learning", Year = 2017, Method = "S23")]
public static class StepDiscovery
{
    /// <summary>First frames of the segments, of which the first is 0.</summary>
    /// <param name="features">[T, D].</param>
    /// <param name="size">D.</param>
    /// <param name="segments">n, at least 1.</param>
    /// <param name="least">m, fewest frames of a segment, at least 1.</param>
    /// <exception cref="SpecMismatchException">There are fewer frames than n times m.</exception>
    public static int[] Split(ReadOnlySpan<float> features, int size, int segments, int least)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(segments);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(least);
        int frames = features.Length / size;
        if (frames < segments * least)
            throw new SpecMismatchException("demonstration to be cut into steps", $"at least {segments * least} frames "
                + $"({segments} steps of {least})", $"{frames}");
        double[,] spread = Spreads(features, size, frames);
        double[,] best = new double[segments + 1, frames + 1];
        int[,] cut = new int[segments + 1, frames + 1];
        for (int end = 0; end <= frames; end++) best[0, end] = end == 0 ? 0 : double.PositiveInfinity;
        for (int n = 1; n <= segments; n++)
            for (int end = 0; end <= frames; end++)
            {
                best[n, end] = double.PositiveInfinity;
                for (int start = 0; start + least <= end; start++)
                {
                    double sum = best[n - 1, start] + spread[start, end];
                    if (sum < best[n, end]) (best[n, end], cut[n, end]) = (sum, start);
                }
            }

        int[] starts = new int[segments];
        for (int n = segments, end = frames; n > 0; n--) end = starts[n - 1] = cut[n, end];
        return starts;
    }

    /// <summary>[start, end]: frames start to end - 1 times the mean over features of the deviation within them.</summary>
    private static double[,] Spreads(ReadOnlySpan<float> features, int size, int frames)
    {
        double[,] spread = new double[frames + 1, frames + 1];
        double[] mean = new double[size], squares = new double[size];
        for (int start = 0; start < frames; start++)
        {
            Array.Clear(mean);
            Array.Clear(squares);
            for (int end = start + 1; end <= frames; end++)
            {
                double sum = 0;
                int count = end - start;
                for (int j = 0; j < size; j++)
                {
                    double value = features[((end - 1) * size) + j], before = value - mean[j];
                    mean[j] += before / count;
                    squares[j] += before * (value - mean[j]);
                    sum += Math.Sqrt(squares[j] / count);
                }

                spread[start, end] = count * sum / size;
            }
        }

        return spread;
    }
}
