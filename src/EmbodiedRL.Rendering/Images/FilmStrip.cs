using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using SkiaSharp;

namespace EmbodiedRL.Rendering.Images;

/// <summary>Frame of a film strip and the lines of text below it.</summary>
/// <param name="Image">What was seen.</param>
/// <param name="Lines">Caption, score, ...; may be empty. A line too wide for its frame is cut with an ellipsis.</param>
public sealed record FilmFrame(RgbImage Image, params string[] Lines);

/// <summary>Film strip: frames side by side with text below each, for reports.</summary>
public static class FilmStrip
{
    private const int Gap = 6;
    private const float TextSize = 12;
    private const int LineHeight = 16;

    /// <summary>Draws the strip on white.</summary>
    /// <param name="frames">From left to right; at least one.</param>
    /// <param name="side">Pixels a side of each frame in the strip.</param>
    public static RgbImage Compose(IReadOnlyList<FilmFrame> frames, int side = 128)
    {
        ArgumentOutOfRangeException.ThrowIfZero(frames.Count);
        int lines = frames.Max(frame => frame.Lines.Length);
        int width = Gap + frames.Count * (side + Gap), height = Gap + side + lines * LineHeight + Gap;
        using SKBitmap strip = SkiaBitmap.Blank(width, height);
        using var canvas = new SKCanvas(strip);
        using SKFont font = CaptionFont.Open(TextSize);
        using var ink = new SKPaint { Color = new SKColor(40, 40, 40), IsAntialias = true };
        canvas.Clear(SKColors.White);
        for (int i = 0; i < frames.Count; i++)
        {
            int left = Gap + i * (side + Gap);
            Draw(canvas, frames[i].Image, SKRect.Create(left, Gap, side, side));
            for (int line = 0; line < frames[i].Lines.Length; line++)
            {
                float baseline = Gap + side + (line + 1) * LineHeight - 3;
                canvas.DrawText(CaptionFont.Fit(frames[i].Lines[line], font, side), left, baseline, SKTextAlign.Left, font, ink);
            }
        }
        return new RgbImage(SkiaBitmap.ToRgb(strip), width, height);
    }

    private static void Draw(SKCanvas canvas, RgbImage image, SKRect to)
    {
        using SKBitmap bitmap = SkiaBitmap.Of(image.Rgb, image.Width, image.Height);
        using SKImage pixels = SKImage.FromBitmap(bitmap);
        canvas.DrawImage(pixels, to, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
    }
}
