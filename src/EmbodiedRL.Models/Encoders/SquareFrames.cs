using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Encoders;

/// <summary>Resizing of images to a square: the middle is cut out, and every pixel becomes the mean of the area it covers.</summary>
/// <remarks>
/// Where the side is a whole multiple, this is the exact mean of blocks of pixels, rounded half up; what is smaller is enlarged by the
/// nearest pixels, weighted by area.
/// </remarks>
public static class SquareFrames
{
    /// <summary>Resizes images.</summary>
    /// <param name="frames">uint8 [B, H, W, 3].</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="size">Width and height afterwards.</param>
    /// <param name="into">[B, size, size, 3], overwritten.</param>
    public static void Resize(ReadOnlySpan<byte> frames, int width, int height, int size, Span<byte> into)
    {
        int side = Math.Min(width, height), left = (width - side) / 2, top = (height - side) / 2;
        int from = width * height * 3, to = size * size * 3, count = into.Length / to;
        (int First, float[] Shares)[] spans = [.. Enumerable.Range(0, size).Select(place => Span(place, side, size))];
        for (int frame = 0; frame < count; frame++)
        {
            ReadOnlySpan<byte> source = frames.Slice(frame * from, from);
            Span<byte> target = into.Slice(frame * to, to);
            if (side % size == 0) Average(source, width, left, top, side / size, size, target);
            else
                for (int y = 0; y < size; y++)
                    for (int x = 0; x < size; x++)
                        Weigh(source, width, left, top, spans[x], spans[y], target.Slice(((y * size) + x) * 3, 3));
        }
    }

    private static void Average(ReadOnlySpan<byte> source, int width, int left, int top, int block, int size, Span<byte> target)
    {
        int pixels = block * block, half = pixels / 2;
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++)
            {
                int red = half, green = half, blue = half;
                for (int v = 0; v < block; v++)
                {
                    int at = ((((top + (y * block) + v) * width) + left + (x * block)) * 3);
                    for (int u = 0; u < block; u++, at += 3)
                        (red, green, blue) = (red + source[at], green + source[at + 1], blue + source[at + 2]);
                }

                int to = ((y * size) + x) * 3;
                (target[to], target[to + 1], target[to + 2]) = ((byte)(red / pixels), (byte)(green / pixels), (byte)(blue / pixels));
            }
    }

    private static void Weigh(ReadOnlySpan<byte> source, int width, int left, int top, (int First, float[] Shares) across,
        (int First, float[] Shares) down, Span<byte> pixel)
    {
        float red = 0, green = 0, blue = 0;
        for (int v = 0; v < down.Shares.Length; v++)
            for (int u = 0; u < across.Shares.Length; u++)
            {
                float share = down.Shares[v] * across.Shares[u];
                int at = (((top + down.First + v) * width) + left + across.First + u) * 3;
                (red, green, blue) = (red + (share * source[at]), green + (share * source[at + 1]), blue + (share * source[at + 2]));
            }

        (pixel[0], pixel[1], pixel[2]) = (Round(red), Round(green), Round(blue));
    }

    private static byte Round(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);

    /// <summary>Which pixels a place covers, and the share of each.</summary>
    private static (int First, float[] Shares) Span(int place, int side, int size)
    {
        double begin = (double)place * side / size, end = (double)(place + 1) * side / size;
        int first = (int)begin, last = Math.Min(side - 1, (int)Math.Ceiling(end) - 1);
        float[] shares = new float[last - first + 1];
        for (int i = 0; i < shares.Length; i++)
            shares[i] = (float)((Math.Min(end, first + i + 1) - Math.Max(begin, first + i)) / (end - begin));
        return (first, shares);
    }
}
