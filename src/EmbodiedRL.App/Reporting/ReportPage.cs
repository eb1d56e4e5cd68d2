using EmbodiedRL.App.Reporting.Sections;
using EmbodiedRL.Core;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Reporting;

/// <summary>The page a person reads after a run: one file, no network, no scripts; pictures and videos are in it.</summary>
public static class ReportPage
{
    /// <summary>
    /// Draws the plots and writes <c>report.html</c>, from the run's files alone, so that it can be made again at any time.
    /// </summary>
    /// <param name="folder">Of the run.</param>
    /// <param name="rewards">Which sources there are.</param>
    /// <exception cref="CorruptFileException">A file of the run is cut off or of another layout.</exception>
    public static void Write(RunFolder folder, RewardRegistries rewards)
    {
        ReportData run = ReportData.Read(folder, rewards);
        IReadOnlyList<PlotFile> plots = Plots.Write(folder, run.IsReasoning);
        var page = new HtmlWriter();
        string goal = run.Summary is { Goal.Length: > 0 } summary ? summary.Goal : run.Setting("goal:prompt");
        page.Begin(run.IsReasoning ? run.Setting("reasoning:model") : goal.Length > 0 ? goal : run.Setting("env:name"));
        if (run.IsReasoning) Answers.Write(page, run);
        else Outcome.Write(page, run, goal);
        Pictures.Write(page, run, plots);
        Account.Write(page, run, rewards);
        page.End();
        AtomicFile.WriteText(folder.Report, page.ToString());
    }
}
