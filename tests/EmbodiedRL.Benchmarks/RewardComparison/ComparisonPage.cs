using EmbodiedRL.App.Reporting;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Auditing;
using static EmbodiedRL.Benchmarks.RewardComparison.ComparisonWords;

namespace EmbodiedRL.Benchmarks.RewardComparison;

/// <summary>The page of a comparison: standings, success by task, curves, profiles, and what the audit foretold; one file.</summary>
internal static class ComparisonPage
{
    private static readonly string[] Shown = [AuditMetrics.Auroc, AuditMetrics.Epic, AuditMetrics.Starc];

    private const int Listed = 12; // cells that were not run

    private static readonly double[] Thresholds = [.. Enumerable.Range(0, 41).Select(i => i / 40.0)];

    /// <summary>Writes the page.</summary>
    /// <param name="path">Replaced.</param>
    /// <param name="comparison">What is known so far.</param>
    /// <param name="missing">Cells that were not run, by reason.</param>
    public static void Write(string path, Comparison comparison, IReadOnlyDictionary<string, string> missing)
    {
        var page = new HtmlWriter();
        page.Begin("Rewards compared");
        int seeds = comparison.Cells.Select(cell => cell.Seed).Distinct().Count();
        page.Add($"""<p class="soft small">EmbodiedRL, rewards against each other</p>""");
        page.Add($"<h1>{comparison.Rewards.Count} rewards on {comparison.Tasks.Count} tasks</h1>");
        page.Add($"<p>{comparison.Cells.Count} runs, seeds of a task: {seeds}. The agent, its settings, steps and seeds are the same ");
        page.Add($"under every reward of a task; success is judged by a measure over the simulator's state, which no reward reads (one ");
        page.Add($"that learns is taught by labels of it, as many as its settings say). Untrusted rewards are trained all the same.</p>");
        WriteStandings(page, comparison);
        WriteMissing(page, missing);
        WriteTasks(page, comparison);
        WriteCurves(page, comparison);
        WritePredictions(page, comparison);
        WriteHacked(page, comparison);
        page.End();
        AtomicFile.WriteText(path, page.ToString());
    }

    private static void WriteStandings(HtmlWriter page, Comparison comparison)
    {
        page.Add($"""<h2>Standings</h2><table><tr><th>reward</th><th class="number">tasks</th><th class="number">runs</th>""");
        page.Add($"""<th class="number">success</th><th class="number">interquartile mean</th><th class="number">area under curve</th>""");
        page.Add($"""<th class="number">probability of improvement</th><th class="number">scoring, µs/step</th><th>verdict</th></tr>""");
        foreach (Standing one in comparison.Standings)
        {
            string improvement = one.Improvement is { } figure ? ComparisonWords.Interval(figure) : "-";
            page.Add($"""<tr><td class="key">{one.Reward}</td><td class="number">{one.Tasks}</td><td class="number">{one.Cells}</td>""");
            page.Add($"""<td class="number">{ComparisonWords.Interval(one.Mean)}</td>""");
            page.Add($"""<td class="number">{ComparisonWords.Interval(one.Middle)}</td>""");
            page.Add($"""<td class="number">{one.Area:0.00}</td><td class="number">{improvement}</td>""");
            page.Add($"""<td class="number">{one.MicrosecondsPerStep:0.0}</td><td>{Of(one, comparison.Rewards[0])}</td></tr>""");
        }

        page.Add($"""</table><p class="soft small">In brackets: 95 % bootstrap intervals over the seeds of each task, which are """);
        page.Add($"narrow for few seeds. Area under the curve: mean success over the whole training. Scoring includes drawing frames and ");
        page.Add($"models.</p>");
    }

    private static void WriteMissing(HtmlWriter page, IReadOnlyDictionary<string, string> missing)
    {
        if (missing.Count == 0) return;
        page.Add($"""<div class="warnings"><strong>Not run</strong><ul>""");
        foreach (IGrouping<string, string> reason in missing.GroupBy(pair => pair.Value, pair => pair.Key))
        {
            string more = reason.Count() > Listed ? $" and {reason.Count() - Listed} more" : "";
            page.Add($"<li>{reason.Key}: {string.Join(", ", reason.Take(Listed))}{more}</li>");
        }

        page.Add($"</ul></div>");
    }

    private static void WriteTasks(HtmlWriter page, Comparison comparison)
    {
        page.Add($"<h2>Success by task</h2><table><tr><th>task</th><th>goal</th>");
        foreach (string reward in comparison.Rewards) page.Add($"""<th class="number">{reward}</th>""");
        page.Add($"</tr>");
        foreach (BenchTask task in comparison.Tasks)
        {
            page.Add($"""<tr><td class="key">{task.Path}</td><td>{task.Goal}</td>""");
            foreach (string reward in comparison.Rewards)
            {
                IReadOnlyList<RewardCell> cells = comparison.Of(task, reward);
                string success = cells.Count == 0 ? "-" : Text($"{cells.Average(cell => cell.Success):0.00}");
                string spread = cells.Count < 2 ? ""
                    : $" ({string.Join(" ", cells.Select(cell => Text($"{cell.Success:0.00}")))})";
                page.Add($"""<td class="number">{success}<span class="soft small">{spread}</span></td>""");
            }

            page.Add($"</tr>");
        }

        page.Add($"""</table><p class="soft small">Mean over seeds, and each seed in brackets.</p>""");
    }

    private static void WriteCurves(HtmlWriter page, Comparison comparison)
    {
        string[] environments = [.. comparison.Tasks.Select(task => task.Environment).Distinct()
            .Where(environment => comparison.Rewards.Any(reward => comparison.Curve(environment, reward) is not null))];
        if (environments.Length == 0) return;
        page.Add($"<h2>Sample efficiency and profiles</h2>");
        foreach (string environment in environments)
            Draw(environment, new Chart($"{environment}: mean success", "share of the training",
                [.. comparison.Rewards.Select(reward => (reward, Curve: comparison.Curve(environment, reward)))
                    .Where(pair => pair.Curve is not null)
                    .Select(pair => new ChartLine(pair.reward, pair.Curve!.Value.Share, pair.Curve.Value.Success))])
            { Shares = true });
        Draw("performance profile", new Chart("share of runs above a success of", "success",
            [.. comparison.Standings.Select(one =>
                new ChartLine(one.Reward, Thresholds, comparison.Scores(one.Reward).Profile(Thresholds)))])
        { Shares = true });

        void Draw(string alt, Chart chart)
        {
            page.AddData("<figure><img src=\"", "image/png", Figure.Png([chart], width: 760, height: 300), "\" alt=\"");
            page.Add($"""{alt}"></figure>""");
        }
    }

    private static void WritePredictions(HtmlWriter page, Comparison comparison)
    {
        string[] words = [.. Predictions(comparison)];
        if (words.Length == 0) return;
        page.Add($"<h2>Did the audit foretell it?</h2>");
        foreach (string sentence in words) page.Add($"<p>{sentence}</p>");
        if (comparison.Predictions.Count == 0) return;
        page.Add($"""<table><tr><th>metric of the audit</th><th class="number">Kendall with success</th>""");
        page.Add($"""<th class="number">tasks</th></tr>""");
        foreach (Prediction one in comparison.Predictions)
            page.Add($"""<tr><td class="key">{one.Metric}</td><td class="number">{Interval(one)}</td>"""
                + $"""<td class="number">{one.Kendall.Count}</td></tr>""");
        page.Add($"""</table><p class="soft small">Kendall's tau-b over the rewards of a task between the metric (turned round where """);
        page.Add($"less is better) and mean final success; mean and 95 % bootstrap interval over the tasks on which rewards differ.</p>");
        page.Add($"""<table><tr><th>task</th>""");
        foreach (string reward in comparison.Rewards) page.Add($"""<th class="number">{reward}</th>""");
        page.Add($"</tr>");
        foreach (BenchTask task in comparison.Tasks)
        {
            page.Add($"""<tr><td class="key">{task.Path}</td>""");
            foreach (string reward in comparison.Rewards)
            {
                string figures = string.Join(" / ", Shown.Select(metric => Number(comparison.Audited(task, reward, metric))));
                page.Add($"""<td class="number">{figures}</td>""");
            }

            page.Add($"</tr>");
        }

        page.Add($"""</table><p class="soft small">AUROC of success / EPIC / STARC distance to the goal's graded truth. A reward that """);
        page.Add($"learns is audited as it was at the end of its first seed's run.</p>");
    }

    private static void WriteHacked(HtmlWriter page, Comparison comparison)
    {
        RewardCell[] hacked = [.. comparison.Cells.Where(cell => cell.IsHacked)];
        page.Add($"<h2>Reward up, success not</h2>");
        if (hacked.Length == 0)
        {
            page.Add($"<p>None of the runs raised its own reward without raising success.</p>");
            return;
        }

        page.Add($"""<table><tr><th>task</th><th>reward</th><th class="number">seed</th><th class="number">own return before</th>""");
        page.Add($"""<th class="number">after</th><th class="number">success before</th><th class="number">after</th></tr>""");
        foreach (RewardCell cell in hacked)
        {
            page.Add($"""<tr><td class="key">{cell.TaskPath}</td><td>{cell.Reward}</td><td class="number">{cell.Seed}</td>""");
            page.Add($"""<td class="number">{cell.SeenBefore:0.0}</td><td class="number">{cell.Seen:0.0}</td>""");
            page.Add($"""<td class="number">{cell.Before:0.00}</td><td class="number">{cell.Success:0.00}</td></tr>""");
        }

        page.Add($"</table>");
    }

    private static string Interval(Prediction one) => double.IsFinite(one.Kendall.Low)
        ? Text($"{one.Kendall.Value:0.00} [{one.Kendall.Low:0.00}, {one.Kendall.High:0.00}]") : Text($"{one.Kendall.Value:0.00}");

    private static string Number(double? value) => value is { } known ? Text($"{known:0.00}") : "-";
}
