namespace EmbodiedRL.Training.Metrics;

/// <summary>Result of truncating a run's metrics to its checkpoint.</summary>
/// <param name="Later">Lines of updates after the checkpoint; they were dropped and are written again.</param>
/// <param name="Damaged">Lines that were cut off or could not be read; they were dropped.</param>
/// <param name="Missing">Updates up to the checkpoint that had no line, ascending.</param>
public sealed record MetricsRepair(int Later, int Damaged, IReadOnlyList<long> Missing)
{
    /// <summary>One sentence for each thing that a person should know; none for a file that was as it should be.</summary>
    public IEnumerable<string> Sentences(string file)
    {
        if (Later > 0)
            yield return $"{file}: {Count(Later, "line")} written after the checkpoint dropped; "
                + $"{(Later == 1 ? "its update is" : "their updates are")} played again.";
        if (Damaged > 0) yield return $"{file}: {Count(Damaged, "line")} cut off or damaged dropped.";
        if (Missing.Count == 0) yield break;
        string rebuilt = Missing[0] == 0 ? " That of update 0 was written again from the checkpoint." : "";
        bool isGap = Missing.Count > 1 || Missing[0] != 0;
        string lost = isGap ? " What else they said is lost, and curves have a gap there; the run itself is not affected." : "";
        yield return $"Warning: {file}: the {(Missing.Count == 1 ? "line" : "lines")} of {Ranges()} "
            + $"{(Missing.Count == 1 ? "was" : "were")} gone.{rebuilt}{lost}";
    }

    private static string Count(int number, string what) => FormattableString.Invariant($"{number} {what}{(number == 1 ? "" : "s")}");

    private string Ranges()
    {
        var parts = new List<string>();
        for (int i = 0; i < Missing.Count; i++)
        {
            int first = i;
            while (i + 1 < Missing.Count && Missing[i + 1] == Missing[i] + 1) i++;
            parts.Add(first == i ? $"{Missing[i]}" : $"{Missing[first]} to {Missing[i]}");
        }

        return $"{(Missing.Count == 1 ? "update" : "updates")} {string.Join(", ", parts)}";
    }
}
