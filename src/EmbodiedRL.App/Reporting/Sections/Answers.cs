using System.Globalization;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Reasoning;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Reporting.Sections;

/// <summary>
/// The first screen of a language model that was fine-tuned: accuracy by kind of question, and completions with their rewards.
/// </summary>
internal static class Answers
{
    private const string Accuracy = "accuracy/";

    public static void Write(HtmlWriter page, ReportData run)
    {
        string model = run.Setting("reasoning:model"), algorithm = run.Setting("reasoning:algorithm");
        page.Add($"""<p class="soft small">EmbodiedRL run · fine-tuning by {algorithm}</p><h1>{model}</h1>""");
        if (run.Summary is not { } summary)
        {
            page.Add($"""<div class="warnings">This run has not ended: what follows is how far it came. """
                + $"<code>./embodied resume {run.Folder.Root}</code> goes on with it.</div>");
            WriteSamples(page, run);
            return;
        }

        foreach (string warning in summary.Warnings) page.Add($"""<div class="warnings">{warning}</div>""");
        if (summary.Success is { } after)
        {
            page.Add($"""<p class="number">{Percent(after)}</p>""");
            string earlier = summary.SuccessBefore is { } before ? $" {Percent(before)} before training." : "";
            string interval = summary.SuccessInterval is [var low, var high] ? $" 95 % interval: {Percent(low)} to {Percent(high)}." : "";
            page.Add($"<p>of {summary.Episodes:N0} held-out questions answered rightly by the likeliest completion.{earlier}{interval} "
                + $"{summary.Steps:N0} completions, seed {summary.Seed}.</p>");
        }

        WriteKinds(page, summary);
        WriteSamples(page, run);
    }

    private static void WriteKinds(HtmlWriter page, RunSummary summary)
    {
        page.Add($"""<h2>By kind of question</h2><table><tr><th>kind</th><th class="number">before</th><th class="number">after</th>"""
            + $"""<th class="number">change</th></tr>""");
        foreach ((string name, double after) in summary.Measures.Where(pair => pair.Key.StartsWith(Accuracy, StringComparison.Ordinal)))
            WriteRow(page, name[Accuracy.Length..], summary.MeasuresBefore, name, after, isShare: true);
        page.Add($"</table>");
        (string Name, double After)[] others = [.. summary.Measures
            .Where(pair => !pair.Key.StartsWith("accuracy", StringComparison.Ordinal)).Select(pair => (pair.Key, pair.Value))];
        if (others.Length == 0) return;
        page.Add($"""<table><tr><th>figure</th><th class="number">before</th><th class="number">after</th>"""
            + $"""<th class="number">change</th></tr>""");
        foreach ((string name, double after) in others) WriteRow(page, name, summary.MeasuresBefore, name, after, isShare: false);
        page.Add($"""</table><p class="soft small">well-formed: share of completions that are reasoning, answer and confidence. overlap: """
            + $"mean intersection over union of boxes. brier: squared difference of stated confidence and correctness, lower is better; "
            + $"a completion that states none counts 1.</p>");
    }

    private static void WriteRow(HtmlWriter page, string label, IReadOnlyDictionary<string, double> before, string name, double after,
        bool isShare)
    {
        bool isKnown = before.TryGetValue(name, out double earlier);
        string Show(double value) => isShare ? Percent(value) : value.ToString("0.000", CultureInfo.InvariantCulture);
        string change = !isKnown ? "" : isShare
            ? ((after - earlier) * 100).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture)
            : (after - earlier).ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);
        page.Add($"""<tr><td class="key">{label}</td><td class="number">{(isKnown ? Show(earlier) : "")}</td>"""
            + $"""<td class="number">{Show(after)}</td><td class="number">{change}</td></tr>""");
    }

    private static void WriteSamples(HtmlWriter page, ReportData run)
    {
        IReadOnlyList<SampleLine> before = SampleFile.Read(run.Folder, SampleFile.Before),
            after = SampleFile.Read(run.Folder, SampleFile.After);
        if (before.Count == 0) return;
        page.Add($"<h2>Completions</h2><table><tr><th></th><th>question</th><th>before</th><th>after</th></tr>");
        for (int i = 0; i < before.Count; i++)
        {
            SampleLine asked = before[i];
            page.Add($"<tr><td>");
            foreach (string image in asked.Images)
                page.AddData("<img style=\"width:6rem;min-width:6rem;image-rendering:pixelated\" src=\"", "image/png",
                    File.ReadAllBytes(Path.Combine(run.Folder.Samples, image)), "\" alt=\"\">");
            page.Add($"</td><td>{asked.Prompt}<br><span class=\"soft small\">{asked.Kind} · right: {asked.Reference}</span></td>");
            WriteCompletion(page, asked);
            if (i < after.Count) WriteCompletion(page, after[i]);
            else page.Add($"<td></td>");
            page.Add($"</tr>");
        }

        page.Add($"</table>");
    }

    private static void WriteCompletion(HtmlWriter page, SampleLine line)
    {
        string terms = string.Join(", ", line.Terms.Select(term => FormattableString.Invariant($"{term.Key} {term.Value:0.00}")));
        string reward = line.Reward.ToString("0.00", CultureInfo.InvariantCulture);
        page.Add($"<td>{line.Completion}<br><span class=\"soft small\">reward {reward}: {terms}</span></td>");
    }

    private static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);
}
