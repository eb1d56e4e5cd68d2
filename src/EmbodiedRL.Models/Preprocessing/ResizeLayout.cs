using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Preprocessing;

/// <summary>Resize layout: the size a picture is resized to, the part that a centered crop keeps, and the padding around it.</summary>
/// <param name="Region">Size of the whole and the part computed.</param>
/// <param name="PadLeft">Columns of padding before it.</param>
/// <param name="PadTop">Rows of padding above it.</param>
/// <param name="IsWhole">Whether the part fills the result.</param>
internal readonly record struct ResizeLayout(ResizeRegion Region, int PadLeft, int PadTop, bool IsWhole)
{
    /// <summary>Layout of a picture of the given size.</summary>
    /// <exception cref="SpecMismatchException">A side would shrink to nothing, or there is nothing to resize or crop with.</exception>
    public static ResizeLayout Of(ImageProcessorSettings settings, int width, int height)
    {
        (long resizedWidth, long resizedHeight) = Sizes(settings, width, height);
        if (resizedWidth is < 1 or > int.MaxValue / 2 || resizedHeight is < 1 or > int.MaxValue / 2)
            throw new SpecMismatchException("picture", $"an aspect that can be resized to {settings.Width} x {settings.Height}",
                $"{width} x {height} pixels");
        (int left, int padLeft, int columns) = Axis((int)resizedWidth, settings.Width, settings.Rounding);
        (int top, int padTop, int rows) = Axis((int)resizedHeight, settings.Height, settings.Rounding);
        var region = new ResizeRegion((int)resizedWidth, (int)resizedHeight, left, top, columns, rows);
        return new ResizeLayout(region, padLeft, padTop, columns == settings.Width && rows == settings.Height);
    }

    private static (long Width, long Height) Sizes(ImageProcessorSettings settings, int width, int height)
    {
        switch (settings.Mode)
        {
            case ResizeMode.Squash:
                return (settings.Width, settings.Height);
            case ResizeMode.Longest:
                return KeepRatio(Math.Max((double)height / settings.Height, (double)width / settings.Width), width, height);
            case ResizeMode.ShortestEdge when settings.Edge is null && settings.Width != settings.Height:
                return KeepRatio(Math.Min((double)height / settings.Height, (double)width / settings.Width), width, height);
            case ResizeMode.ShortestEdge:
                int edge = settings.Edge ?? settings.Width;
                // Truncated, as int(size * long / short) is.
                return width <= height
                    ? (edge, (long)((double)((long)edge * height) / width))
                    : ((long)((double)((long)edge * width) / height), edge);
            default:
                return (width, height);
        }
    }

    private static (long, long) KeepRatio(double ratio, int width, int height) =>
        ((long)Math.Round(width / ratio, MidpointRounding.ToEven), (long)Math.Round(height / ratio, MidpointRounding.ToEven));

    /// <summary>Where a centered crop begins, how much padding comes first, and how many pixels remain.</summary>
    private static (int Begin, int Pad, int Count) Axis(int size, int target, CropRounding rounding)
    {
        int cut = size - target;
        if (cut >= 0)
            return (rounding == CropRounding.Floor ? cut / 2 : (int)Math.Round(cut / 2.0, MidpointRounding.ToEven), 0, target);
        return (0, rounding == CropRounding.Floor ? (1 - cut) / 2 : -cut / 2, size);
    }
}
