using System.Text.RegularExpressions;

namespace EmbodiedRL.Training.Tests;

/// <summary>What must be equal where two runs are said to be equal.</summary>
internal static partial class RunFiles
{
    /// <summary>The lines of metrics.jsonl without what depends on the clock.</summary>
    public static string[] Metrics(string run) =>
        [.. File.ReadLines(Path.Combine(run, "metrics.jsonl")).Select(line => TimeFields().Replace(line, ""))];

    [GeneratedRegex(""","time/[^"]*":[^,}]*""")]
    private static partial Regex TimeFields();
}
