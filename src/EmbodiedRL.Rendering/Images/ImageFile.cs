using EmbodiedRL.Core;
using SkiaSharp;

namespace EmbodiedRL.Rendering.Images;

/// <summary>Pictures in and out of files; the only place that knows the image library.</summary>
public static class ImageFile
{
    /// <summary>Writes a PNG; the folder is made if it is missing.</summary>
    /// <param name="path">Overwritten.</param>
    /// <param name="rgb">[H, W, 3], row 0 at the top.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    public static void WritePng(string path, ReadOnlySpan<byte> rgb, int width, int height)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        File.WriteAllBytes(path, EncodePng(rgb, width, height));
    }

    /// <summary>Writes a PNG; the folder is made if it is missing.</summary>
    public static void WritePng(string path, Picture picture) => WritePng(path, picture.Rgb, picture.Width, picture.Height);

    /// <summary>A JPEG in memory, for pictures that come and go.</summary>
    /// <param name="rgb">[H, W, 3], row 0 at the top.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="quality">1 to 100.</param>
    public static byte[] EncodeJpeg(ReadOnlySpan<byte> rgb, int width, int height, int quality)
    {
        using SKBitmap bitmap = ToBitmap(rgb, width, height);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Jpeg, quality);
        return data.ToArray();
    }

    /// <summary>A PNG in memory.</summary>
    /// <param name="rgb">[H, W, 3], row 0 at the top.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    public static byte[] EncodePng(ReadOnlySpan<byte> rgb, int width, int height)
    {
        using SKBitmap bitmap = ToBitmap(rgb, width, height);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>Reads a PNG, JPEG or WebP; transparent pixels are shown on black.</summary>
    /// <returns>The picture; the caller's.</returns>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is not a picture.</exception>
    public static Picture ReadRgb(string path)
    {
        if (!File.Exists(path)) throw new AssetMissingException("The picture", path, "Check the path.");
        using SKBitmap bitmap = SKBitmap.Decode(path)
            ?? throw new CorruptFileException(path, "a PNG, JPEG or WebP picture", "something else or a part of one");
        return new Picture(ToRgb(bitmap), bitmap.Width, bitmap.Height);
    }

    /// <summary>Reads a PNG, JPEG or WebP that is in memory.</summary>
    /// <returns>The picture; the caller's.</returns>
    /// <exception cref="CorruptFileException">It is not a picture.</exception>
    public static Picture DecodeRgb(byte[] file)
    {
        using SKBitmap bitmap = SKBitmap.Decode(file)
            ?? throw new CorruptFileException("A picture in memory", "a PNG, JPEG or WebP picture", "something else or a part of one");
        return new Picture(ToRgb(bitmap), bitmap.Width, bitmap.Height);
    }

    /// <summary>A picture at another size, smoothly.</summary>
    /// <param name="rgb">[H, W, 3].</param>
    /// <param name="width">Pixels, as it is.</param>
    /// <param name="height">Pixels, as it is.</param>
    /// <param name="newWidth">Pixels, as wanted.</param>
    /// <param name="newHeight">Pixels, as wanted.</param>
    /// <returns>[newH, newW, 3]; the caller's.</returns>
    public static byte[] Resize(ReadOnlySpan<byte> rgb, int width, int height, int newWidth, int newHeight)
    {
        using SKBitmap bitmap = ToBitmap(rgb, width, height);
        // Mipmaps when shrinking, so that no row of the original is skipped; cubic when growing.
        SKSamplingOptions sampling = newWidth < width
            ? new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear)
            : new SKSamplingOptions(SKCubicResampler.Mitchell);
        using SKBitmap resized = bitmap.Resize(Info(newWidth, newHeight), sampling)
            ?? throw new SpecMismatchException("size", "at least 1x1 pixels", $"{newWidth}x{newHeight}");
        return ToRgb(resized);
    }

    /// <summary>The largest square in the middle of a picture, at another size: what an image model is shown.</summary>
    /// <param name="picture">Of any size.</param>
    /// <param name="size">Width and height wanted, in pixels.</param>
    /// <returns>[size, size, 3]; the caller's.</returns>
    public static byte[] ResizeSquare(Picture picture, int size)
    {
        int side = Math.Min(picture.Width, picture.Height), left = (picture.Width - side) / 2, top = (picture.Height - side) / 2;
        byte[] square = new byte[side * side * 3];
        for (int y = 0; y < side; y++) picture.Rgb.AsSpan((((top + y) * picture.Width) + left) * 3, side * 3).CopyTo(square.AsSpan(y * side * 3));
        return side == size ? square : Resize(square, side, side, size, size);
    }

    internal static SKBitmap ToBitmap(ReadOnlySpan<byte> rgb, int width, int height)
    {
        SpecMismatchException.ThrowIfLength("picture [H, W, 3]", rgb.Length, checked(width * height * 3));
        var bitmap = new SKBitmap(Info(width, height));
        Span<byte> rgba = bitmap.GetPixelSpan();
        for (int from = 0, to = 0; from < rgb.Length; from += 3, to += 4)
        {
            rgb.Slice(from, 3).CopyTo(rgba[to..]);
            rgba[to + 3] = byte.MaxValue;
        }
        return bitmap;
    }

    internal static byte[] ToRgb(SKBitmap bitmap)
    {
        using SKBitmap rgba = new(Info(bitmap.Width, bitmap.Height));
        if (bitmap.Info != rgba.Info)
        {
            using var canvas = new SKCanvas(rgba);
            canvas.Clear(SKColors.Black);
            canvas.DrawBitmap(bitmap, 0, 0);
        }
        ReadOnlySpan<byte> source = bitmap.Info == rgba.Info ? bitmap.GetPixelSpan() : rgba.GetPixelSpan();
        var rgb = new byte[bitmap.Width * bitmap.Height * 3];
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3) source.Slice(from, 3).CopyTo(rgb.AsSpan(to));
        return rgb;
    }

    private static SKImageInfo Info(int width, int height) => new(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
}
