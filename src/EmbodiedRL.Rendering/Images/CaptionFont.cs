using SkiaSharp;

namespace EmbodiedRL.Rendering.Images;

/// <summary>Font of captions: DejaVu Sans where Debian installs it, else one of the system's fonts.</summary>
public static class CaptionFont
{
    private const string Debian = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";

    // Without a font directory the library finds nothing by name, so the file is opened by its path.
    private static readonly Lazy<SKTypeface> Typeface = new(() => (File.Exists(Debian) ? SKTypeface.FromFile(Debian) : null)
        ?? SKTypeface.Default);

    /// <summary>Its name; empty if the system has no font, and then captions stay blank.</summary>
    public static string Family => Typeface.Value.ContainsGlyphs("Aa0") ? Typeface.Value.FamilyName : "";

    internal static SKFont Open(float size) => new(Typeface.Value, size) { Subpixel = true, Edging = SKFontEdging.Antialias };

    /// <summary>The text, cut with an ellipsis where it would be wider than <paramref name="width"/>.</summary>
    internal static string Fit(string text, SKFont font, float width)
    {
        if (font.MeasureText(text) <= width) return text;
        int length = text.Length;
        while (length > 0 && font.MeasureText(string.Concat(text.AsSpan(0, length), "…")) > width) length--;
        return string.Concat(text.AsSpan(0, length), "…");
    }
}
