using System.Numerics;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Core;

/// <summary>Mean and population variance of every column of an endless stream of rows.</summary>
/// <remarks>
/// Batches are joined by the parallel rule of Chan, Golub and LeVeque (1979). The stream is taken to begin with
/// a sliver of a row of mean 0 and variance 1, so that nothing is ever divided by zero. Not thread-safe.
/// </remarks>
public sealed class RunningMoments : ISnapshot
{
    private readonly double[] _mean;
    private readonly double[] _variance;
    private readonly double[] _inverse;

    /// <summary>Moments of rows of <paramref name="length"/> values.</summary>
    /// <param name="length">Columns; 0 where observations are images alone, in which case nothing is counted.</param>
    /// <param name="priorCount">How many rows the beginning weighs.</param>
    public RunningMoments(int length, double priorCount = 1e-4)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(priorCount);
        (_mean, _variance, _inverse, Count) = (new double[length], new double[length], new double[length], priorCount);
        Array.Fill(_variance, 1);
    }

    /// <summary>Rows seen, the beginning included.</summary>
    public double Count { get; private set; }

    /// <summary>Of each column.</summary>
    public ReadOnlySpan<double> Mean => _mean;

    /// <summary>Of each column, divided by the count.</summary>
    public ReadOnlySpan<double> Variance => _variance;

    /// <summary>Takes in a batch of rows, without allocating; an empty batch changes nothing.</summary>
    /// <param name="rows">[B, columns].</param>
    /// <exception cref="SpecMismatchException">The values do not fill whole rows.</exception>
    public void Update<T>(ReadOnlySpan<T> rows) where T : IFloatingPoint<T>
    {
        int columns = _mean.Length;
        if (rows.IsEmpty) return;
        if (columns == 0 || rows.Length % columns != 0)
            throw new SpecMismatchException("rows", $"a multiple of {columns} values", $"{rows.Length}");
        int batch = rows.Length / columns;
        double total = Count + batch;
        for (int column = 0; column < columns; column++)
        {
            double sum = 0, squares = 0;
            for (int i = column; i < rows.Length; i += columns) sum += double.CreateTruncating(rows[i]);
            double mean = sum / batch;
            for (int i = column; i < rows.Length; i += columns)
            {
                double distance = double.CreateTruncating(rows[i]) - mean;
                squares += distance * distance;
            }

            double shift = mean - _mean[column];
            _mean[column] += shift * batch / total;
            _variance[column] = ((_variance[column] * Count) + squares + (shift * shift * Count * batch / total)) / total;
        }

        Count = total;
    }

    /// <summary>(x - mean) / sqrt(variance + 1e-8), kept within the limit; source and target may be the same memory.</summary>
    /// <param name="rows">[B, columns].</param>
    /// <param name="into">[B, columns], overwritten.</param>
    /// <param name="limit">Greatest absolute value written.</param>
    public void Standardize(ReadOnlySpan<float> rows, Span<float> into, float limit = float.PositiveInfinity)
    {
        if (rows.IsEmpty) return;
        int columns = _mean.Length;
        for (int column = 0; column < columns; column++) _inverse[column] = 1 / Math.Sqrt(_variance[column] + 1e-8);
        for (int start = 0; start < rows.Length; start += columns)
            for (int column = 0; column < columns; column++)
                into[start + column] = Math.Clamp((float)((rows[start + column] - _mean[column]) * _inverse[column]), -limit, limit);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        into.Put("count", Count);
        into.Put<double>("mean", _mean);
        into.Put<double>("variance", _variance);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        Count = from.Get<double>("count");
        from.Get<double>("mean", _mean);
        from.Get<double>("variance", _variance);
    }
}
