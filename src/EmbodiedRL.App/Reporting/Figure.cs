using ScottPlot;
using ScottPlot.MultiplotLayouts;
using SkiaSharp;

namespace EmbodiedRL.App.Reporting;

/// <summary>A line of a chart.</summary>
/// <param name="Label">For the legend.</param>
/// <param name="X">Ascending.</param>
/// <param name="Y">As many.</param>
internal sealed record ChartLine(string Label, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>A band that is shaded in the line's color, e.g. from quartile to quartile; null for none.</summary>
    public (IReadOnlyList<double> Low, IReadOnlyList<double> High)? Spread { get; init; }
}

/// <summary>One pair of axes.</summary>
internal sealed record Chart(string Title, string XLabel, IReadOnlyList<ChartLine> Lines)
{
    /// <summary>The same over an axis of another name.</summary>
    public Chart Over(string axis) => this with { XLabel = axis };

    /// <summary>Whether values are shares, so that the axis is [0, 1] in percent.</summary>
    public bool Shares { get; init; }

    /// <summary>Whether long lines are drawn as running means, with the raw ones behind.</summary>
    public bool Smooths { get; init; }

    /// <summary>Stretches of x that are shaded, e.g. where a measure holds.</summary>
    public IReadOnlyList<(double From, double To)> Bands { get; init; } = [];
}

/// <summary>Charts side by side as one PNG; the only place that knows the plotting library.</summary>
internal static class Figure
{
    private const string Font = "DejaVu Sans", FontFile = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
    private const int Width = 520, Height = 300;
    private const float RightMargin = 28;    // the last number below the axis reaches into it
    private const int PixelsPerUnit = 2; // sharp on screens of high density

    private static readonly Color Ink = Color.FromHex("#333a45"), Grid = Color.FromHex("#e8ebf0"), Band = Color.FromHex("#d9efe0");

    private const int LongLine = 60;         // points; a longer line is smoothed
    private const int SmoothedOver = 20;     // one part in so many of a line is one point's neighborhood

    private static readonly string[] Palette =
        [
            "#2563a8", "#c2571a", "#2e8b57", "#8a4fa3", "#b0303a", "#6b7280", "#0f9fb5", "#a8871b", "#e0699f", "#5b3a1e", "#7cb342",
            "#1f2530"
        ];

    // where there are more lines than colors
    private static readonly LinePattern[] Patterns = [LinePattern.Solid, LinePattern.Dashed, LinePattern.Dotted];

    private static readonly Lazy<bool> FontIsKnown = new(() =>
    {
        if (!File.Exists(FontFile)) return false;
        Fonts.AddFontFile(Font, FontFile, bold: false, italic: false);
        return true;
    });

    /// <summary>Draws the charts from left to right.</summary>
    public static byte[] Png(IReadOnlyList<Chart> charts, int width = Width, int height = Height)
    {
        var multiplot = new Multiplot { Layout = new Columns() };
        multiplot.AddPlots(charts.Count);
        for (int i = 0; i < charts.Count; i++) Draw(charts[i], multiplot.GetPlot(i));

        // The canvas is scaled, not the plots: several plots on one canvas would each scale what the others have scaled.
        using var surface = SKSurface.Create(new SKImageInfo(width * charts.Count * PixelsPerUnit, height * PixelsPerUnit,
            SKColorType.Rgba8888, SKAlphaType.Opaque));
        surface.Canvas.Scale(PixelsPerUnit);
        multiplot.Render(surface.Canvas, new PixelRect(0, width * charts.Count, height, 0));
        using SKImage image = surface.Snapshot();
        using SKData png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    private static void Draw(Chart chart, Plot plot)
    {
        if (FontIsKnown.Value) plot.Font.Set(Font);
        plot.Title(chart.Title, size: 14);
        plot.Axes.Title.Label.Bold = false;
        plot.XLabel(chart.XLabel, size: 12);
        plot.Axes.Color(Ink);
        plot.Grid.MajorLineColor = Grid;
        plot.Axes.Top.IsVisible = false;
        plot.Axes.Right.TickGenerator = new ScottPlot.TickGenerators.EmptyTickGenerator();
        plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Right.MinimumSize = RightMargin;

        foreach ((double from, double to) in chart.Bands)
        {
            ScottPlot.Plottables.HorizontalSpan span = plot.Add.HorizontalSpan(from, to, Band);
            span.LineStyle.IsVisible = false;
        }

        for (int i = 0; i < chart.Lines.Count; i++)
        {
            ChartLine line = chart.Lines[i];
            Color color = Color.FromHex(Palette[i % Palette.Length]);
            if (line.Spread is { } spread)
            {
                ScottPlot.Plottables.FillY band = plot.Add.FillY([.. line.X], [.. spread.Low], [.. spread.High]);
                (band.FillColor, band.LineStyle.Width, band.MarkerStyle.IsVisible) = (color.WithAlpha(0.15), 0, false);
            }

            bool isLong = line.X.Count > LongLine && chart.Smooths;
            if (isLong) Add(line.Y, 1, 0, color.WithAlpha(0.25));
            ScottPlot.Plottables.Scatter scatter = Add(isLong ? Smooth(line.Y) : line.Y, 2, line.X.Count <= 40 ? 5 : 0, color);
            scatter.LinePattern = Patterns[Math.Min(i / Palette.Length, Patterns.Length - 1)];
            if (chart.Lines.Count > 1) scatter.LegendText = line.Label;

            ScottPlot.Plottables.Scatter Add(IReadOnlyList<double> values, float width, float marker, Color drawn)
            {
                ScottPlot.Plottables.Scatter added = plot.Add.Scatter(line.X.ToArray(), values.ToArray(), drawn);
                (added.LineWidth, added.MarkerSize) = (width, marker);
                return added;
            }
        }

        if (chart.Lines.Count > 1) ShowLegend(plot);
        plot.Axes.Margins(horizontal: 0.02);
        if (!chart.Shares) return;
        plot.Axes.SetLimitsY(-0.03, 1.03);
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual([0, 0.25, 0.5, 0.75, 1],
            ["0 %", "25 %", "50 %", "75 %", "100 %"]);
    }

    /// <summary>
    /// The running mean over a neighborhood that shrinks toward the ends, so that the line reaches as far as the raw one.
    /// </summary>
    internal static double[] Smooth(IReadOnlyList<double> values)
    {
        int reach = Math.Max(1, values.Count / (2 * SmoothedOver));
        return [.. Enumerable.Range(0, values.Count).Select(at =>
        {
            int side = Math.Min(reach, Math.Min(at, values.Count - 1 - at));
            return values.Skip(at - side).Take((2 * side) + 1).Average();
        })];
    }

    // Below the axes, where it hides no line.
    private static void ShowLegend(Plot plot)
    {
        plot.ShowLegend(Edge.Bottom);
        plot.Legend.Orientation = Orientation.Horizontal;
        plot.Legend.OutlineWidth = 0;
        plot.Legend.ShadowColor = Colors.Transparent;
    }
}
