using System.Buffers;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Image processor of CLIP, SigLIP and open_clip: resize in bytes, crop or pad, then normalize by table.</summary>
/// <remarks>Only the pixels that a crop keeps are computed. Thread-safe; scratch memory is pooled.</remarks>
public sealed class ImageProcessor : IImageProcessor
{
    /// <summary>A processor.</summary>
    /// <exception cref="SettingsException">The settings are invalid.</exception>
    public ImageProcessor(ImageProcessorSettings settings)
    {
        settings.Validate("image processor");
        Settings = settings;
        Table = new NormalizationTable(settings);
    }

    /// <summary>What it does.</summary>
    public ImageProcessorSettings Settings { get; }

    /// <summary>The float of every byte.</summary>
    public NormalizationTable Table { get; }

    /// <inheritdoc/>
    public int OutputHeight => Settings.Height;

    /// <inheritdoc/>
    public int OutputWidth => Settings.Width;

    /// <inheritdoc/>
    public void Process(ReadOnlySpan<byte> pixels, int width, int height, int channels, Span<float> into)
    {
        int length = 3 * OutputHeight * OutputWidth;
        SpecMismatchException.ThrowIfLength("processed picture", into.Length, length);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        ProcessBytes(pixels, width, height, channels, buffer.AsSpan(0, length));
        Table.Planes(buffer.AsSpan(0, length), into);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <inheritdoc/>
    public void ProcessBytes(ReadOnlySpan<byte> pixels, int width, int height, int channels, Span<byte> into)
    {
        PictureSize.Require("picture", width, height, channels, pixels.Length);
        SpecMismatchException.ThrowIfLength("processed picture", into.Length, 3 * OutputHeight * OutputWidth);
        ResizeLayout layout = ResizeLayout.Of(Settings, width, height);
        switch (channels)
        {
            case 3 when layout.IsWhole:
                Resize(pixels, width, height, 3, layout.Region, into);
                return;
            case 1 or 3:
                ResizeAndPlace(pixels, width, height, channels, layout, into);
                return;
            case 4:
                ProcessTransparent(pixels, width, height, layout, into);
                return;
            default:
                throw new SpecMismatchException("picture", "1 (gray), 3 (RGB) or 4 (RGBA) channels", $"{channels}");
        }
    }

    private void ProcessTransparent(ReadOnlySpan<byte> pixels, int width, int height, in ResizeLayout layout, Span<byte> into)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(pixels.Length);
        bool resized = layout.Region.Width != width || layout.Region.Height != height;
        if (Settings.Alpha == AlphaRule.Premultiply && resized)
        {
            Span<byte> premultiplied = buffer.AsSpan(0, pixels.Length);
            AlphaChannel.Premultiply(pixels, premultiplied);
            ResizeAndPlace(premultiplied, width, height, 4, layout, into);
        }
        else
        {
            Span<byte> colors = buffer.AsSpan(0, 3 * width * height);
            if (Settings.Alpha == AlphaRule.CompositeOnWhite) AlphaChannel.CompositeOnWhite(pixels, colors);
            else AlphaChannel.Drop(pixels, colors);
            ResizeAndPlace(colors, width, height, 3, layout, into);
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    private void ResizeAndPlace(
        ReadOnlySpan<byte> pixels, int width, int height, int channels, in ResizeLayout layout, Span<byte> into)
    {
        int columns = layout.Region.Columns, rows = layout.Region.Rows, length = rows * columns * channels;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        Span<byte> resized = buffer.AsSpan(0, length);
        Resize(pixels, width, height, channels, layout.Region, resized);
        if (channels == 4) AlphaChannel.Unpremultiply(resized);
        if (!layout.IsWhole)
            for (int i = 0; i < into.Length; i++) into[i] = (byte)Settings.Fill[i % 3];
        for (int y = 0; y < rows; y++)
        {
            int target = ((layout.PadTop + y) * OutputWidth + layout.PadLeft) * 3;
            ReadOnlySpan<byte> row = resized.Slice(y * columns * channels, columns * channels);
            for (int x = 0; x < columns; x++, target += 3)
                for (int c = 0; c < 3; c++)
                    into[target + c] = row[x * channels + (channels == 1 ? 0 : c)];
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    private void Resize(ReadOnlySpan<byte> pixels, int width, int height, int channels, in ResizeRegion region, Span<byte> into) =>
        Resampler.ResizeInto(pixels, width, height, channels, region, into, Settings.Filter, Settings.Order);
}
