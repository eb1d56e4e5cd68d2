using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>Discretization: the cell of a vector, as a number of 64 bits.</summary>
/// <remarks>
/// <para>A grid: cell i is round(x_i / width_i), so that cells are centered at the multiples of their width. The indexes of all values are
/// mixed into one number; two cells of a run share one with probability near cells^2 / 2^65.</para>
/// <para>SimHash (Charikar 2002; Tang et al. 2017, section 2.2): bit k is the sign of a_k . (x / width), with a_k drawn once from a
/// standard normal distribution. Vectors of nearly the same direction share a cell, so long vectors have few.</para>
/// </remarks>
internal sealed class Cells
{
    private readonly double[] _inverse;
    private readonly int _bits;
    private readonly float[] _directions; // [bits, values]
    private readonly float[] _scaled;

    /// <summary>Cells of vectors.</summary>
    /// <param name="term">Name of the bonus, for messages.</param>
    /// <param name="length">Values of a vector.</param>
    /// <param name="widths">Of a cell: one for all values, or one for each.</param>
    /// <param name="bits">Of SimHash; 0 takes the grid.</param>
    /// <param name="seed">Of the directions.</param>
    /// <exception cref="SettingsException">There are neither one nor as many widths as values.</exception>
    public Cells(string term, int length, double[] widths, int bits = 0, long seed = 1)
    {
        if (widths.Length != 1 && widths.Length != length)
            throw new SettingsException("reward",
            [
                FormattableString.Invariant($"{term}:width: expected 1 number or one for each of {length} values, found {widths.Length}."),
            ]);
        _inverse = [.. Enumerable.Range(0, length).Select(i => 1 / widths[widths.Length == 1 ? 0 : i])];
        (_bits, _scaled, _directions) = (bits, new float[length], new float[bits * length]);
        var rng = Rng.For((ulong)seed, $"simhash/{term}");
        foreach (ref float value in _directions.AsSpan()) value = (float)rng.Normal();
    }

    /// <summary>The cell of a vector.</summary>
    public ulong Of(ReadOnlySpan<float> vector) => _bits > 0 ? Signs(vector) : Grid(vector);

    private ulong Grid(ReadOnlySpan<float> vector)
    {
        ulong key = 0;
        for (int i = 0; i < _inverse.Length; i++) key = Mix(key ^ (ulong)(long)Math.Floor((vector[i] * _inverse[i]) + 0.5));
        return key;
    }

    private ulong Signs(ReadOnlySpan<float> vector)
    {
        for (int i = 0; i < _scaled.Length; i++) _scaled[i] = (float)(vector[i] * _inverse[i]);
        ulong key = 0;
        for (int bit = 0; bit < _bits; bit++)
        {
            double sum = 0;
            for (int i = 0; i < _scaled.Length; i++) sum += _directions[(bit * _scaled.Length) + i] * (double)_scaled[i];
            if (sum >= 0) key |= 1UL << bit;
        }

        return key;
    }

    // the finalizer of SplitMix64 (Steele, Lea and Flood 2014), as in Rng
    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
