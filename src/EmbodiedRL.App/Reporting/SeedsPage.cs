using System.Globalization;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Reporting;

/// <summary>The page for runs of several seeds: figures over seeds, a line for each, and their curves over each other.</summary>
internal static class SeedsPage
{
    /// <summary>Draws the curves and writes <c>report.html</c> into the folder of all.</summary>
    public static void Write(RunFolder all, SeedsSummary summary)
    {
        var page = new HtmlWriter();
        string title = summary.Goal.Length > 0 ? $"“{summary.Goal}”" : $"{summary.Environment}, without a sentence";
        page.Begin(title);
        page.Add($"""<p class="soft small">EmbodiedRL, {summary.Seeds} seeds · {summary.Environment} · """
            + $"{summary.Steps} steps each</p><h1>{title}</h1>");
        WriteWarnings(page, summary);
        WriteFigures(page, summary);
        WriteRuns(page, summary);
        WriteCurves(page, all, summary);
        page.End();
        AtomicFile.WriteText(all.Report, page.ToString());
    }

    private static void WriteWarnings(HtmlWriter page, SeedsSummary summary)
    {
        if (summary.Warnings.Count == 0) return;
        page.Add($"""<div class="warnings"><strong>Before you trust the figures</strong><ul>""");
        foreach (string warning in summary.Warnings) page.Add($"<li>{warning}</li>");
        page.Add($"</ul></div>");
    }

    private static void WriteFigures(HtmlWriter page, SeedsSummary summary)
    {
        page.Add($"<h2>Over seeds</h2>");
        page.Add($"""<table><tr><th>figure</th><th class="number">mean</th><th class="number">95 % interval</th>"""
            + $"""<th class="number">interquartile mean</th>""");
        page.Add($"""<th class="number">95 % interval</th><th class="number">least</th><th class="number">most</th></tr>""");
        foreach ((string name, SeedFigure figure) in summary.Figures) WriteFigure(page, name, figure, Percent);
        foreach ((string name, SeedFigure figure) in summary.Returns) WriteFigure(page, name, figure, Number);

        page.Add($"""</table><p class="soft small">Intervals are over seeds, not over episodes: of the mean by Student's t, """
            + $"of the interquartile mean (without the lowest");
        page.Add($"and the highest quarter of the seeds) by bootstrap, which is too narrow for few seeds. "
            + $"Where all seeds agree there is none.</p>");
    }

    private static void WriteFigure(HtmlWriter page, string name, SeedFigure figure, Func<double, string> format)
    {
        page.Add($"""<tr><td class="key">{name}</td><td class="number">{format(figure.Mean)}</td>"""
            + $"""<td class="number">{Interval(figure.Interval, format)}</td>""");
        page.Add($"""
            <td class="number">{format(figure.InterquartileMean)}</td>
            <td class="number">{Interval(figure.InterquartileInterval, format)}</td>
            <td class="number">{format(figure.Least)}</td><td class="number">{format(figure.Most)}</td></tr>
            """);
    }

    private static void WriteRuns(HtmlWriter page, SeedsSummary summary)
    {
        page.Add($"""<h2>Runs</h2><table><tr><th>seed</th><th class="number">before</th><th class="number">success</th>"""
            + $"""<th class="number">95 % interval over episodes</th><th class="number">mean return</th><th></th></tr>""");
        foreach (SeedOutcome run in summary.Runs)
        {
            string success = run.Success is { } share ? Percent(share) : "not judged";
            page.Add($"""
                <tr><td class="key">{run.Seed}</td><td class="number">{(run.SuccessBefore is { } before ? Percent(before) : "")}</td>
                <td class="number">{success}</td><td class="number">{Interval(run.SuccessInterval, Percent)}</td>
                <td class="number">{(run.Return is { } mean ? Number(mean) : "")}</td>
                <td><a href="{run.Folder}/report.html">report</a></td></tr>
                """);
        }

        page.Add($"</table>");
    }

    private static void WriteCurves(HtmlWriter page, RunFolder all, SeedsSummary summary)
    {
        (string Label, MetricsTable Metrics)[] runs = [.. summary.Runs.Select(run =>
            ($"seed {run.Seed}", MetricsTable.Read(Path.Combine(all.Root, run.Folder, "metrics.jsonl"))))];
        Chart[] charts = [.. Charts(runs).Where(chart => chart.Lines.Count > 0)];
        if (charts.Length == 0) return;
        byte[] png = Figure.Png(charts);
        AtomicFile.Write(Path.Combine(all.Plots, "seeds.png"), stream => stream.Write(png));
        page.Add($"<h2>Curves</h2><figure>");
        page.AddData("<img src=\"", "image/png", png, "\" alt=\"\">");
        page.Add($"<figcaption>What the agents were rewarded, averaged over each rollout; success and mean return of evaluation "
            + $"episodes.</figcaption></figure>");
    }

    private static IEnumerable<Chart> Charts((string Label, MetricsTable Metrics)[] runs)
    {
        yield return new Chart("reward the agents saw", "environment steps", Lines(runs, "reward/mean"));
        yield return new Chart("success", "environment steps", Lines(runs, "evaluate/success")) { Shares = true };
        yield return new Chart("return by the hand-built reward", "environment steps", Lines(runs, "evaluation/whole-range/return/mean"));
    }

    private static ChartLine[] Lines((string Label, MetricsTable Metrics)[] runs, string metric) =>
        [.. runs.Where(run => run.Metrics[metric].Values.Count > 0)
            .Select(run => new ChartLine(run.Label, run.Metrics[metric].Steps, run.Metrics[metric].Values))];

    private static string Interval(double[]? interval, Func<double, string> format) =>
        interval is [var low, var high] ? $"{format(low)} to {format(high)}" : "";

    private static string Number(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);

    private static string Percent(double share) => share.ToString("0.# %", CultureInfo.InvariantCulture);
}
