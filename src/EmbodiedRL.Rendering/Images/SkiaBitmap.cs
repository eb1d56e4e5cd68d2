using EmbodiedRL.Core;
using SkiaSharp;

namespace EmbodiedRL.Rendering.Images;

/// <summary>Skia bitmap of an image, on which text is drawn.</summary>
internal static class SkiaBitmap
{
    /// <summary>A copy of an image [H, W, 3]; the caller's to dispose.</summary>
    public static SKBitmap Of(ReadOnlySpan<byte> rgb, int width, int height)
    {
        SpecMismatchException.ThrowIfLength("picture [H, W, 3]", rgb.Length, checked(width * height * 3));
        SKBitmap bitmap = Blank(width, height);
        Span<byte> rgba = bitmap.GetPixelSpan();
        for (int from = 0, to = 0; from < rgb.Length; from += 3, to += 4)
        {
            rgb.Slice(from, 3).CopyTo(rgba[to..]);
            rgba[to + 3] = byte.MaxValue;
        }

        return bitmap;
    }

    /// <summary>A bitmap to draw on; the caller's to dispose.</summary>
    public static SKBitmap Blank(int width, int height) => new(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));

    /// <summary>The pixels [H, W, 3] of a bitmap that was made here.</summary>
    public static byte[] ToRgb(SKBitmap bitmap)
    {
        ReadOnlySpan<byte> rgba = bitmap.GetPixelSpan();
        byte[] rgb = new byte[bitmap.Width * bitmap.Height * 3];
        for (int from = 0, to = 0; to < rgb.Length; from += 4, to += 3) rgba.Slice(from, 3).CopyTo(rgb.AsSpan(to));
        return rgb;
    }
}
