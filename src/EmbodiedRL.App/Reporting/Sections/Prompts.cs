using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Reporting.Sections;

/// <summary>The sentences that the reward's terms really read, where the goal alone does not say it.</summary>
internal static class Prompts
{
    public static void Write(HtmlWriter page, RunSummary summary)
    {
        if (TermPrompts.AreGoalAlone(summary.Prompts, summary.Goal)) return;
        page.Add($"<p>What the reward's terms read, which is not the goal alone:</p><ul>");
        foreach (TermPrompts term in summary.Prompts)
            page.Add($"<li>{term.Term}: {string.Join(" · ", term.Goals.Select(sentence => $"“{sentence}”"))}</li>");
        page.Add($"</ul>");
    }
}
