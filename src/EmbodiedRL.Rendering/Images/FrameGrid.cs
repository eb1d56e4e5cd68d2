using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;

namespace EmbodiedRL.Rendering.Images;

/// <summary>Grid of frames: many frames as one image, row by row.</summary>
public static class FrameGrid
{
    /// <summary>Lays frames out in a grid as nearly square as their number allows; what is left over stays black.</summary>
    /// <param name="frames">[N, H, W, 3].</param>
    /// <param name="count">N, at least 1.</param>
    /// <param name="width">Pixels of one frame.</param>
    /// <param name="height">Pixels of one frame.</param>
    /// <param name="columns">Frames side by side; 0 to choose.</param>
    /// <exception cref="SpecMismatchException">The frames are not as long as their number and size ask for.</exception>
    public static RgbImage Compose(ReadOnlySpan<byte> frames, int count, int width, int height, int columns = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (columns <= 0) columns = (int)Math.Ceiling(Math.Sqrt(count));
        int rows = (count + columns - 1) / columns;
        byte[] rgb = new byte[checked(rows * height * columns * width * 3)];
        ComposeInto(rgb, frames, count, width, height, columns);
        return new RgbImage(rgb, columns * width, rows * height);
    }

    /// <summary>The same into memory that is kept, for videos.</summary>
    /// <param name="grid">[rows * H, columns * W, 3]; what no frame covers stays as it is.</param>
    /// <param name="frames">[N, H, W, 3].</param>
    /// <param name="count">N, at least 1.</param>
    /// <param name="width">Pixels of one frame.</param>
    /// <param name="height">Pixels of one frame.</param>
    /// <param name="columns">Frames side by side, at least 1.</param>
    /// <exception cref="SpecMismatchException">A length is not what number and size ask for.</exception>
    public static void ComposeInto(Span<byte> grid, ReadOnlySpan<byte> frames, int count, int width, int height, int columns)
    {
        SpecMismatchException.ThrowIfLength("frames [N, H, W, 3]", frames.Length, checked(count * width * height * 3));
        int line = width * 3, stride = columns * line;
        SpecMismatchException.ThrowIfLength("grid [H, W, 3]", grid.Length, (count + columns - 1) / columns * height * stride);
        for (int i = 0; i < count; i++)
        {
            int corner = (i / columns * height * stride) + (i % columns * line);
            for (int y = 0; y < height; y++) frames.Slice(((i * height) + y) * line, line).CopyTo(grid[(corner + (y * stride))..]);
        }
    }
}
