using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>Conversion of pixels from the driver's format to the caller's.</summary>
internal static class Pixels
{
    /// <summary>RGBA to RGB: drivers read four channels back far faster than three.</summary>
    public static void DropOpacity(ReadOnlySpan<uint> rgba, Span<byte> rgb)
    {
        // Each store overlaps the next pixels, which then overwrite the excess; the last pixels are written by bytes.
        ref byte into = ref MemoryMarshal.GetReference(rgb);
        ref uint from = ref MemoryMarshal.GetReference(rgba);
        int last = rgba.Length - 1, i = 0;
        Vector128<byte> order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);
        for (; i + 6 <= last; i += 4) // 16 bytes are stored for four pixels of 12, so two more pixels must follow
            Vector128.ShuffleNative(Vector128.LoadUnsafe(ref from, (nuint)i).AsByte(), order).StoreUnsafe(ref into, (nuint)(i * 3));
        for (; i < last; i++) Unsafe.WriteUnaligned(ref Unsafe.Add(ref into, i * 3), rgba[i]);
        uint end = rgba[last];
        rgb[last * 3] = (byte)end;
        rgb[(last * 3) + 1] = (byte)(end >> 8);
        rgb[(last * 3) + 2] = (byte)(end >> 16);
    }

    /// <summary>Numbers of geoms from colors: 0 is nothing, 1 something without a number, then the numbers.</summary>
    public static void ToSegments(ReadOnlySpan<uint> rgba, Span<int> segments)
    {
        for (int i = 0; i < rgba.Length; i++)
            segments[i] = (int)(rgba[i] & 0xFFFFFF) switch
            {
                0 => RenderOutputs.Nothing,
                1 => RenderOutputs.Unnumbered,
                int number => number - 2
            };
    }

    /// <summary>Four numbers a pixel to three.</summary>
    public static void DropFourth(ReadOnlySpan<float> four, Span<float> three)
    {
        for (int from = 0, to = 0; to < three.Length; from += 4, to += 3) four.Slice(from, 3).CopyTo(three[to..]);
    }

    /// <summary>The color that stands for a geom.</summary>
    public static Vector4 OfSegment(int number)
    {
        int code = number < 0 ? 1 : number + 2;
        return new Vector4(code & 0xFF, (code >> 8) & 0xFF, (code >> 16) & 0xFF, 0) / 255;
    }
}
