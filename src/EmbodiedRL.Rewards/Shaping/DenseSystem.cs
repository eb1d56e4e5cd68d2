using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Shaping;

/// <summary>Linear equations in double precision, for worlds of a few dozen states: Gaussian elimination with partial pivoting.</summary>
internal static class DenseSystem
{
    private const double Least = 1e-13;

    /// <summary>Solves A X = B for several right-hand sides.</summary>
    /// <param name="matrix">[n, n], left as it is.</param>
    /// <param name="right">[n, m], left as it is.</param>
    /// <param name="what">What the equations are, for the message.</param>
    /// <param name="advice">What to do where they have no single solution.</param>
    /// <returns>[n, m].</returns>
    /// <exception cref="NonFiniteException">The matrix is singular.</exception>
    public static double[,] Solve(double[,] matrix, double[,] right, string what, string advice)
    {
        int n = matrix.GetLength(0), m = right.GetLength(1);
        double[,] a = (double[,])matrix.Clone(), b = (double[,])right.Clone();
        for (int column = 0; column < n; column++)
        {
            int pivot = column;
            for (int row = column + 1; row < n; row++)
                if (Math.Abs(a[row, column]) > Math.Abs(a[pivot, column])) pivot = row;
            if (!(Math.Abs(a[pivot, column]) > Least)) throw new NonFiniteException(what, $"equation {column}, which is singular", advice);
            if (pivot != column) Exchange(a, b, column, pivot);
            for (int row = column + 1; row < n; row++)
            {
                double factor = a[row, column] / a[column, column];
                if (factor == 0) continue;
                for (int k = column; k < n; k++) a[row, k] -= factor * a[column, k];
                for (int k = 0; k < m; k++) b[row, k] -= factor * b[column, k];
            }
        }

        for (int row = n - 1; row >= 0; row--)
            for (int k = 0; k < m; k++)
            {
                double sum = b[row, k];
                for (int column = row + 1; column < n; column++) sum -= a[row, column] * b[column, k];
                b[row, k] = sum / a[row, row];
            }

        return b;
    }

    private static void Exchange(double[,] a, double[,] b, int one, int two)
    {
        for (int k = 0; k < a.GetLength(1); k++) (a[one, k], a[two, k]) = (a[two, k], a[one, k]);
        for (int k = 0; k < b.GetLength(1); k++) (b[one, k], b[two, k]) = (b[two, k], b[one, k]);
    }
}
