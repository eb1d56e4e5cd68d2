using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Language.VisionLanguage;

/// <summary>Size of an image or clip in patches.</summary>
/// <param name="Time">Patches in time; 1 for an image.</param>
/// <param name="Height">Rows of patches.</param>
/// <param name="Width">Columns of patches.</param>
internal readonly record struct ImageGrid(int Time, int Height, int Width)
{
    /// <summary>All patches.</summary>
    public int Patches => Time * Height * Width;

    /// <summary>Features, where so many patches a side are merged to one.</summary>
    public int Features(int merge) => Time * (Height / merge) * (Width / merge);
}

/// <summary>Window order: the order in which Qwen2.5-VL's image tower reads features, window by window of each frame.</summary>
/// <param name="Index">[features]: feature, in the order of rows, that stands at each place.</param>
/// <param name="WindowEnds">Where windows end, in patches, from 0 on.</param>
/// <param name="FrameEnds">Where frames end, in patches, from 0 on.</param>
/// <param name="Positions">[patches], row and column of each patch, in the order in which patches come.</param>
internal sealed record WindowOrder(
    long[] Index, IReadOnlyList<int> WindowEnds, IReadOnlyList<int> FrameEnds, IReadOnlyList<(int Row, int Column)> Positions)
{
    /// <summary>The order of images.</summary>
    /// <param name="grids">Of each.</param>
    /// <param name="merge">Patches of a side that are merged to one feature.</param>
    /// <param name="window">Features of a side of a window.</param>
    /// <exception cref="SpecMismatchException">A side is no multiple of the merge.</exception>
    public static WindowOrder Of(IReadOnlyList<ImageGrid> grids, int merge, int window)
    {
        var index = new List<long>();
        List<int> windows = [0], frames = [0];
        var positions = new List<(int, int)>();
        foreach (ImageGrid grid in grids)
        {
            if (grid.Time < 1 || grid.Height < merge || grid.Width < merge || grid.Height % merge != 0 || grid.Width % merge != 0)
                throw new SpecMismatchException("grid of an image", $"at least one frame, sides that are multiples of {merge} patches",
                    $"{grid.Time} x {grid.Height} x {grid.Width}");
            (int rows, int columns) = (grid.Height / merge, grid.Width / merge);
            for (int frame = 0; frame < grid.Time; frame++)
            {
                int first = index.Count;
                for (int top = 0; top < rows; top += window)
                    for (int left = 0; left < columns; left += window)
                    {
                        for (int row = top; row < Math.Min(top + window, rows); row++)
                            for (int column = left; column < Math.Min(left + window, columns); column++)
                                index.Add(first + (row * columns) + column);
                        windows.Add(index.Count * merge * merge);
                    }

                for (int block = 0; block < rows * columns; block++)
                    for (int inner = 0; inner < merge * merge; inner++)
                        positions.Add(((block / columns * merge) + (inner / merge), (block % columns * merge) + (inner % merge)));
                frames.Add(index.Count * merge * merge);
            }
        }

        return new WindowOrder([.. index], windows, frames, positions);
    }
}
