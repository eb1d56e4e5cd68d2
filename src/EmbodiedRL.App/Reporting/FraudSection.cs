using EmbodiedRL.App.Commands;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Auditing;
using EmbodiedRL.Training.Auditing.RedTeam;

namespace EmbodiedRL.App.Reporting;

/// <summary>What the red team has found: a line for each attack, and a film strip of each worst fraud.</summary>
internal static class FraudSection
{
    /// <summary>Writes the section; nothing where there was no attack.</summary>
    public static void Write(HtmlWriter page, RewardAudit audit, AuditReport report)
    {
        if (report.Attacks.Count == 0) return;
        page.Add($"<h2>Red team</h2><p>A fraud is a moment in which the goal is not fulfilled and never half true, and that a reward pays "
            + $"for. Its share says how far up from what is typical of failures (0) to what is typical of successes (1) the reward goes; "
            + $"whatever is 1 or more pays a fraud as well as the goal.</p>");
        page.Add($"""<table><tr><th>reward</th><th>attack</th><th class="number">share</th><th class="number">worst</th>"""
            + $"""<th class="number">searches</th><th class="number">states tried</th></tr>""");
        foreach (AttackOutcome attack in report.Attacks)
            page.Add($"""<tr><td class="key">{attack.Reward}</td><td>{attack.Name}</td>"""
                + $"""<td class="number">{AuditAnswer.Text(attack.Share)}</td>"""
                + $"""<td class="number">{(attack.Worst is { } worst ? AuditAnswer.Text(worst.Share) : "none")}</td>"""
                + $"""<td class="number">{attack.Share.Count}</td><td class="number">{attack.Tried:N0}</td></tr>""");
        page.Add($"""</table><p class="soft small">Share: mean over searches of the best fraud of each, with its 95 % interval.</p>""");
        foreach (AttackOutcome attack in report.Attacks)
        {
            if (attack.Worst is not { } worst) continue;
            RgbImage strip = FraudFiles.Strip(audit, report, attack);
            page.Add($"<h3>{attack.Reward}: {attack.Name}, share {AuditAnswer.Text(worst.Share)}</h3>");
            page.AddData("<figure><img src=\"", "image/png", ImageFile.EncodePng(strip.Rgb, strip.Width, strip.Height), "\" alt=\"\">");
            page.Add($"<figcaption>Left a success; beside it the worst fraud, frame by frame. Beneath: the goal's truth (with ✓ where it "
                + $"is fulfilled) and the reward.</figcaption></figure>");
        }
    }
}
