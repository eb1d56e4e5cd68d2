using EmbodiedRL.Core;
using EmbodiedRL.Models.Heads;

namespace EmbodiedRL.Models.Networks;

/// <summary>
/// Orthogonal weight initialization (Saxe, McClelland and Ganguli 2014, arXiv 1312.6120): signals neither vanish nor explode.
/// </summary>
public static class Orthogonal
{
    /// <summary>A matrix whose rows (or columns, if there are fewer) are orthogonal and of length <paramref name="gain"/>.</summary>
    /// <param name="rows">Outputs of the layer.</param>
    /// <param name="columns">Inputs of the layer.</param>
    /// <param name="gain">Length of each vector.</param>
    /// <param name="rng">Advanced by the same number of draws for the same shape.</param>
    /// <returns>[rows, columns], row-major.</returns>
    public static float[] Sample(int rows, int columns, double gain, ref Rng rng)
    {
        int count = Math.Min(rows, columns), length = Math.Max(rows, columns);
        double[] vectors = new double[count * length];
        for (int i = 0; i < vectors.Length; i++) vectors[i] = rng.Normal();
        for (int i = 0; i < count; i++)
        {
            Span<double> vector = vectors.AsSpan(i * length, length);
            // Gram and Schmidt, twice: once leaves rounding errors behind.
            for (int j = 0; j < 2 * i; j++) Remove(vectors.AsSpan(j % i * length, length), vector);
            double norm = Math.Sqrt(Dot(vector, vector));
            foreach (ref double value in vector) value /= norm;
        }

        float[] weights = new float[rows * columns];
        for (int row = 0; row < rows; row++)
            for (int column = 0; column < columns; column++)
                weights[(row * columns) + column] =
                    (float)(gain * (rows <= columns ? vectors[(row * length) + column] : vectors[(column * length) + row]));
        return weights;
    }

    private static void Remove(ReadOnlySpan<double> direction, Span<double> from)
    {
        double share = Dot(direction, from);
        for (int i = 0; i < from.Length; i++) from[i] -= share * direction[i];
    }

    private static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++) sum += left[i] * right[i];
        return sum;
    }
}
