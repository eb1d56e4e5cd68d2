using System.Buffers;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Antialiased resampler: resizes pictures of bytes bit for bit as Pillow does, and of floats as Pillow and torch do.</summary>
/// <remarks>
/// Two passes, one an axis; an axis of unchanged length is not filtered. Bytes are rounded and clipped after each pass. Pixels lie in
/// rows, [height, width, channels]. Thread-safe.
/// </remarks>
public static class Resampler
{
    /// <summary>The longest side of a picture that is accepted.</summary>
    public const int MostPixels = 1 << 20;

    private const int MostBetween = 64 << 20;

    /// <summary>Resizes a picture of bytes.</summary>
    /// <param name="source">[height, width, channels].</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="channels">1, 3 or 4, each filtered alone.</param>
    /// <param name="into">[outputHeight, outputWidth, channels]; overwritten; owned by the caller.</param>
    /// <param name="outputWidth">Pixels.</param>
    /// <param name="outputHeight">Pixels.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="order">Which axis comes first.</param>
    /// <exception cref="SpecMismatchException">A length differs from what the sizes say.</exception>
    public static void Resize(
        ReadOnlySpan<byte> source, int width, int height, int channels,
        Span<byte> into, int outputWidth, int outputHeight,
        ResampleFilter filter, PassOrder order = PassOrder.HorizontalFirst)
    {
        Check(source.Length, width, height, channels, into.Length, outputWidth, outputHeight);
        var region = new ResizeRegion(outputWidth, outputHeight, 0, 0, outputWidth, outputHeight);
        ResizeInto(source, width, height, channels, region, into, filter, order);
    }

    /// <summary>Resizes a picture with transparency: colors are multiplied by alpha before and divided by it afterwards.</summary>
    /// <param name="source">[height, width, 4]: red, green, blue, alpha.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="into">[outputHeight, outputWidth, 4]; overwritten; owned by the caller.</param>
    /// <param name="outputWidth">Pixels.</param>
    /// <param name="outputHeight">Pixels.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="order">Which axis comes first.</param>
    /// <exception cref="SpecMismatchException">A length differs from what the sizes say.</exception>
    public static void ResizeRgba(
        ReadOnlySpan<byte> source, int width, int height,
        Span<byte> into, int outputWidth, int outputHeight,
        ResampleFilter filter, PassOrder order = PassOrder.HorizontalFirst)
    {
        Check(source.Length, width, height, 4, into.Length, outputWidth, outputHeight);
        if (width == outputWidth && height == outputHeight)
        {
            source.CopyTo(into);
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(source.Length);
        Span<byte> premultiplied = buffer.AsSpan(0, source.Length);
        AlphaChannel.Premultiply(source, premultiplied);
        Resize(premultiplied, width, height, 4, into, outputWidth, outputHeight, filter, order);
        AlphaChannel.Unpremultiply(into);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Resizes a picture of floats; nothing is rounded or clipped.</summary>
    /// <param name="source">[height, width, channels].</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="channels">At least 1, each filtered alone.</param>
    /// <param name="into">[outputHeight, outputWidth, channels]; overwritten; owned by the caller.</param>
    /// <param name="outputWidth">Pixels.</param>
    /// <param name="outputHeight">Pixels.</param>
    /// <param name="filter">The filter.</param>
    /// <param name="antialias">
    /// True widens the filter where the picture shrinks (Pillow's mode F, and torch with antialias; cubic a = -0.5). False is torch
    /// without antialias: 2 or 4 taps with clamped edges (cubic a = -0.75).
    /// </param>
    /// <exception cref="SpecMismatchException">A length differs from what the sizes say.</exception>
    public static void ResizeFloats(
        ReadOnlySpan<float> source, int width, int height, int channels,
        Span<float> into, int outputWidth, int outputHeight,
        ResampleFilter filter, bool antialias = true)
    {
        Check(source.Length, width, height, channels, into.Length, outputWidth, outputHeight);
        float[] buffer = ArrayPool<float>.Shared.Rent(height * outputWidth * channels);
        Span<float> rows = buffer.AsSpan(0, height * outputWidth * channels);
        if (width == outputWidth) source.CopyTo(rows);
        else FloatPass(source, height, width, channels, ResampleTaps.Of(width, outputWidth, 0, outputWidth, filter, antialias), rows);
        if (height == outputHeight) rows.CopyTo(into);
        else
            FloatPass(rows, 1, height, outputWidth * channels,
                ResampleTaps.Of(height, outputHeight, 0, outputHeight, filter, antialias), into);
        ArrayPool<float>.Shared.Return(buffer);
    }

    /// <summary>Resizes, but computes a region of the result only: what a crop keeps.</summary>
    /// <param name="source">[height, width, channels].</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="channels">1, 3 or 4.</param>
    /// <param name="region">Size of the whole result and the part of it that is wanted.</param>
    /// <param name="into">[region.Rows, region.Columns, channels].</param>
    /// <param name="filter">The filter.</param>
    /// <param name="order">Which axis comes first.</param>
    /// <param name="vectorized">False for the plain passes.</param>
    internal static void ResizeInto(
        ReadOnlySpan<byte> source, int width, int height, int channels, in ResizeRegion region, Span<byte> into,
        ResampleFilter filter, PassOrder order, bool vectorized = true)
    {
        ResampleTaps? columns = region.Width == width
            ? null
            : ResampleTaps.Of(width, region.Width, region.Left, region.Columns, filter);
        ResampleTaps? rows = region.Height == height
            ? null
            : ResampleTaps.Of(height, region.Height, region.Top, region.Rows, filter);
        int stride = width * channels, target = region.Columns * channels;
        switch (columns, rows)
        {
            case (null, null):
                for (int y = 0; y < region.Rows; y++)
                    source.Slice((region.Top + y) * stride + region.Left * channels, target).CopyTo(into[(y * target)..]);
                break;
            case (not null, null):
                ResamplePasses.Horizontal(source[(region.Top * stride)..], stride, region.Rows, channels, 0, columns, into, vectorized);
                break;
            case (null, not null):
                ResamplePasses.Vertical(source[(region.Left * channels)..], stride, target, 0, rows, into, vectorized);
                break;
            case (not null, not null) when region.Rows > 1 && Between(columns, rows, channels) > MostBetween:
                int upper = region.Rows / 2;
                ResizeInto(source, width, height, channels, region with { Rows = upper }, into, filter, order, vectorized);
                ResizeInto(source, width, height, channels, region with { Top = region.Top + upper, Rows = region.Rows - upper },
                    into[(upper * target)..], filter, order, vectorized);
                break;
            case (not null, not null) when order == PassOrder.PillowThirteen && RowsFirst(width, height, region):
                BothRowsFirst(source, stride, channels, columns, rows, into, vectorized);
                break;
            case (not null, not null):
                BothColumnsFirst(source, stride, channels, columns, rows, into, vectorized);
                break;
        }
    }

    /// <summary>The most bytes that lie between the two passes, in either order.</summary>
    private static long Between(ResampleTaps columns, ResampleTaps rows, int channels) =>
        Math.Max((long)(rows.End - rows.First) * columns.Count, (long)rows.Count * (columns.End - columns.First)) * channels;

    private static bool RowsFirst(int width, int height, in ResizeRegion region)
    {
        long saved = (long)height - region.Height;
        return saved > 0 && saved > 2L * ((long)width - region.Width);
    }

    private static void BothColumnsFirst(
        ReadOnlySpan<byte> source, int stride, int channels, ResampleTaps columns, ResampleTaps rows, Span<byte> into, bool vectorized)
    {
        int first = rows.First, count = rows.End - first, width = columns.Count * channels;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(count * width);
        Span<byte> between = buffer.AsSpan(0, count * width);
        ResamplePasses.Horizontal(source[(first * stride)..], stride, count, channels, 0, columns, between, vectorized);
        ResamplePasses.Vertical(between, width, width, first, rows, into, vectorized);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static void BothRowsFirst(
        ReadOnlySpan<byte> source, int stride, int channels, ResampleTaps columns, ResampleTaps rows, Span<byte> into, bool vectorized)
    {
        int first = columns.First, width = (columns.End - first) * channels;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(rows.Count * width);
        Span<byte> between = buffer.AsSpan(0, rows.Count * width);
        ResamplePasses.Vertical(source[(first * channels)..], stride, width, 0, rows, between, vectorized);
        ResamplePasses.Horizontal(between, width, rows.Count, channels, first, columns, into, vectorized);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Filters the middle axis of [outer, axis, inner].</summary>
    private static void FloatPass(ReadOnlySpan<float> source, int outer, int axis, int inner, ResampleTaps taps, Span<float> into)
    {
        for (int row = 0; row < outer; row++)
            for (int x = 0; x < taps.Count; x++)
                for (int i = 0; i < inner; i++)
                {
                    double sum = 0;
                    int place = (row * axis + taps.Starts[x]) * inner + i;
                    for (int k = 0; k < taps.Counts[x]; k++, place += inner) sum += source[place] * taps.Exact[x * taps.Width + k];
                    into[(row * taps.Count + x) * inner + i] = (float)sum;
                }
    }

    private static void Check(int length, int width, int height, int channels, int output, int outputWidth, int outputHeight)
    {
        PictureSize.Require("picture to resize", width, height, channels, length);
        PictureSize.Require("resized picture", outputWidth, outputHeight, channels, output);
    }
}

/// <summary>Region of a resized picture: the size of the whole, and the part that is computed.</summary>
/// <param name="Width">Columns of the whole.</param>
/// <param name="Height">Rows of the whole.</param>
/// <param name="Left">First column computed.</param>
/// <param name="Top">First row computed.</param>
/// <param name="Columns">How many columns.</param>
/// <param name="Rows">How many rows.</param>
internal readonly record struct ResizeRegion(int Width, int Height, int Left, int Top, int Columns, int Rows);

/// <summary>Picture size: checks that a buffer holds what its sizes say.</summary>
internal static class PictureSize
{
    /// <summary>Throws unless both sides and the channels are positive and the length is their product.</summary>
    /// <exception cref="SpecMismatchException">They are not.</exception>
    public static void Require(string what, int width, int height, int channels, int length)
    {
        if (width is < 1 or > Resampler.MostPixels || height is < 1 or > Resampler.MostPixels || channels < 1)
            throw new SpecMismatchException(what, $"sides of 1 to {Resampler.MostPixels} pixels and a channel or more",
                $"{width} x {height} x {channels}");
        if (length != (long)width * height * channels)
            throw new SpecMismatchException(what, $"{(long)width * height * channels} values ({width} x {height} x {channels})",
                $"{length}");
    }
}
