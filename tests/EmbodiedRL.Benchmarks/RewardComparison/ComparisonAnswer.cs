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
                one.Reward, $"{one.Tasks}", $"{one.Cells}", Interval(one.Mean),
                Interval(one.Middle), Text($"{one.Area:0.00}"),
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
        string first = comparison.Rewards[0];
        var rows = new List<BenchRow>();
        foreach (BenchTask task in comparison.Tasks)
            foreach (string reward in comparison.Rewards)
                if (comparison.Of(task, reward) is { Count: > 0 } cells)
                    rows.Add(Row($"{task.Path}/{reward}", Success(cells),
                        comparison.Of(task, first) is { Count: > 0 } firsts ? Success(firsts) : null, ("seeds", cells.Count)));
        foreach (Standing one in comparison.Standings)
        {
            BenchRow row = Row($"rewards/{one.Reward}", one.Mean.Value,
                comparison.Standings.FirstOrDefault(other => other.Reward == first)?.Mean.Value,
                ("interquartileMean", one.Middle.Value), ("area", one.Area), ("hacked", one.Hacked),
                ("microsecondsPerStep", one.MicrosecondsPerStep), ("verdict", Of(one, first)));
            if (double.IsFinite(one.Mean.Low)) (row.More["low"], row.More["high"]) = (one.Mean.Low, one.Mean.High);
            rows.Add(row);
        }

        foreach (Prediction one in comparison.Predictions)
            rows.Add(new BenchRow($"prediction/{one.Metric}", one.Kendall.Value, "Kendall", "what is asked of the AUROC",
                Comparison.LeastKendall)
            { More = { ["tasks"] = one.Kendall.Count } });
        return rows;

        BenchRow Row(string name, double value, double? reference, params ReadOnlySpan<(string Key, object Value)> more)
        {
            string against = reference is null ? $"none: no run under '{first}' has ended" : $"the same agent under '{first}'";
            var row = new BenchRow(name, value, "success", against, reference ?? 0);
            foreach ((string key, object said) in more) row.More[key] = said;
            return row;
        }
    }

    private static double Success(IReadOnlyList<RewardCell> cells) => cells.Average(cell => cell.Success);
}
