namespace EmbodiedRL.Core.Registry;

/// <summary>Which known names a typing mistake may have meant.</summary>
public static class NearestNames
{
    /// <summary>
    /// The name that replaced an old one, if it is known; else up to <paramref name="count"/> names within a third of the length
    /// in edits (at least two), nearest first.
    /// </summary>
    public static string[] Of(string name, IEnumerable<string> known, int count)
    {
        string[] all = [.. known];
        if (RenamedWords.NowOf(name) is { } now
            && all.FirstOrDefault(one => one.Equals(now, StringComparison.OrdinalIgnoreCase)) is { } renamed) return [renamed];
        int limit = Math.Max(2, name.Length / 3);
        return [.. all
            .Select(candidate => (candidate, Distance: Edits(name.ToUpperInvariant(), candidate.ToUpperInvariant())))
            .Where(pair => pair.Distance <= limit || pair.candidate.Contains(name, StringComparison.OrdinalIgnoreCase))
            .OrderBy(pair => pair.Distance).ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .Take(count).Select(pair => pair.candidate)];
    }

    /// <summary>Levenshtein's distance: insertions, deletions and replacements that turn one word into the other.</summary>
    public static int Edits(string from, string to)
    {
        int[] row = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int cost = from[i - 1] == to[j - 1] ? diagonal : diagonal + 1;
                diagonal = row[j];
                row[j] = Math.Min(cost, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
