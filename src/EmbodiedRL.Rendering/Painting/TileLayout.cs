using EmbodiedRL.Core;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>
/// Tile layout: environments as square tiles in one framebuffer, down each column, so that a column is read back as whole images.
/// </summary>
/// <param name="Size">Pixels a side of one tile.</param>
/// <param name="Rows">Tiles of one column.</param>
/// <param name="Columns">Columns of the framebuffer.</param>
internal readonly record struct TileLayout(int Size, int Rows, int Columns)
{
    /// <summary>
    /// Pixels of one pass: more would leave the processor's caches where it draws itself, or the
    /// memory of a small GPU, for no gain in speed.
    /// </summary>
    public const long SoftwarePixels = 1 << 17, GpuPixels = 1 << 22;

    /// <summary>Tiles of one pass.</summary>
    public int Count => Rows * Columns;

    public int Width => Columns * Size;

    public int Height => Rows * Size;

    /// <summary>
    /// The largest layout within the driver's limit and the memory budget, and no larger than <paramref name="count"/> needs.
    /// </summary>
    /// <param name="size">Pixels a side.</param>
    /// <param name="count">Tiles.</param>
    /// <param name="largestTexture">Pixels a side that the driver draws into at most.</param>
    /// <param name="pixels">The memory budget: pixels of one pass.</param>
    /// <param name="largest">By how much other buffers of the same layout have larger tiles: shadow maps, several samples a pixel.</param>
    /// <exception cref="EmbodiedException">Not even one tile fits.</exception>
    public static TileLayout For(int size, int count, int largestTexture, long pixels, int largest = 1)
    {
        if (size * largest > largestTexture)
            throw new EmbodiedException($"A picture of {size * largest}x{size * largest} pixels was asked for, this GL driver draws at "
                + $"most {largestTexture}. Ask for less.");
        int budget = (int)Math.Clamp(pixels / ((long)size * size), 1, int.MaxValue), most = largestTexture / (size * largest);
        int rows = Math.Min(Math.Min(most, budget), count);
        int columns = Math.Min(Math.Max(1, budget / rows), Math.Min(most, (count + rows - 1) / rows));
        return new TileLayout(size, rows, columns);
    }

    /// <summary>The same tiles at another size.</summary>
    public TileLayout At(int size) => this with { Size = size };
}
