using EmbodiedRL.Core;

namespace EmbodiedRL.Rendering;

/// <summary>How environments lie as square tiles in one framebuffer: down each column, so that a column is read back as whole pictures.</summary>
/// <param name="Size">Pixels a side of one tile.</param>
/// <param name="Rows">Tiles of one column.</param>
/// <param name="Columns">Columns of the framebuffer.</param>
internal readonly record struct TileLayout(int Size, int Rows, int Columns)
{
    /// <summary>More tiles at once would leave the processor's caches, or the memory of a small GPU, for no gain in speed.</summary>
    private const long PixelsOfOnePass = 1 << 20;

    /// <summary>Tiles of one pass.</summary>
    public int Count => Rows * Columns;

    public int Width => Columns * Size;

    public int Height => Rows * Size;

    /// <summary>The largest layout within the driver's limit and the memory budget, and no larger than <paramref name="count"/> needs.</summary>
    /// <exception cref="EmbodiedException">Not even one tile fits.</exception>
    public static TileLayout For(int size, int count, int largestTexture)
    {
        if (size > largestTexture)
            throw new EmbodiedException($"A picture of {size}x{size} pixels was asked for, this GL driver draws at most {largestTexture}. Ask for less.");
        int budget = (int)Math.Clamp(PixelsOfOnePass / ((long)size * size), 1, int.MaxValue);
        int rows = Math.Min(Math.Min(largestTexture / size, budget), count);
        int columns = Math.Min(Math.Max(1, budget / rows), Math.Min(largestTexture / size, (count + rows - 1) / rows));
        return new TileLayout(size, rows, columns);
    }
}
