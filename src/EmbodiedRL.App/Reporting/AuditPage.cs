using System.Globalization;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Auditing;

namespace EmbodiedRL.App.Reporting;

/// <summary>The page of an audit: figures, and a film strip of each kind of trajectory with truth and scores beneath; one file.</summary>
internal static class AuditPage
{
    private const int FramesOfStrip = 8, Side = 116;

    /// <summary>Writes the page.</summary>
    /// <param name="path">Replaced.</param>
    /// <param name="audit">Renders.</param>
    /// <param name="report">What was found.</param>
    public static void Write(string path, RewardAudit audit, AuditReport report)
    {
        var page = new HtmlWriter();
        page.Begin(report.Goal);
        page.Add($"""<p class="soft small">EmbodiedRL, audit of rewards · {report.Environment}</p>""");
        page.Add($"<h1>“{report.Goal}”</h1>");
        page.Add($"<p>{report.Trajectories.Count} trajectories of {report.Settings.Frames} frames, whose truth the simulator knows.</p>");
        WriteNotRun(page, report);
        WriteFigures(page, report);
        FraudSection.Write(page, audit, report);
        WriteKinds(page, report);
        WriteStrips(page, audit, report);
        page.End();
        AtomicFile.WriteText(path, page.ToString());
    }

    private static void WriteNotRun(HtmlWriter page, AuditReport report)
    {
        if (report.NotRun.Count == 0) return;
        page.Add($"""<div class="warnings"><strong>Not run</strong><ul>""");
        foreach (RewardNotRun missing in report.NotRun) page.Add($"<li>{missing.Reward}: {missing.Reason}</li>");
        page.Add($"</ul></div>");
    }

    private static void WriteFigures(HtmlWriter page, AuditReport report)
    {
        if (report.Rows.Count == 0) return;
        page.Add($"<h2>Figures</h2><table><tr><th>metric</th>");
        foreach (string reward in report.Rewards) page.Add($"""<th class="number">{reward}</th>""");
        page.Add($"""<th class="number">truth itself</th><th>what it says</th></tr>""");
        foreach ((string metric, string meaning) in AuditMetrics.All)
        {
            page.Add($"""<tr><td class="key">{metric}</td>""");
            foreach (string reward in report.Rewards)
                page.Add($"""<td class="number">{AuditAnswer.Text(AuditAnswer.Row(report, reward, metric))}</td>""");
            double reference = report.Rows.First(row => row.Metric == metric).Reference;
            page.Add($"""<td class="number">{AuditAnswer.Text(reference)}</td><td>{meaning}</td></tr>""");
        }

        page.Add($"""</table><p class="soft small">In brackets: 95 % bootstrap interval over trajectories (of the diagonal over """
            + $"instructions). “Truth itself” is what the goal's graded truth would have as a reward on these very trajectories.</p>");
    }

    private static void WriteKinds(HtmlWriter page, AuditReport report)
    {
        page.Add($"""<h2>Trajectories</h2><table><tr><th>kind</th><th class="number">how many</th>"""
            + $"""<th class="number">succeed</th></tr>""");
        foreach ((TrajectoryKind kind, int count, int successes) in report.Kinds)
            page.Add($"""<tr><td class="key">{kind.NameOf()}</td><td class="number">{count}</td>"""
                + $"""<td class="number">{successes}</td></tr>""");
        page.Add($"</table>");
    }

    private static void WriteStrips(HtmlWriter page, RewardAudit audit, AuditReport report)
    {
        page.Add($"<h2>What they look like</h2>");
        for (int i = 0; i < report.Trajectories.Count; i++)
        {
            AuditTrajectory shown = report.Trajectories[i];
            if (i > 0 && report.Trajectories[i - 1].Kind == shown.Kind) continue;
            if (report.Trajectories.Take(i).Any(earlier => earlier.Kind == shown.Kind)) continue;
            page.Add($"<h3>{shown.Kind.NameOf()}: {report.Asked.Instructions[shown.Instruction].Sentence}</h3>");
            RgbImage strip = Strip(audit, report, i);
            page.AddData("<figure><img src=\"", "image/png", ImageFile.EncodePng(strip.Rgb, strip.Width, strip.Height), "\" alt=\"\">");
            page.Add($"<figcaption>Under each frame: the goal's truth (with ✓ where it is fulfilled) and each reward's score. It "
                + $"{(shown.Succeeds ? "succeeds" : "fails")}.</figcaption></figure>");
        }
    }

    /// <summary>The film strip of a trajectory.</summary>
    internal static RgbImage Strip(RewardAudit audit, AuditReport report, int trajectory)
    {
        AuditTrajectory shown = report.Trajectories[trajectory];
        var spec = FrameSpec.Square(report.Settings.Size);
        byte[] frames = audit.Frames.Of(trajectory, spec);
        int count = Math.Min(FramesOfStrip, shown.Steps);
        return FilmStrip.Compose([.. Enumerable.Range(0, count).Select(i => i * (shown.Steps - 1) / (count - 1)).Select(t => new FilmFrame(
            new RgbImage(frames.AsSpan(t * spec.FrameBytes, spec.FrameBytes).ToArray(), spec.Width, spec.Height),
            [.. Lines(report, trajectory, t)]))], Side);
    }

    private static IEnumerable<string> Lines(AuditReport report, int trajectory, int step)
    {
        AuditTrajectory shown = report.Trajectories[trajectory];
        yield return $"truth {Number(shown.Truths[step])}{(shown.Holds[step] ? " ✓" : "")}";
        foreach (string reward in report.Rewards) yield return $"{reward} {Number(report.Scores[reward][trajectory][step])}";
    }

    /// <summary>A truth or a score for people.</summary>
    public static string Number(double value) => double.IsNaN(value) ? "none" : value.ToString("0.000", CultureInfo.InvariantCulture);
}
