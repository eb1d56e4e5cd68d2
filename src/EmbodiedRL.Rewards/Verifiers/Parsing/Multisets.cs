namespace EmbodiedRL.Rewards.Verifiers.Parsing;

/// <summary>Overlap of lists in which an element counts as often as it occurs, whatever its place.</summary>
public static class Multisets
{
    /// <summary>How many elements two lists share.</summary>
    public static int Shared(IEnumerable<string> left, IEnumerable<string> right)
    {
        Dictionary<string, int> counts = new(StringComparer.Ordinal);
        foreach (string one in right) counts[one] = counts.GetValueOrDefault(one) + 1;
        int shared = 0;
        foreach (string one in left)
        {
            if (counts.GetValueOrDefault(one) is not (> 0 and int count)) continue;
            counts[one] = count - 1;
            shared++;
        }

        return shared;
    }

    /// <summary>Jaccard index: shared over all, in [0, 1]; 1 for two empty lists.</summary>
    public static double Jaccard(IReadOnlyCollection<string> left, IReadOnlyCollection<string> right)
    {
        int shared = Shared(left, right), all = left.Count + right.Count - shared;
        return all == 0 ? 1 : (double)shared / all;
    }
}
