using System.Globalization;
using EmbodiedRL.Core;

namespace EmbodiedRL.Benchmarks.RewardComparison;

/// <summary>Cells as comma-separated values, for spreadsheets and plotting programs.</summary>
internal static class CellTable
{
    private const string Heads = "environment,task,goal,reward,seed,steps,success,success_before,area,return_before,return_after,hacked,"
        + "verdict,agreement,seconds,score_seconds,episodes,processor,fingerprint";

    /// <summary>Writes the file in one step.</summary>
    public static void Write(string path, IEnumerable<RewardCell> cells) =>
        AtomicFile.WriteText(path, string.Concat(new[] { Heads }.Concat(cells.Select(Line)).Select(line => line + "\n")));

    private static string Line(RewardCell cell) => string.Join(',', new object?[]
    {
        cell.Environment, cell.Task, Quoted(cell.Goal), cell.Reward, cell.Seed, cell.Steps, cell.Success, cell.Before,
        Math.Round(cell.Area, 4), cell.SeenBefore, cell.Seen, cell.IsHacked ? 1 : 0, cell.Verdict, cell.Agreement,
        Math.Round(cell.Seconds, 1), Math.Round(cell.ScoreSeconds, 1), cell.Episodes, Quoted(cell.Processor), cell.Fingerprint,
    }.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture)));

    private static string Quoted(string word) =>
        word.AsSpan().IndexOfAny(",\"\n") < 0 ? word : $"\"{word.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
