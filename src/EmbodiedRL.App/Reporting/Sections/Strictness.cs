using System.Globalization;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Reporting.Sections;

/// <summary>What success is worth: at half and at double of the tolerances, and beside policies that have learned nothing.</summary>
internal static class Strictness
{
    public static void Write(HtmlWriter page, RunSummary summary)
    {
        if (summary is not { Success: not null, Strictness: { } known }) return;
        page.Add($"""<h2>How strict is this?</h2><table><tr><th>policy</th><th>started from</th>""");
        page.Add($"""<th class="number">twice as strict</th><th class="number">as asked</th><th class="number">half as strict</th></tr>""");
        foreach ((string measure, ToleranceWords words) in known.Tolerances)
        {
            page.Add($"""<tr class="soft"><td>{measure} asks for</td><td></td><td class="number">{words.TwiceAsStrict}</td>""");
            page.Add($"""<td class="number">{words.AsAsked}</td><td class="number">{words.HalfAsStrict}</td></tr>""");
        }

        WritePolicy(page, "trained", known.Trained);
        WritePolicy(page, "doing nothing", known.DoingNothing);
        WritePolicy(page, "random actions", known.RandomActions);
        page.Add($"""</table><p class="soft small">Share of episodes that succeed; every policy plays the same starts. """);
        page.Add($"The share of an episode's last steps in which the condition must hold stays as it is.");
        if (known.WithoutTolerance.Count > 0)
            page.Add($" No tolerance to halve or double: {string.Join(", ", known.WithoutTolerance)}.");
        if (known.DoingNothing is null) page.Add($" Doing nothing was not played (evaluate:baselines).");
        page.Add($"</p>");
    }

    private static void WritePolicy(HtmlWriter page, string name, PolicySuccess? policy)
    {
        if (policy is null) return;
        WriteRow(page, name, "the whole range", policy.WholeRange);
        if (policy.TaskStart is { } own) WriteRow(page, name, "the task's own start", own);
    }

    private static void WriteRow(HtmlWriter page, string name, string start, SuccessByStrictness success)
    {
        page.Add($"""<tr><td>{name}</td><td>{start}</td><td class="number">{Percent(success.TwiceAsStrict)}</td>""");
        page.Add($"""<td class="number">{Percent(success.AsAsked)}</td><td class="number">{Percent(success.HalfAsStrict)}</td></tr>""");
    }

    private static string Percent(double? share) => share?.ToString("0.# %", CultureInfo.InvariantCulture) ?? "";
}
