using EmbodiedRL.App.Commands;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Preflights;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Reporting;

/// <summary>Page and pictures of a preflight: verdict, landscape, figures, best and worst frames.</summary>
internal static class PreflightPage
{
    private const string Landscape = "landscape.png", Frames = "frames.png";
    private const int Side = 150, Bins = 10;

    /// <summary>Writes <c>report.html</c>, <c>landscape.png</c> and, where something can be drawn, <c>frames.png</c>.</summary>
    /// <param name="folder">New.</param>
    /// <param name="report">What was found.</param>
    public static void Write(RunFolder folder, PreflightReport report)
    {
        byte[]? landscape = Charts(report) is { Count: > 0 } charts ? Figure.Png(charts, width: 440, height: 340) : null;
        byte[]? frames = Strip(report);
        Save(folder, Landscape, landscape);
        Save(folder, Frames, frames);
        var page = new HtmlWriter();
        page.Begin(report.Goal);
        page.Add($"""<p class="soft small">EmbodiedRL, preflight of a reward · {report.Environment}</p>""");
        page.Add($"<h1>“{report.Goal}”</h1>");
        page.Add($"""<div class="verdict"><div class="after"><div class="figure">{report.Verdict.NameOf()}</div></div>"""
            + $"""<div class="words">""");
        foreach (string reason in report.Reasons) page.Add($"<p>{reason}</p>");
        page.Add($"""<p class="soft small">Nothing was trained.</p></div></div>""");
        WriteNotes(page, report);
        WritePicture(page, landscape, "Landscape", $"Left: the reward along ways from typical starts to states that fulfill the goal, "
            + $"positions and speeds blended ({report.Paths.Count} ways): the median, and shaded from quartile to quartile. Middle: how "
            + "true the goal is along the same ways. Right: the reward over sampled states, by how true the goal is of them.");
        WriteFigures(page, report);
        WritePicture(page, frames, "Best and worst", "Sampled states that the reward likes best (upper row) and least (lower row), with "
            + "score and truth; ✓ where the goal is fulfilled.");
        page.End();
        AtomicFile.WriteText(folder.Report, page.ToString());
    }

    private static void Save(RunFolder folder, string name, byte[]? png)
    {
        if (png is not null) AtomicFile.Write(Path.Combine(folder.Root, name), stream => stream.Write(png));
    }

    private static void WriteNotes(HtmlWriter page, PreflightReport report)
    {
        if (report.Notes.Count == 0) return;
        page.Add($"""<div class="warnings"><strong>What else to know</strong><ul>""");
        foreach (string note in report.Notes) page.Add($"<li>{note}</li>");
        page.Add($"</ul></div>");
    }

    private static void WritePicture(HtmlWriter page, byte[]? png, string title, string caption)
    {
        if (png is null) return;
        page.Add($"<h2>{title}</h2>");
        page.AddData("<figure><img src=\"", "image/png", png, "\" alt=\"\">");
        page.Add($"<figcaption>{caption}</figcaption></figure>");
    }

    private static void WriteFigures(HtmlWriter page, PreflightReport report)
    {
        page.Add($"""<h2>Figures</h2><table><tr><th>figure</th><th class="number">value</th><th class="number">of the truth itself</th>"""
            + $"<th>what it says</th></tr>");
        foreach (string[] row in PreflightAnswer.Rows(report))
            page.Add($"""<tr><td class="key">{row[0]}</td><td class="number">{row[1]}</td><td class="number">{row[2]}</td>"""
                + $"<td>{row[3]}</td></tr>");
        page.Add($"</table>");
    }

    private static List<Chart> Charts(PreflightReport report)
    {
        var charts = new List<Chart>();
        if (report.Paths.Count > 0)
        {
            charts.Add(new Chart("reward on the way to success", "share of the way", Along(report, path => path.Rewards)));
            charts.Add(new Chart("truth on the way to success", "share of the way", Along(report, path => path.Truths)) { Shares = true });
        }

        if (report.Truths.Count > 0) charts.Add(new Chart("reward of sampled states by truth", "truth of the goal", [ByTruth(report)]));
        return charts;
    }

    private static ChartLine[] Along(PreflightReport report, Func<PreflightPath, IReadOnlyList<double>> values) =>
        [.. report.Paths.GroupBy(path => path.Start).Select(group => LineOf(NameOf(group.Key),
            [.. Enumerable.Range(0, group.First().Truths.Count).Select(i =>
                ((double)i / (group.First().Truths.Count - 1), group.Select(path => values(path)[i]).ToArray()))]))];

    private static ChartLine ByTruth(PreflightReport report) => LineOf("sampled states",
        [.. report.Truths.Zip(report.Rewards).GroupBy(pair => Math.Min(Bins - 1, (int)(Bins * pair.First))).OrderBy(bin => bin.Key)
            .Select(bin => (bin.Average(pair => pair.First), bin.Select(pair => pair.Second).ToArray()))]);

    private static ChartLine LineOf(string label, (double X, double[] Values)[] points)
    {
        (double X, double[] Values)[] known = [.. points.Select(point => (point.X, Array.FindAll(point.Values, double.IsFinite)))
            .Where(point => point.Item2.Length > 0)];
        double[] At(double share) => [.. known.Select(point => PreflightMeasures.Quantile(point.Values, share)!.Value)];
        return new ChartLine(label, [.. known.Select(point => point.X)], At(0.5)) { Spread = (At(0.25), At(0.75)) };
    }

    private static string NameOf(StartDistribution start) =>
        start == StartDistribution.Task ? "from the task's own start" : "from sampled starts";

    private static byte[]? Strip(PreflightReport report)
    {
        if (report.Best.Count == 0) return null;
        RgbImage best = Row(report.Best), worst = Row(report.Worst);
        return ImageFile.EncodePng([.. best.Rgb, .. worst.Rgb], best.Width, best.Height + worst.Height);
    }

    private static RgbImage Row(IReadOnlyList<PreflightFrame> frames) => FilmStrip.Compose([.. frames.Select(frame => new FilmFrame(
        new RgbImage(frame.Rgb, frame.Size, frame.Size), $"reward {frame.Reward:F3}",
        frame.Truth is { } truth ? $"truth {truth:F2}{(frame.Holds == true ? " ✓" : "")}" : "truth not known"))], Side);
}
