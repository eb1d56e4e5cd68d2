using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Tile of a resized picture, in pixels.</summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Right">One past the last column.</param>
/// <param name="Bottom">One past the last row.</param>
public readonly record struct TileBox(int Left, int Top, int Right, int Bottom);

/// <summary>Size of a picture, in pixels.</summary>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
public readonly record struct PixelSize(int Width, int Height);

/// <summary>Settings that say how a picture becomes tiles. Defaults: those of Idefics3.</summary>
public sealed record TileSettings
{
    /// <summary>Length of the longer edge after the first resize, upwards too; null for no first resize.</summary>
    public int? LongestEdge { get; init; } = 4 * 364;

    /// <summary>Side of a tile.</summary>
    public int TileSize { get; init; } = 364;

    /// <summary>Whether a picture larger than a tile is cut into tiles, with the whole of it as one more.</summary>
    public bool Splits { get; init; } = true;

    /// <summary>What is wrong with these settings; empty if nothing.</summary>
    public IEnumerable<string> Violations()
    {
        if (LongestEdge is < 1 or > ImageProcessorSettings.MostPixels)
            yield return $"the longest edge must be 1 to {ImageProcessorSettings.MostPixels} pixels, is {LongestEdge}";
        if (TileSize is < 1 or > ImageProcessorSettings.MostPixels)
            yield return $"the side of a tile must be 1 to {ImageProcessorSettings.MostPixels} pixels, is {TileSize}";
    }
}

/// <summary>Tile layout: the sizes that a picture is resized to one after another, and the tiles that it is cut into.</summary>
/// <param name="Resizes">In order; the last is that of the picture squeezed to one tile, where that is another size.</param>
/// <param name="Rows">Rows of tiles; 0 where the picture is not cut.</param>
/// <param name="Columns">Columns of tiles; 0 where the picture is not cut.</param>
/// <param name="Boxes">Tiles of the picture resized last but one, row by row; empty where it is not cut.</param>
public sealed record TileLayout(IReadOnlyList<PixelSize> Resizes, int Rows, int Columns, IReadOnlyList<TileBox> Boxes)
{
    /// <summary>The longest side after the first resize, whatever the settings say, as transformers bounds it.</summary>
    private const int MostEdge = 4096;

    /// <summary>Tiles, the whole picture included.</summary>
    public int Count => Boxes.Count + 1;

    /// <summary>The layout of a picture.</summary>
    /// <exception cref="SpecMismatchException">It would have more pixels than a picture may.</exception>
    public static TileLayout Of(TileSettings settings, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var size = new PixelSize(width, height);
        var resizes = new List<PixelSize>();
        if (settings.LongestEdge is { } edge) resizes.Add(size = ToLongestEdge(size, edge));
        if (settings.Splits) resizes.Add(size = ToTiles(size, settings.TileSize));
        if ((long)size.Width * size.Height * 3 > int.MaxValue)
            throw new SpecMismatchException("picture", $"tiles of less than {int.MaxValue / 3} pixels", $"{size.Width} x {size.Height}");
        int side = settings.TileSize;
        bool cuts = settings.Splits && (size.Width > side || size.Height > side);
        if (cuts || !settings.Splits) resizes.Add(new PixelSize(side, side));
        (int rows, int columns) = cuts ? (size.Height / side, size.Width / side) : (0, 0);
        TileBox Box(int i) => new(i % columns * side, i / columns * side, (i % columns + 1) * side, (i / columns + 1) * side);
        return new TileLayout(resizes, rows, columns, [.. Enumerable.Range(0, rows * columns).Select(Box)]);
    }

    // The quotients are computed as transformers computes them, in double and cut off: a rounding apart is a pixel apart.
    private static PixelSize ToLongestEdge(PixelSize size, int edge)
    {
        PixelSize resized = WithLongest(size, edge);
        resized = resized.Width >= resized.Height
            ? resized with { Height = resized.Height + (resized.Height % 2) }
            : resized with { Width = resized.Width + (resized.Width % 2) };
        resized = AtLeastOne(resized);
        return Math.Max(resized.Width, resized.Height) > MostEdge ? AtLeastOne(WithLongest(resized, MostEdge)) : resized;
    }

    private static PixelSize WithLongest(PixelSize size, int edge)
    {
        double aspect = (double)size.Width / size.Height;
        return size.Width >= size.Height ? new PixelSize(edge, (int)(edge / aspect)) : new PixelSize((int)(edge * aspect), edge);
    }

    private static PixelSize AtLeastOne(PixelSize size) => new(Math.Max(size.Width, 1), Math.Max(size.Height, 1));

    private static PixelSize ToTiles(PixelSize size, int side)
    {
        double aspect = (double)size.Width / size.Height;
        if (size.Width >= size.Height)
        {
            int width = Up(size.Width, side);
            return new PixelSize(width, Up((int)(width / aspect), side));
        }

        int height = Up(size.Height, side);
        return new PixelSize(Up((int)(height * aspect), side), height);
    }

    private static int Up(int length, int side) => Math.Max(1, (length + side - 1) / side) * side;
}
