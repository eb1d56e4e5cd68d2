using System.Numerics;
using EmbodiedRL.Core;
using SkiaSharp;

namespace EmbodiedRL.Rendering.Images;

/// <summary>A straight line of the world to be drawn over a frame.</summary>
/// <param name="From">m.</param>
/// <param name="To">m.</param>
/// <param name="Color">Red, green, blue in [0, 1].</param>
public readonly record struct OverlayLine(Vector3 From, Vector3 To, Vector3 Color);

/// <summary>A point of the world to be marked on a frame.</summary>
/// <param name="At">m.</param>
/// <param name="Color">Red, green, blue in [0, 1].</param>
public readonly record struct OverlayPoint(Vector3 At, Vector3 Color);

/// <summary>What is shown over a frame. Lines and points are drawn over everything, also over what would hide them.</summary>
public sealed record FrameOverlay
{
    private const byte Shade = 140;
    private const float LargestText = 14, SmallestText = 7;

    /// <summary>Text at the top, e.g. the sentence; empty for none.</summary>
    public string Caption { get; init; } = "";

    /// <summary>Lines of text at the bottom, e.g. the score and the reward's terms.</summary>
    public IReadOnlyList<string> Lines { get; init; } = [];

    /// <summary>Lines of the world, e.g. axes.</summary>
    public IReadOnlyList<OverlayLine> Segments { get; init; } = [];

    /// <summary>Points of the world, e.g. contacts.</summary>
    public IReadOnlyList<OverlayPoint> Points { get; init; } = [];

    /// <summary>Draws it over a frame, in place.</summary>
    /// <param name="frame">[H, W, 3], H = W; changed.</param>
    /// <param name="view">How the frame was seen.</param>
    public void Draw(Span<byte> frame, FrameProjection view) => Draw(frame, view.Size, view);

    /// <summary>Draws it over a frame, in place; where nobody knows how the frame was seen, texts alone.</summary>
    /// <param name="frame">[H, W, 3], H = W; changed.</param>
    /// <param name="side">H = W in pixels.</param>
    /// <param name="view">How the frame was seen; null draws no lines and points.</param>
    public void Draw(Span<byte> frame, int side, FrameProjection? view)
    {
        SpecMismatchException.ThrowIfLength("frame [H, W, 3]", frame.Length, side * side * 3);
        using SKBitmap bitmap = SkiaBitmap.Of(frame, side, side);
        using var canvas = new SKCanvas(bitmap);
        if (view is not null) DrawWorld(canvas, view);
        float size = Math.Clamp(side / 18f, SmallestText, LargestText);
        using SKFont font = CaptionFont.Open(size);
        if (Caption.Length > 0) Write(canvas, font, [Caption], 0, side);
        if (Lines.Count > 0) Write(canvas, font, Lines, side - Height(Lines.Count, size), side);
        canvas.Flush();
        SkiaBitmap.ToRgb(bitmap).CopyTo(frame);
    }

    private void DrawWorld(SKCanvas canvas, FrameProjection view)
    {
        using var pen = new SKPaint { IsAntialias = true, StrokeWidth = Math.Max(1.5f, view.Size / 200f), StrokeCap = SKStrokeCap.Round };
        foreach (OverlayLine line in Segments)
        {
            if (view.Find(line.From) is not { } from || view.Find(line.To) is not { } to) continue;
            pen.Color = Ink(line.Color);
            canvas.DrawLine(from.X, from.Y, to.X, to.Y, pen);
        }

        foreach (OverlayPoint point in Points)
        {
            if (view.Find(point.At) is not { } at) continue;
            pen.Color = Ink(point.Color);
            canvas.DrawCircle(at.X, at.Y, Math.Max(2, view.Size / 110f), pen);
        }
    }

    /// <summary>Light text on a dark band, which can be read over any picture.</summary>
    private static void Write(SKCanvas canvas, SKFont font, IReadOnlyList<string> lines, float top, int width)
    {
        using var band = new SKPaint { Color = new SKColor(0, 0, 0, Shade) };
        using var ink = new SKPaint { Color = SKColors.White, IsAntialias = true };
        canvas.DrawRect(0, top, width, Height(lines.Count, font.Size), band);
        for (int i = 0; i < lines.Count; i++)
            canvas.DrawText(CaptionFont.Fit(lines[i], font, width - font.Size), font.Size / 2, top + (1.25f * font.Size * (i + 1)),
                SKTextAlign.Left, font, ink);
    }

    private static float Height(int lines, float size) => (1.25f * size * lines) + (size / 2);

    private static SKColor Ink(Vector3 color)
    {
        Vector3 bytes = Vector3.Clamp(color, Vector3.Zero, Vector3.One) * byte.MaxValue;
        return new SKColor((byte)bytes.X, (byte)bytes.Y, (byte)bytes.Z);
    }
}
