namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Alpha rule: what becomes of transparency before a model sees a picture.</summary>
public enum AlphaRule
{
    /// <summary>Composited on white before resizing: transformers 5.</summary>
    CompositeOnWhite,

    /// <summary>Dropped, whatever colors lie beneath: transformers 4.</summary>
    Drop,

    /// <summary>Resized with colors multiplied by alpha, dropped afterwards: open_clip.</summary>
    Premultiply,
}

/// <summary>Alpha channel: conversions of [pixels, 4] bytes in Pillow's integer arithmetic.</summary>
internal static class AlphaChannel
{
    /// <summary>Multiplies colors by alpha.</summary>
    public static void Premultiply(ReadOnlySpan<byte> source, Span<byte> into)
    {
        for (int i = 0; i < source.Length; i += 4)
        {
            int alpha = source[i + 3];
            for (int c = 0; c < 3; c++) into[i + c] = Divide255(source[i + c] * alpha + 128);
            into[i + 3] = (byte)alpha;
        }
    }

    /// <summary>Divides colors by alpha, in place.</summary>
    public static void Unpremultiply(Span<byte> pixels)
    {
        for (int i = 0; i < pixels.Length; i += 4)
        {
            int alpha = pixels[i + 3];
            if (alpha is 0 or 255) continue;
            for (int c = 0; c < 3; c++) pixels[i + c] = (byte)Math.Min(255 * pixels[i + c] / alpha, 255);
        }
    }

    /// <summary>Lays a picture over white; [pixels, 3].</summary>
    public static void CompositeOnWhite(ReadOnlySpan<byte> source, Span<byte> into)
    {
        for (int i = 0, o = 0; i < source.Length; i += 4, o += 3)
        {
            int alpha = source[i + 3];
            for (int c = 0; c < 3; c++)
            {
                int sum = (source[i + c] * alpha + 255 * (255 - alpha)) * 128 + (128 << 7);
                into[o + c] = (byte)((((sum >> 8) + sum) >> 8) >> 7);
            }
        }
    }

    /// <summary>Leaves alpha away; [pixels, 3].</summary>
    public static void Drop(ReadOnlySpan<byte> source, Span<byte> into)
    {
        for (int i = 0, o = 0; i < source.Length; i += 4, o += 3) source.Slice(i, 3).CopyTo(into[o..]);
    }

    private static byte Divide255(int value) => (byte)(((value >> 8) + value) >> 8);
}
