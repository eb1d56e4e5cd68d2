using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using EmbodiedRL.Core.Scenes;

namespace EmbodiedRL.Rendering.Painting;

/// <summary>What drivers give back, as callers want it.</summary>
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

    /// <summary>Numbers of things from colours: 0 is nothing, 1 something without a number, then the numbers.</summary>
    public static void ToSegments(ReadOnlySpan<uint> rgba, Span<int> segments)
    {
        for (int i = 0; i < rgba.Length; i++)
            segments[i] = (int)(rgba[i] & 0xFFFFFF) switch { 0 => RenderOutputs.Nothing, 1 => RenderOutputs.Unnumbered, int number => number - 2 };
    }

    /// <summary>Four numbers a pixel to three.</summary>
    public static void DropFourth(ReadOnlySpan<float> four, Span<float> three)
    {
        for (int from = 0, to = 0; to < three.Length; from += 4, to += 3) four.Slice(from, 3).CopyTo(three[to..]);
    }

    /// <summary>The colour that stands for a thing.</summary>
    public static Vector4 OfSegment(int number)
    {
        int code = number < 0 ? 1 : number + 2;
        return new Vector4(code & 0xFF, (code >> 8) & 0xFF, (code >> 16) & 0xFF, 0) / 255;
    }

    /// <summary>Depth as the device keeps it in metres along the viewing axis.</summary>
    /// <param name="depth">[H, W] in [0, 1].</param>
    /// <param name="scene">For near and far, and for whether a sky ends the view.</param>
    /// <param name="view">Who looks.</param>
    /// <param name="hasSky">Whether the sky is drawn.</param>
    /// <param name="metres">[H, W], overwritten.</param>
    public static void ToMetres(ReadOnlySpan<float> depth, SceneDescription scene, View view, bool hasSky, Span<float> metres)
    {
        int size = (int)Math.Sqrt(depth.Length);
        float nearest = 1 / scene.Near, span = nearest - (1 / scene.Far);
        for (int i = 0; i < depth.Length; i++)
            metres[i] = depth[i] < 1 ? 1 / (nearest - (depth[i] * span)) : hasSky ? SkyAt(scene, view, ((2 * ((i % size) + 0.5f)) / size) - 1, 1 - (2 * ((i / size) + 0.5f) / size)) : scene.Far;
    }

    /// <summary>The sky is a cylinder around the eye as wide as high, of so many sides as MuJoCo gives it.</summary>
    private static float SkyAt(SceneDescription scene, View view, float x, float y)
    {
        const float side = MathF.Tau / 28;
        float radius = scene.Far * Sky.RadiusShare;
        Vector3 ray = view.Forward + (((x * view.Lens.HalfWidth) + view.Lens.CentreX) * view.Right) + (((y * view.Lens.HalfHeight) + view.Lens.CentreY) * view.Up);
        float angle = MathF.Atan2(ray.Y, ray.X);
        float off = angle - (MathF.Floor(angle / side) * side) - (side / 2);
        float wall = radius * MathF.Cos(side / 2) / MathF.Cos(off) / MathF.Max(new Vector2(ray.X, ray.Y).Length(), 1e-9f);
        return MathF.Min(wall, radius / MathF.Max(MathF.Abs(ray.Z), 1e-9f));
    }
}

/// <summary>Where the sky lies.</summary>
internal static class Sky
{
    /// <summary>Of the distance to the far plane, as MuJoCo has it: near enough that no corner of its cylinder is cut off.</summary>
    public const float RadiusShare = 0.7f;
}
