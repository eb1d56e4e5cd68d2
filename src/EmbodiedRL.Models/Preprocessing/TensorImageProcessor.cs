using System.Buffers;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Tensor image processor: resizes floats instead of bytes, as VLM-RM does; nothing is rounded or clipped.</summary>
/// <remarks>
/// Bytes are divided by 255, squashed to the size of the result (aspect not kept) and normalized. Transparency follows the settings'
/// rule, except that colors are not multiplied by alpha. Thread-safe; scratch memory is pooled.
/// </remarks>
public sealed class TensorImageProcessor : IImageProcessor
{
    private readonly bool _antialias;

    /// <summary>A processor.</summary>
    /// <param name="settings">Size, filter and normalization; the mode must be <see cref="ResizeMode.Squash"/>.</param>
    /// <param name="antialias">True as newer versions of torchvision do; false as the version that VLM-RM pins does.</param>
    /// <exception cref="SettingsException">The settings are invalid.</exception>
    public TensorImageProcessor(ImageProcessorSettings settings, bool antialias = true)
    {
        settings.Validate("tensor image processor");
        if (settings.Mode != ResizeMode.Squash)
            throw new SettingsException("tensor image processor", [$"the resize mode must be {ResizeMode.Squash}, is {settings.Mode}"]);
        (Settings, _antialias) = (settings, antialias);
    }

    /// <summary>What it does.</summary>
    public ImageProcessorSettings Settings { get; }

    /// <inheritdoc/>
    public int OutputHeight => Settings.Height;

    /// <inheritdoc/>
    public int OutputWidth => Settings.Width;

    /// <inheritdoc/>
    public void Process(ReadOnlySpan<byte> pixels, int width, int height, int channels, Span<float> into)
    {
        int count = OutputHeight * OutputWidth;
        SpecMismatchException.ThrowIfLength("processed picture", into.Length, 3 * count);
        float[] buffer = ArrayPool<float>.Shared.Rent(3 * count);
        Span<float> resized = buffer.AsSpan(0, 3 * count);
        Resize(pixels, width, height, channels, resized);
        for (int c = 0; c < 3; c++)
        {
            float mean = Settings.Mean.Count > 0 ? (float)Settings.Mean[c] : 0;
            float deviation = Settings.Deviation.Count > 0 ? (float)Settings.Deviation[c] : 1;
            for (int i = 0; i < count; i++) into[c * count + i] = (resized[3 * i + c] - mean) / deviation;
        }

        ArrayPool<float>.Shared.Return(buffer);
    }

    /// <inheritdoc/>
    public void ProcessBytes(ReadOnlySpan<byte> pixels, int width, int height, int channels, Span<byte> into)
    {
        SpecMismatchException.ThrowIfLength("processed picture", into.Length, 3 * OutputHeight * OutputWidth);
        float[] buffer = ArrayPool<float>.Shared.Rent(into.Length);
        Resize(pixels, width, height, channels, buffer.AsSpan(0, into.Length));
        float unit = Settings.Scale is null ? 1 : 255;
        for (int i = 0; i < into.Length; i++)
            into[i] = (byte)Math.Clamp(MathF.Round(buffer[i] * unit, MidpointRounding.ToEven), 0, 255);
        ArrayPool<float>.Shared.Return(buffer);
    }

    private void Resize(ReadOnlySpan<byte> pixels, int width, int height, int channels, Span<float> into)
    {
        PictureSize.Require("picture", width, height, channels, pixels.Length);
        if (channels is not (1 or 3 or 4))
            throw new SpecMismatchException("picture", "1 (gray), 3 (RGB) or 4 (RGBA) channels", $"{channels}");
        byte[] bytes = ArrayPool<byte>.Shared.Rent(3 * width * height);
        Span<byte> colors = bytes.AsSpan(0, 3 * width * height);
        if (channels == 3) pixels.CopyTo(colors);
        else if (channels == 1)
            for (int i = 0; i < pixels.Length; i++) colors.Slice(3 * i, 3).Fill(pixels[i]);
        else if (Settings.Alpha == AlphaRule.CompositeOnWhite) AlphaChannel.CompositeOnWhite(pixels, colors);
        else AlphaChannel.Drop(pixels, colors);

        float[] floats = ArrayPool<float>.Shared.Rent(colors.Length);
        Span<float> scaled = floats.AsSpan(0, colors.Length);
        for (int i = 0; i < scaled.Length; i++) scaled[i] = Settings.Scale is null ? colors[i] : colors[i] / 255f;
        Resampler.ResizeFloats(scaled, width, height, 3, into, OutputWidth, OutputHeight, Settings.Filter, _antialias);
        ArrayPool<float>.Shared.Return(floats);
        ArrayPool<byte>.Shared.Return(bytes);
    }
}
