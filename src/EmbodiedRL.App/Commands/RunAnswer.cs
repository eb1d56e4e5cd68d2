using System.Globalization;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Commands;

/// <summary>Output of a command when a run has ended.</summary>
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
        if (summary is { Success: not null, Strictness: { } strictness }) Write(output, strictness);
        foreach ((string measure, double share) in summary.Measures)
        {
            string earlier = summary.MeasuresBefore.TryGetValue(measure, out double before) ? $" (before training {Share(before)})" : "";
            output.WriteLine($"  {measure}: {Share(share)}{earlier}");
        }

        if (summary.Returns is { } returns) Write(output, "", returns);
        if (summary.TaskStart is { } own) Write(output, own);
        output.WriteLine($"Summary: {folder.Summary}");
        string[] videos = Directory.Exists(folder.Videos) ? Directory.GetFiles(folder.Videos, "*.mp4") : [];
        foreach (string video in videos.Order(StringComparer.Ordinal)) output.WriteLine($"Video:   {video}");
        if (summary.Model is not null) output.WriteLine($"Model:   {folder.Model}");
        output.WriteLine($"Report:  {folder.Report}");
    }

    private static void Write(TextWriter output, StrictnessSummary strictness)
    {
        (string Name, double? Share)[] figures =
        [
            ("twice as strict", strictness.Trained.WholeRange.TwiceAsStrict),
            ("half as strict", strictness.Trained.WholeRange.HalfAsStrict),
            ("doing nothing", strictness.DoingNothing?.WholeRange.AsAsked),
            ("random actions", strictness.RandomActions?.WholeRange.AsAsked),
        ];
        string[] known = [.. figures.Where(figure => figure.Share is not null)
            .Select(figure => $"{figure.Name} {Share(figure.Share!.Value)}")];
        if (known.Length > 0) output.WriteLine($"  for comparison: {string.Join(", ", known)}");
    }

    private static void Write(TextWriter output, TaskStartSummary own)
    {
        string success = own is { Success: { } share, SuccessInterval: [var low, var high] }
            ? $": success {Share(share)} (95 % interval {Share(low)} to "
                + $"{Share(high)}{(own.SuccessBefore is { } before ? $"; before training {Share(before)}" : "")})"
            : "";
        output.WriteLine($"From the task's own start{success}");
        if (own.Returns is { } returns) Write(output, "  ", returns);
    }

    private static void Write(TextWriter output, string indent, ReturnSummary returns)
    {
        Write(output, $"{indent}  return", returns.Return, returns.ReturnBefore);
        Write(output, $"{indent}  reward seen", returns.Seen, returns.SeenBefore);
        Write(output, $"{indent}  length", returns.Length, returns.LengthBefore);
    }

    private static void Write(TextWriter output, string name, Spread? after, Spread? before)
    {
        if (after is null) return;
        string earlier = before is null ? "" : FormattableString.Invariant($"; before training {before.Mean:0.0}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {after.Mean:0.0}, std {after.Std:0.0}, of {after.Episodes} episodes "
                + $"(95 % interval of the mean {after.Low:0.0} to {after.High:0.0}{earlier})"));
    }

    /// <summary>Success with its interval, in one line.</summary>
    public static string Line(RunSummary summary) =>
        summary is { Model: not null, Success: { } right, SuccessInterval: [var least, var most] }
        ? $"Answered rightly: {Share(right)} of {summary.Episodes} held-out questions (95 % interval {Share(least)} to {Share(most)}; "
            + $"before training {Share(summary.SuccessBefore ?? double.NaN)})."
        : summary is { Success: { } success, SuccessInterval: [var low, var high] }
        ? $"Success {Share(success)} of {summary.Episodes} fresh episodes (95 % interval {Share(low)} to {Share(high)}; before training "
            + $"{Share(summary.SuccessBefore ?? double.NaN)}), judged by {string.Join(" and ", summary.JudgedBy)}."
        : "Success is not judged: no measure of the environment fits the goal.";

    private static string Share(double share) => FormattableString.Invariant($"{share:0.000}");
}
