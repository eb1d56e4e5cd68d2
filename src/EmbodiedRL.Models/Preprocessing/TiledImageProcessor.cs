using System.Buffers;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Image processor of Idefics3 and SmolVLM: a picture becomes square tiles, and the whole of it squeezed to one more.</summary>
/// <remarks>Thread-safe; scratch memory is pooled.</remarks>
public sealed class TiledImageProcessor
{
    private readonly NormalizationTable _table;

    /// <summary>A processor.</summary>
    /// <param name="pixels">Filter, order of passes and normalization; sizes are not used.</param>
    /// <param name="tiles">How a picture is cut.</param>
    /// <exception cref="SettingsException">The settings are invalid.</exception>
    public TiledImageProcessor(ImageProcessorSettings pixels, TileSettings tiles)
    {
        string[] violations = [.. pixels.Violations(), .. tiles.Violations()];
        if (violations.Length > 0) throw new SettingsException("tiled image processor", violations);
        (Pixels, Tiles, _table) = (pixels, tiles, new NormalizationTable(pixels));
    }

    /// <summary>How pixels are resampled and normalized.</summary>
    public ImageProcessorSettings Pixels { get; }

    /// <summary>How a picture is cut.</summary>
    public TileSettings Tiles { get; }

    /// <summary>Numbers of a tile: 3 times its pixels.</summary>
    public int TileLength => 3 * Tiles.TileSize * Tiles.TileSize;

    /// <summary>The tiles of a picture of this size.</summary>
    public TileLayout LayoutOf(int width, int height) => TileLayout.Of(Tiles, width, height);

    /// <summary>Resizes, cuts and normalizes a picture.</summary>
    /// <param name="picture">[height, width, 3].</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="into">[tiles, 3, side, side], tiles row by row and the whole picture last; overwritten; owned by the caller.</param>
    /// <exception cref="SpecMismatchException">A length differs from what the sizes say.</exception>
    public void Process(ReadOnlySpan<byte> picture, int width, int height, Span<float> into)
    {
        PictureSize.Require("picture", width, height, 3, picture.Length);
        TileLayout layout = LayoutOf(width, height);
        SpecMismatchException.ThrowIfLength("tiles", into.Length, layout.Count * TileLength);
        byte[] current = Rent(width, height);
        picture.CopyTo(current);
        byte[] tile = Rent(Tiles.TileSize, Tiles.TileSize);
        var size = new PixelSize(width, height);
        for (int i = 0; i < layout.Resizes.Count; i++)
        {
            if (i == layout.Resizes.Count - 1) Cut(current, size, layout, tile, into);
            current = Resized(current, size, layout.Resizes[i]);
            size = layout.Resizes[i];
        }

        _table.Planes(current.AsSpan(0, TileLength), into[^TileLength..]);
        ArrayPool<byte>.Shared.Return(current);
        ArrayPool<byte>.Shared.Return(tile);
    }

    private void Cut(byte[] picture, PixelSize size, TileLayout layout, byte[] tile, Span<float> into)
    {
        int line = 3 * Tiles.TileSize;
        for (int i = 0; i < layout.Boxes.Count; i++)
        {
            TileBox box = layout.Boxes[i];
            for (int y = 0; y < Tiles.TileSize; y++)
                picture.AsSpan(3 * (((box.Top + y) * size.Width) + box.Left), line).CopyTo(tile.AsSpan(y * line));
            _table.Planes(tile.AsSpan(0, TileLength), into.Slice(i * TileLength, TileLength));
        }
    }

    private byte[] Resized(byte[] picture, PixelSize from, PixelSize to)
    {
        if (from == to) return picture;
        byte[] resized = Rent(to.Width, to.Height);
        Resampler.Resize(picture.AsSpan(0, 3 * from.Width * from.Height), from.Width, from.Height, 3,
            resized.AsSpan(0, 3 * to.Width * to.Height), to.Width, to.Height, Pixels.Filter, Pixels.Order);
        ArrayPool<byte>.Shared.Return(picture);
        return resized;
    }

    private static byte[] Rent(int width, int height) => ArrayPool<byte>.Shared.Rent(3 * width * height);
}
