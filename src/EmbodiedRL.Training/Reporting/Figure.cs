using ScottPlot;
using ScottPlot.MultiplotLayouts;
using SkiaSharp;

namespace EmbodiedRL.Training.Reporting;

/// <summary>A line of a chart.</summary>
/// <param name="Label">For the legend.</param>
/// <param name="X">Ascending.</param>
/// <param name="Y">As many.</param>
internal sealed record ChartLine(string Label, IReadOnlyList<double> X, IReadOnlyList<double> Y);

/// <summary>One pair of axes.</summary>
internal sealed record Chart(string Title, string XLabel, IReadOnlyList<ChartLine> Lines)
{
    /// <summary>Whether values are shares, so that the axis is [0, 1] in percent.</summary>
    public bool Shares { get; init; }

    /// <summary>Stretches of x that are shaded, e.g. where a measure holds.</summary>
    public IReadOnlyList<(double From, double To)> Bands { get; init; } = [];
}

/// <summary>Charts side by side as one PNG; the only place that knows the plotting library.</summary>
internal static class Figure
{
    private const string Font = "DejaVu Sans", FontFile = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
    private const int Width = 520, Height = 300;
    private const int PixelsPerUnit = 2; // sharp on screens of high density

    private static readonly Color Ink = Color.FromHex("#333a45"), Grid = Color.FromHex("#e8ebf0"), Band = Color.FromHex("#d9efe0");

    private static readonly string[] Palette = ["#2563a8", "#c2571a", "#2e8b57", "#8a4fa3", "#b0303a", "#6b7280"];

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
        using var surface = SKSurface.Create(new SKImageInfo(width * charts.Count * PixelsPerUnit, height * PixelsPerUnit, SKColorType.Rgba8888, SKAlphaType.Opaque));
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
        plot.Axes.Top.IsVisible = plot.Axes.Right.IsVisible = false;

        foreach ((double from, double to) in chart.Bands)
        {
            ScottPlot.Plottables.HorizontalSpan span = plot.Add.HorizontalSpan(from, to, Band);
            span.LineStyle.IsVisible = false;
        }

        for (int i = 0; i < chart.Lines.Count; i++)
        {
            ChartLine line = chart.Lines[i];
            ScottPlot.Plottables.Scatter scatter = plot.Add.Scatter(line.X.ToArray(), line.Y.ToArray(), Color.FromHex(Palette[i % Palette.Length]));
            if (chart.Lines.Count > 1) scatter.LegendText = line.Label;
            scatter.LineWidth = 2;
            scatter.MarkerSize = line.X.Count <= 40 ? 5 : 0;
        }

        if (chart.Lines.Count > 1) ShowLegend(plot);
        plot.Axes.Margins(horizontal: 0.02);
        if (!chart.Shares) return;
        plot.Axes.SetLimitsY(-0.03, 1.03);
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"]);
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
