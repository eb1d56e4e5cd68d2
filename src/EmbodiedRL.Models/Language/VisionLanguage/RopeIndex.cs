using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Language.VisionLanguage;

/// <summary>Positions of three axes (M-RoPE): text counts on all of them, image tokens count their frame, row and column.</summary>
/// <remarks>
/// An image begins one after the largest position before it; what follows it goes on one after the largest of its own. Section 2.1 of
/// the paper.
/// </remarks>
[Paper("2409.12191", "Qwen2-VL: Enhancing Vision-Language Model's Perception of the World at Any Resolution", Year = 2024)]
internal static class RopeIndex
{
    /// <summary>Positions of rows.</summary>
    /// <param name="ids">[B, T].</param>
    /// <param name="mask">[B, T], whether a token is real; others take position 0.</param>
    /// <param name="rows">B.</param>
    /// <param name="grids">Of the images of all rows, in order.</param>
    /// <param name="merge">Patches of a side that are merged to one token.</param>
    /// <param name="imageToken">Stands for one feature.</param>
    /// <param name="starts">[B], the first position of each row.</param>
    /// <returns>[3, B, T], and [B], the positions that come next.</returns>
    /// <exception cref="SpecMismatchException">Tokens of an image do not follow each other, or are not as many as its features.</exception>
    public static (long[] Positions, long[] Next) Of(ReadOnlySpan<long> ids, ReadOnlySpan<bool> mask, int rows,
        IReadOnlyList<ImageGrid> grids, int merge, long imageToken, ReadOnlySpan<long> starts)
    {
        int length = ids.Length / rows, axis = ids.Length, image = 0;
        long[] positions = new long[3 * axis], next = new long[rows];
        for (int row = 0; row < rows; row++)
        {
            long at = starts[row];
            for (int column = 0; column < length; column++)
            {
                int place = (row * length) + column;
                if (!mask[place]) continue;
                if (ids[place] != imageToken)
                {
                    positions[place] = positions[axis + place] = positions[(2 * axis) + place] = at++;
                    continue;
                }

                ImageGrid grid = image < grids.Count ? grids[image] : throw Wrong(row, $"{grids.Count} images in all", "more of them");
                int high = grid.Height / merge, wide = grid.Width / merge, count = grid.Features(merge);
                for (int token = 0; token < count; token++, place++)
                {
                    if (column + token >= length || !mask[place] || ids[place] != imageToken)
                        throw Wrong(row, $"{count} in a row for image {image}", $"{token}");
                    positions[place] = at + (token / (high * wide));
                    positions[axis + place] = at + (token / wide % high);
                    positions[(2 * axis) + place] = at + (token % wide);
                }

                at += Math.Max(grid.Time, Math.Max(high, wide));
                column += count - 1;
                image++;
            }

            next[row] = at;
        }

        if (image != grids.Count) throw Wrong(rows - 1, $"{grids.Count} images in all", $"{image}");
        return (positions, next);
    }

    private static SpecMismatchException Wrong(int row, string expected, string found) =>
        new($"image tokens up to row {row}", expected, found);
}
