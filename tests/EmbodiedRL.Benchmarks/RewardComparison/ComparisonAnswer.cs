using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.Measuring;
using static EmbodiedRL.Benchmarks.RewardComparison.ComparisonWords;

namespace EmbodiedRL.Benchmarks.RewardComparison;

/// <summary>The answer of a comparison: for people, and as rows for scripts.</summary>
internal static class ComparisonAnswer
{
    /// <summary>Writes tables and verdicts.</summary>
    public static void Write(TextWriter output, Comparison comparison, IReadOnlyDictionary<string, string> missing, string report)
    {
        TextTable.Write(output, "",
        [
            ["reward", "tasks", "runs", "success", "interquartile mean", "area", "us/step", "verdict"],
            .. comparison.Standings.Select(one => new[]
            {
                one.Reward, $"{one.Tasks}", $"{one.Cells}", Text($"{one.Mean.Value:0.00} [{one.Mean.Low:0.00}, {one.Mean.High:0.00}]"),
                Text($"{one.Middle.Value:0.00} [{one.Middle.Low:0.00}, {one.Middle.High:0.00}]"), Text($"{one.Area:0.00}"),
                Text($"{one.MicrosecondsPerStep:0.0}"), Of(one, comparison.Rewards[0]),
            }),
        ]);
        output.WriteLine();
        foreach (string sentence in Predictions(comparison)) output.WriteLine(sentence);
        foreach (IGrouping<string, string> reason in missing.GroupBy(pair => pair.Value, pair => pair.Key))
            output.WriteLine($"{reason.Count()} x {reason.Key}");
        output.WriteLine($"Report: {report}");
    }

    /// <summary>Rows <c>ENVIRONMENT/TASK/REWARD</c> with success beside the first reward's, then one for each reward.</summary>
    public static IReadOnlyList<BenchRow> Rows(Comparison comparison)
    {
        string first = comparison.Rewards[0], reference = $"the same agent under '{first}'";
        var rows = new List<BenchRow>();
        foreach (BenchTask task in comparison.Tasks)
            foreach (string reward in comparison.Rewards)
                if (comparison.Of(task, reward) is { Count: > 0 } cells)
                    rows.Add(new BenchRow($"{task.Path}/{reward}", cells.Average(cell => cell.Success), "success", reference,
                        comparison.Of(task, first) is { Count: > 0 } firsts ? firsts.Average(cell => cell.Success) : double.NaN)
                    { More = { ["seeds"] = cells.Count } });
        foreach (Standing one in comparison.Standings)
            rows.Add(new BenchRow($"rewards/{one.Reward}", one.Mean.Value, "success", reference,
                comparison.Standings.FirstOrDefault(other => other.Reward == first)?.Mean.Value ?? double.NaN)
            {
                More =
                {
                    ["low"] = one.Mean.Low, ["high"] = one.Mean.High, ["interquartileMean"] = one.Middle.Value, ["area"] = one.Area,
                    ["hacked"] = one.Hacked, ["microsecondsPerStep"] = one.MicrosecondsPerStep, ["verdict"] = Of(one, first),
                },
            });
        foreach (Prediction one in comparison.Predictions)
            rows.Add(new BenchRow($"prediction/{one.Metric}", one.Kendall.Value, "Kendall", "what is asked of the AUROC",
                Comparison.LeastKendall) { More = { ["tasks"] = one.Kendall.Count } });
        return rows;
    }
}
