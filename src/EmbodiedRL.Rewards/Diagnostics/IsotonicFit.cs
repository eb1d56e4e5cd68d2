using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Diagnostics;

/// <summary>Isotonic regression: the never-falling function of a score that is nearest to given targets in squares.</summary>
/// <remarks>
/// Fitted by pooling adjacent violators; between two scores that were fitted it is a straight line, beyond them constant. It calibrates any
/// score that rises with its target, however bent, and no other.
/// </remarks>
public sealed class IsotonicFit
{
    private readonly double[] _scores, _values; // ascending, the scores distinct

    private IsotonicFit(double[] scores, double[] values) => (_scores, _values) = (scores, values);

    /// <summary>Fits scores to targets.</summary>
    /// <param name="scores">[B], finite, at least one.</param>
    /// <param name="targets">[B].</param>
    public static IsotonicFit Of(ReadOnlySpan<double> scores, ReadOnlySpan<double> targets)
    {
        SpecMismatchException.ThrowIfLength("targets", targets.Length, scores.Length);
        ArgumentOutOfRangeException.ThrowIfZero(scores.Length);
        double[] sorted = scores.ToArray(), means = targets.ToArray();
        Array.Sort(sorted, means);
        var knots = new List<double>();
        var blocks = new List<(double Sum, int Count, int Knots)>();
        for (int first = 0, last; first < sorted.Length; first = last)
        {
            (last, double sum) = (first, 0);
            for (; last < sorted.Length && sorted[last].Equals(sorted[first]); last++) sum += means[last];
            knots.Add(sorted[first]);
            blocks.Add((sum, last - first, 1));
            while (blocks.Count > 1 && blocks[^2].Sum / blocks[^2].Count >= blocks[^1].Sum / blocks[^1].Count)
            {
                (double Sum, int Count, int Knots) pooled = blocks[^1];
                blocks.RemoveAt(blocks.Count - 1);
                blocks[^1] = (blocks[^1].Sum + pooled.Sum, blocks[^1].Count + pooled.Count, blocks[^1].Knots + pooled.Knots);
            }
        }

        return new IsotonicFit([.. knots], [.. blocks.SelectMany(block => Enumerable.Repeat(block.Sum / block.Count, block.Knots))]);
    }

    /// <summary>The fitted value of a score.</summary>
    public double Predict(double score)
    {
        int at = Array.BinarySearch(_scores, score);
        if (at >= 0) return _values[at];
        int next = ~at;
        if (next == 0) return _values[0];
        if (next == _scores.Length) return _values[^1];
        double share = (score - _scores[next - 1]) / (_scores[next] - _scores[next - 1]);
        return _values[next - 1] + (share * (_values[next] - _values[next - 1]));
    }
}
