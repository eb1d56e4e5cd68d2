using System.Globalization;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Reporting.Sections;

/// <summary>The first screen: the sentence, what to think of it, and what came of it.</summary>
internal static class Outcome
{
    public static void Write(HtmlWriter page, ReportData run, string goal)
    {
        string environment = run.Summary is { Environment.Length: > 0 } known ? known.Environment : run.Setting("env:name");
        page.Add($"""<p class="soft small">EmbodiedRL run · {environment}</p>""");
        if (goal.Length > 0) page.Add($"<h1>“{goal}”</h1>");
        else page.Add($"<h1>{environment}, without a sentence</h1>");
        if (run.Summary is not { } summary)
        {
            page.Add($"""<div class="warnings">This run has not ended: what follows is how far it came. """
                + $"<code>./embodied resume {run.Folder.Root}</code> goes on with it.</div>");
            return;
        }

        WriteKind(page, summary);
        Prompts.Write(page, summary);
        if (summary.Warnings.Count > 0)
        {
            page.Add($"""<div class="warnings"><strong>Before you trust the figures</strong><ul>""");
            foreach (string warning in summary.Warnings) page.Add($"<li>{warning}</li>");
            page.Add($"</ul></div>");
        }

        WriteVerdict(page, summary, run.SeesOnlyPixels);
        Strictness.Write(page, summary);
        WriteMeasures(page, summary);
        WriteReturns(page, summary);
        WriteControls(page, summary);
    }

    private static void WriteKind(HtmlWriter page, RunSummary summary)
    {
        if (summary.GoalKind.Length == 0) return;
        string meaning = summary.GoalKind.ToUpperInvariant() switch
        {
            "TRAINED" => "The image-text model was trained on this wording.",
            "PARAPHRASE" => "This wording was kept back when the image-text model was trained; it has learned others that mean the same.",
            "COMPOSITION" => "The image-text model has learned the parts of this sentence, but never their combination.",
            _ => "The image-text model was not trained on sentences like this one: what it makes of it is a guess.",
        };
        page.Add($"""<p><span class="tag {summary.GoalKind.ToLowerInvariant()}">{summary.GoalKind.ToLowerInvariant()}</span>{meaning}""");
        if (summary.GoalAgreement is { } agreement)
            page.Add($" Over sampled states the reward follows the sentence's truth with an agreement of {agreement:0.00} (rank "
                + $"correlation; 1 is a perfect order){(summary.Verdict == "refuse" ? ", which the check before training refused" : "")}.");
        page.Add($"</p>");
        if (summary.Baseline.Length > 0) page.Add($"""<p class="soft small">Measured from the baseline “{summary.Baseline}”.</p>""");
    }

    private static void WriteVerdict(HtmlWriter page, RunSummary summary, bool seesOnlyPixels)
    {
        if (summary.Success is not { } success)
        {
            page.Add($"""<div class="verdict"><div class="words"><strong>Success is not judged.</strong> """
                + $"The goal matches no hand-built measure of this environment, so");
            page.Add($"nothing but the image-text model says whether it was reached. Look at the film strip below.</div></div>");
            return;
        }

        page.Add($"""<div class="verdict">""");
        if (summary.SuccessBefore is { } before)
        {
            page.Add($"""<div class="before"><div class="figure">{Percent(before)}</div><div class="label">before training</div></div>"""
                + $"""<div class="arrow">→</div>""");
        }

        page.Add($"""<div class="after"><div class="figure">{Percent(success)}</div><div class="label">after training</div></div>"""
            + $"""<div class="words">""");
        string judges = string.Join(" and ",
            summary.JudgedBy.Select(name => summary.Meanings.TryGetValue(name, out string? meaning) ? $"{name} ({meaning})" : name));
        string episodes = summary.Episodes > 0 ? $"{summary.Episodes} fresh episodes" : "fresh episodes";
        string hidden = seesOnlyPixels
            ? "The agent learned from an image-text model's scores of pixels alone; its reward never read this measure."
            : "The measure itself is no part of the agent's reward.";
        page.Add($"<p>Success in {episodes}, judged by {(judges.Length > 0 ? judges : "the task's own measure")}. {hidden}</p>");
        if (summary.SuccessInterval is [var low, var high])
        {
            page.Add($"""
                <div class="scale"><span class="range" style="left:{low * 100:0.##}%;width:{(high - low) * 100:0.##}%"></span>
                <span class="mark" style="left:{success * 100:0.##}%"></span></div>
                """);
            page.Add($"""<p class="soft small">95 % interval: {Percent(low)} to {Percent(high)}. """
                + $"{summary.Steps:N0} environment steps, seed {summary.Seed}.</p>");
        }

        if (summary.TaskStart is { Success: { } own, SuccessInterval: [var least, var most] } start)
        {
            string earlier = start.SuccessBefore is { } then ? $"; {Percent(then)} before training" : "";
            page.Add($"""<p class="soft small">From the task's own start instead of the whole range of states: {Percent(own)} """
                + $"(95 % interval {Percent(least)} to {Percent(most)}{earlier}).</p>");
        }

        page.Add($"</div></div>");
    }

    private static void WriteMeasures(HtmlWriter page, RunSummary summary)
    {
        if (summary.Measures.Count == 0) return;
        TaskStartSummary? own = summary.TaskStart;
        SuccessByStrictness? still = summary.Strictness?.DoingNothing?.WholeRange;
        page.Add($"""<h2>All measures</h2><table><tr><th>measure</th><th class="number">before</th><th class="number">after</th>""");
        if (still is not null) page.Add($"""<th class="number">doing nothing</th>""");
        if (own is not null) page.Add($"""<th class="number">own start, before</th><th class="number">own start, after</th>""");
        page.Add($"""<th>what it asks of an episode</th></tr>""");
        foreach ((string name, double after) in summary.Measures.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            string before = ShareOf(summary.MeasuresBefore, name);
            string judged = summary.JudgedBy.Contains(name) ? " (judges this goal)" : "";
            page.Add($"""
                <tr><td class="key">{name}</td><td class="number">{before}</td><td class="number">{Percent(after)}</td>
                """);
            if (still is not null) page.Add($"""<td class="number">{ShareOf(still.Measures, name)}</td>""");
            if (own is not null)
            {
                page.Add($"""<td class="number">{ShareOf(own.MeasuresBefore, name)}</td>"""
                    + $"""<td class="number">{ShareOf(own.Measures, name)}</td>""");
            }

            page.Add($"""
                <td>{summary.Meanings.GetValueOrDefault(name, "")}{judged}</td></tr>
                """);
        }

        page.Add($"</table>");
    }

    private static void WriteReturns(HtmlWriter page, RunSummary summary)
    {
        (string Start, ReturnSummary? Returns)[] starts =
            [("the whole range", summary.Returns), ("the task's own start", summary.TaskStart?.Returns)];
        if (starts.All(start => start.Returns is null)) return;
        page.Add($"""<h2>Returns</h2><table><tr><th>figure of an episode</th><th>started from</th><th class="number">before</th>"""
            + $"""<th class="number">after</th><th class="number">95 % interval of the mean</th>""");
        page.Add($"""<th class="number">std</th><th class="number">episodes</th></tr>""");
        foreach ((string start, ReturnSummary? returns) in starts)
        {
            WriteSpread(page, "hand-built return", start, returns?.ReturnBefore, returns?.Return);
            WriteSpread(page, "return of the reward seen", start, returns?.SeenBefore, returns?.Seen);
            WriteSpread(page, "steps", start, returns?.LengthBefore, returns?.Length);
        }

        page.Add($"""</table><p class="soft small">The hand-built return is the task's own, unscaled; published numbers are of the """
            + $"task's own start. The reward seen is what the reward's");
        page.Add($"sources say, weighted, before transforms, since those go by statistics that change as training goes on.</p>");
    }

    private static void WriteSpread(HtmlWriter page, string name, string start, Spread? before, Spread? after)
    {
        if (after is null) return;
        page.Add($"""<tr><td>{name}</td><td>{start}</td><td class="number">{(before is null ? "" : Figure(before.Mean))}</td>"""
            + $"""<td class="number">{Figure(after.Mean)}</td>""");
        page.Add($"""<td class="number">{Figure(after.Low)} to {Figure(after.High)}</td><td class="number">{Figure(after.Std)}</td>"""
            + $"""<td class="number">{after.Episodes}</td></tr>""");
    }

    private static void WriteControls(HtmlWriter page, RunSummary summary)
    {
        if (summary.Controls.Count == 0) return;
        page.Add($"""<h2>Controls</h2><table><tr><th>run</th><th class="number">success</th><th>measures</th>"""
            + $"<th>what it shows</th></tr>");
        foreach (ControlOutcome control in summary.Controls)
        {
            string measures = string.Join(", ", control.Measures.Select(pair => $"{pair.Key} {Percent(pair.Value)}"));
            string success = control.Success is { } share ? Percent(share) : "not judged";
            page.Add($"""<tr><td>{control.Name}</td><td class="number">{success}</td><td>{measures}</td><td>{control.Meaning}</td></tr>""");
        }

        page.Add($"</table>");
    }

    private static string ShareOf(IReadOnlyDictionary<string, double> measures, string name) =>
        measures.TryGetValue(name, out double share) ? Percent(share) : "";

    private static string Figure(double value) => value.ToString("N1", CultureInfo.InvariantCulture);

    private static string Percent(double share) => share.ToString("0.# %", CultureInfo.InvariantCulture);
}
