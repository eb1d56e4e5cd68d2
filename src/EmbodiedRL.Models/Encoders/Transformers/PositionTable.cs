using EmbodiedRL.Models.Tensors;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Transformers;

/// <summary>Position embeddings on a grid of patches, resized to other grids.</summary>
internal static class PositionTable
{
    /// <summary>Coefficient of libtorch's bicubic kernel.</summary>
    private const double Sharpness = -0.75;

    /// <summary>Bicubic resizing without antialiasing, as CLIP and SigLIP interpolate.</summary>
    /// <param name="table">[from height * from width, D].</param>
    /// <param name="fromHeight">Rows of the table's grid.</param>
    /// <param name="fromWidth">Columns of the table's grid.</param>
    /// <param name="height">Rows of the new grid.</param>
    /// <param name="width">Columns of the new grid.</param>
    /// <returns>[height * width, D], fresh; the caller's scope owns it.</returns>
    public static Tensor Bicubic(Tensor table, int fromHeight, int fromWidth, int height, int width) =>
        Resize(table, CubicMatrix(fromHeight, height), CubicMatrix(fromWidth, width));

    /// <summary>Bilinear resizing with antialiasing, as SigLIP 2 does for each image.</summary>
    /// <param name="table">[from height * from width, D].</param>
    /// <param name="fromHeight">Rows of the table's grid.</param>
    /// <param name="fromWidth">Columns of the table's grid.</param>
    /// <param name="height">Rows of the new grid.</param>
    /// <param name="width">Columns of the new grid.</param>
    /// <returns>[height * width, D], fresh; the caller's scope owns it.</returns>
    public static Tensor Bilinear(Tensor table, int fromHeight, int fromWidth, int height, int width) =>
        Resize(table, TriangleMatrix(fromHeight, height), TriangleMatrix(fromWidth, width));

    private static Tensor Resize(Tensor table, double[,] rows, double[,] columns)
    {
        (int height, int fromHeight, int width, int fromWidth) =
            (rows.GetLength(0), rows.GetLength(1), columns.GetLength(0), columns.GetLength(1));
        // in the precision of the table, but never below single: the tables of half-precision checkpoints are summed too
        ScalarType type = table.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        Tensor grid = table.to(type).view(fromHeight, fromWidth, -1);
        Tensor down = tensor(rows, type, table.device), along = tensor(columns, type, table.device);
        Tensor resized = einsum("ab,bcd,ec->aed", down, grid, along);
        return resized.reshape(height * width, -1).to(table.dtype);
    }

    /// <summary>[to, from]: weights of the four nearest places, clamped to the edges.</summary>
    private static double[,] CubicMatrix(int from, int to)
    {
        double[,] matrix = new double[to, from];
        double scale = (double)from / to;
        for (int i = 0; i < to; i++)
        {
            double place = ((i + 0.5) * scale) - 0.5;
            int first = (int)Math.Floor(place);
            for (int tap = -1; tap <= 2; tap++)
                matrix[i, Math.Clamp(first + tap, 0, from - 1)] += Cubic(Math.Abs(place - first - tap));
        }

        return matrix;
    }

    private static double Cubic(double x) => x <= 1
        ? ((((Sharpness + 2) * x) - (Sharpness + 3)) * x * x) + 1
        : ((((Sharpness * x) - (5 * Sharpness)) * x) + (8 * Sharpness)) * x - (4 * Sharpness);

    /// <summary>[to, from]: a triangle as wide as what it stands for, normalized.</summary>
    private static double[,] TriangleMatrix(int from, int to)
    {
        double[,] matrix = new double[to, from];
        double scale = (double)from / to, support = Math.Max(scale, 1);
        for (int i = 0; i < to; i++)
        {
            double center = (i + 0.5) * scale, sum = 0;
            int first = Math.Max((int)(center - support + 0.5), 0), last = Math.Min((int)(center + support + 0.5), from);
            for (int j = first; j < last; j++) sum += matrix[i, j] = Math.Max(0, 1 - Math.Abs((j - center + 0.5) / support));
            for (int j = first; j < last; j++) matrix[i, j] /= sum;
        }

        return matrix;
    }
}
