using System.Globalization;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Reporting;

/// <summary>The first screen: the sentence, what to think of it, and what came of it.</summary>
internal static class Outcome
{
    public static void Write(HtmlWriter page, RunRecord run, string goal)
    {
        string environment = run.Summary is { Environment.Length: > 0 } known ? known.Environment : run.Setting("env:name");
        page.Add($"""<p class="soft small">EmbodiedRL run · {environment}</p>""");
        if (goal.Length > 0) page.Add($"<h1>“{goal}”</h1>");
        else page.Add($"<h1>{environment}, without a sentence</h1>");
        if (run.Summary is not { } summary)
        {
            page.Add($"""<div class="warnings">This run has not ended: what follows is how far it came. <code>./embodied resume {run.Folder.Root}</code> goes on with it.</div>""");
            return;
        }

        WriteKind(page, summary);
        if (summary.Warnings.Count > 0)
        {
            page.Add($"""<div class="warnings"><strong>Before you trust the figures</strong><ul>""");
            foreach (string warning in summary.Warnings) page.Add($"<li>{warning}</li>");
            page.Add($"</ul></div>");
        }

        WriteVerdict(page, summary, run.SeesOnlyPixels);
        WriteMeasures(page, summary);
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
            page.Add($" Over sampled states its reward follows the sentence's truth with a correlation of {agreement:0.00}.");
        page.Add($"</p>");
        if (summary.Baseline.Length > 0) page.Add($"""<p class="soft small">Measured from the baseline “{summary.Baseline}”.</p>""");
    }

    private static void WriteVerdict(HtmlWriter page, RunSummary summary, bool seesOnlyPixels)
    {
        if (summary.Success is not { } success)
        {
            page.Add($"""
                <div class="verdict"><div class="words"><strong>Success is not judged.</strong> The goal matches no hand-built measure of this environment, so
                nothing but the image-text model says whether it was reached. Look at the film strip below.</div></div>
                """);
            return;
        }

        page.Add($"""<div class="verdict">""");
        if (summary.SuccessBefore is { } before)
            page.Add($"""<div class="before"><div class="figure">{Percent(before)}</div><div class="label">before training</div></div><div class="arrow">→</div>""");
        page.Add($"""<div class="after"><div class="figure">{Percent(success)}</div><div class="label">after training</div></div><div class="words">""");
        string judges = string.Join(" and ", summary.JudgedBy.Select(name => summary.Meanings.TryGetValue(name, out string? meaning) ? $"{name} ({meaning})" : name));
        string episodes = summary.Episodes > 0 ? $"{summary.Episodes} fresh episodes" : "fresh episodes";
        string hidden = seesOnlyPixels
            ? "The agent learned from an image-text model's word on pixels alone; its reward never read this measure."
            : "The measure itself is no part of the agent's reward.";
        page.Add($"<p>Success in {episodes}, judged by {(judges.Length > 0 ? judges : "the task's own measure")}. {hidden}</p>");
        if (summary.SuccessInterval is [var low, var high])
        {
            page.Add($"""
                <div class="scale"><span class="range" style="left:{low * 100:0.##}%;width:{(high - low) * 100:0.##}%"></span>
                <span class="mark" style="left:{success * 100:0.##}%"></span></div>
                <p class="soft small">95 % interval: {Percent(low)} to {Percent(high)}. {summary.Steps:N0} environment steps, seed {summary.Seed}.</p>
                """);
        }

        page.Add($"</div></div>");
    }

    private static void WriteMeasures(HtmlWriter page, RunSummary summary)
    {
        if (summary.Measures.Count == 0) return;
        page.Add($"""<h2>All measures</h2><table><tr><th>measure</th><th class="number">before</th><th class="number">after</th><th>what it asks of an episode</th></tr>""");
        foreach ((string name, double after) in summary.Measures.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            string before = summary.MeasuresBefore.TryGetValue(name, out double share) ? Percent(share) : "";
            string judged = summary.JudgedBy.Contains(name) ? " (judges this goal)" : "";
            page.Add($"""
                <tr><td class="key">{name}</td><td class="number">{before}</td><td class="number">{Percent(after)}</td>
                <td>{summary.Meanings.GetValueOrDefault(name, "")}{judged}</td></tr>
                """);
        }

        page.Add($"</table>");
    }

    private static void WriteControls(HtmlWriter page, RunSummary summary)
    {
        if (summary.Controls.Count == 0) return;
        page.Add($"""<h2>Controls</h2><table><tr><th>run</th><th class="number">success</th><th>measures</th><th>what it shows</th></tr>""");
        foreach (ControlOutcome control in summary.Controls)
        {
            string measures = string.Join(", ", control.Measures.Select(pair => $"{pair.Key} {Percent(pair.Value)}"));
            page.Add($"""<tr><td>{control.Name}</td><td class="number">{(control.Success is { } share ? Percent(share) : "not judged")}</td><td>{measures}</td><td>{control.Meaning}</td></tr>""");
        }

        page.Add($"</table>");
    }

    private static string Percent(double share) => share.ToString("0.# %", CultureInfo.InvariantCulture);
}
