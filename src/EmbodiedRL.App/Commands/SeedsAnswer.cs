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
        foreach ((string name, SeedFigure figure) in summary.Figures) output.WriteLine($"  {name}: {Line(figure, "0.000")}");
        foreach ((string name, SeedFigure figure) in summary.Returns) output.WriteLine($"  {name}: {Line(figure, "0.0")}");
        foreach (string warning in summary.Warnings) output.WriteLine($"Warning: {warning}");
        output.WriteLine($"Summary: {all.Summary}");
        output.WriteLine($"Report:  {all.Report}");
    }

    private static string Line(SeedFigure figure, string format)
    {
        return $"mean {Text(figure.Mean)}{Interval(figure.Interval)}, interquartile mean {Text(figure.InterquartileMean)}"
            + $"{Interval(figure.InterquartileInterval)}, from {Text(figure.Least)} to {Text(figure.Most)}";

        string Text(double value) => value.ToString(format, CultureInfo.InvariantCulture);

        string Interval(double[]? interval) =>
            interval is [var low, var high] ? $" (95 % interval {Text(low)} to {Text(high)})" : "";
    }
}
