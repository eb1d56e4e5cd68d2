using System.Globalization;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Training.Auditing;
using EmbodiedRL.Training.Auditing.RedTeam;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary>What an audit answers, to scripts and people.</summary>
internal static class AuditAnswer
{
    private const string Usual = "0.00";

    /// <summary>The figures as JSON, rows <c>TASK/REWARD/METRIC</c>; what is not defined is null.</summary>
    public static string Json(AuditReport report, string folder) => RunJson.Of(new
    {
        report.Environment,
        report.Goal,
        report.Settings.Seed,
        report.Settings.Episodes,
        report.Settings.Frames,
        Folder = folder,
        Machine = Versions.OfProcess(),
        Trajectories = report.Kinds.Select(kind => new { Kind = kind.Kind.NameOf(), kind.Count, kind.Successes }),
        Rows = report.Rows.Select(row => new
        {
            Name = $"{report.Environment}/{row.Reward}/{row.Metric}",
            Task = report.Environment,
            row.Reward,
            row.Metric,
            Value = Known(row.Figure.Value),
            Low = Known(row.Figure.Low),
            High = Known(row.Figure.High),
            Unit = row.Metric == AuditMetrics.Cost ? "ms/frame" : "",
            Reference = double.IsNaN(row.Reference) ? "" : "truth",
            ReferenceValue = Known(row.Reference),
            Note = row.Note.Length > 0 ? row.Note : null,
        }),
        Frauds = report.Attacks.Select(attack => new
        {
            attack.Reward,
            Attack = attack.Name,
            Value = Known(attack.Share.Value),
            Low = Known(attack.Share.Low),
            High = Known(attack.Share.High),
            Searches = attack.Share.Count,
            attack.Tried,
            Worst = attack.Worst?.Share,
            Scores = attack.Worst?.Scores.Select(Known),
            Truths = attack.Worst?.Shown.Truths,
        }),
        report.NotRun,
    });

    /// <summary>The same as a table: a line for each metric, a column for each reward.</summary>
    public static void Write(TextWriter output, AuditReport report, string folder)
    {
        output.WriteLine($"\"{report.Goal}\" in {report.Environment}: {report.Trajectories.Count} trajectories of "
            + $"{report.Settings.Frames} frames ({string.Join(", ", report.Kinds.Select(kind => $"{kind.Kind.NameOf()} {kind.Count}"))}).");
        if (report.Rows.Count > 0)
            TextTable.Write(output, "",
            [
                ["metric", .. report.Rewards, "truth itself"],
                .. AuditMetrics.All.Select(metric => (string[])
                [
                    metric.Name, .. report.Rewards.Select(name => Text(Row(report, name, metric.Name))),
                    Text(report.Rows.First(row => row.Metric == metric.Name).Reference),
                ]),
            ]);
        foreach (AttackOutcome attack in report.Attacks) output.WriteLine($"Red team on {attack.Reward}: {attack.Note}.");
        foreach (RewardNotRun missing in report.NotRun) output.WriteLine($"{missing.Reward}: {missing.Reason}");
        output.WriteLine($"Values with 95 % intervals over trajectories. Report and data set: {folder}");
    }

    /// <summary>A figure and its interval, or why there is none.</summary>
    public static string Text(AuditRow row)
    {
        IntervalFigure figure = row.Figure;
        string format = row.Metric == AuditMetrics.Cost ? "0.0000" : Usual;
        if (double.IsNaN(figure.Value)) return $"none ({row.Note})";
        return Text(figure, format);
    }

    /// <summary>A figure and its interval, where it has one.</summary>
    public static string Text(IntervalFigure figure, string format = Usual) => double.IsNaN(figure.Low)
        ? Text(figure.Value, format)
        : $"{Text(figure.Value, format)} [{Text(figure.Low, format)}, {Text(figure.High, format)}]";

    /// <summary>A number for people; empty if there is none.</summary>
    public static string Text(double value, string format = Usual) =>
        double.IsNaN(value) ? "" : value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>The row of a reward and metric.</summary>
    public static AuditRow Row(AuditReport report, string reward, string metric) =>
        report.Rows.First(row => row.Reward == reward && row.Metric == metric);

    private static double? Known(double value) => double.IsFinite(value) ? value : null;
}
