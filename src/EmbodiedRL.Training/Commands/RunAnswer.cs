using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Commands;

/// <summary>What a command says when a run has ended.</summary>
internal static class RunAnswer
{
    /// <summary>For people, or the summary as JSON for scripts.</summary>
    public static void Write(TextWriter output, RunFolder folder, RunSummary summary, bool asJson)
    {
        if (asJson)
        {
            output.Write(RunJson.Of(summary));
            return;
        }

        output.WriteLine(Line(summary));
        foreach ((string measure, double share) in summary.Measures)
            output.WriteLine($"  {measure}: {Share(share)}{(summary.MeasuresBefore.TryGetValue(measure, out double before) ? $" (before training {Share(before)})" : "")}");
        foreach (string warning in summary.Warnings) output.WriteLine($"Warning: {warning}");
        output.WriteLine($"Summary: {folder.Summary}");
        string[] videos = Directory.Exists(folder.Videos) ? Directory.GetFiles(folder.Videos, "*.mp4") : [];
        foreach (string video in videos.Order(StringComparer.Ordinal)) output.WriteLine($"Video:   {video}");
        output.WriteLine($"Report:  {folder.Report}");
    }

    /// <summary>Success with its interval, in one line.</summary>
    public static string Line(RunSummary summary) => summary is { Success: { } success, SuccessInterval: [var low, var high] }
        ? $"Success {Share(success)} of {summary.Episodes} fresh episodes (95 % interval {Share(low)} to {Share(high)}; before training {Share(summary.SuccessBefore ?? double.NaN)}), judged by {string.Join(" and ", summary.JudgedBy)}."
        : "Success is not judged: no measure of the environment fits the goal.";

    private static string Share(double share) => FormattableString.Invariant($"{share:0.000}");
}
