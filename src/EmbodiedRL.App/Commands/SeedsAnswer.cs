using System.Globalization;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary>Output for people on runs of several seeds.</summary>
internal static class SeedsAnswer
{
    public static void Write(TextWriter output, RunFolder all, SeedsSummary summary)
    {
        string seeds = summary.Seeds == 1 ? "1 seed" : $"{summary.Seeds} seeds";
        if (!summary.Figures.ContainsKey("success"))
            output.WriteLine($"Over {seeds} (success is not judged: no measure of the environment fits the goal):");
        else output.WriteLine($"Over {seeds}, judged by {string.Join(" and ", summary.JudgedBy)}:");
        foreach ((string name, SeedFigure figure) in summary.Figures) output.WriteLine($"  {name}: {Line(figure)}");
        foreach (string warning in summary.Warnings) output.WriteLine($"Warning: {warning}");
        output.WriteLine($"Summary: {all.Summary}");
        output.WriteLine($"Report:  {all.Report}");
    }

    private static string Line(SeedFigure figure) => string.Create(CultureInfo.InvariantCulture,
        $"mean {figure.Mean:0.000}{Interval(figure.Interval)}, interquartile mean {figure.InterquartileMean:0.000}"
            + $"{Interval(figure.InterquartileInterval)}, from {figure.Least:0.000} to {figure.Most:0.000}");

    private static string Interval(double[]? interval) =>
        interval is [var low, var high] ? FormattableString.Invariant($" (95 % interval {low:0.000} to {high:0.000})") : "";
}
