using System.Collections.Frozen;

namespace EmbodiedRL.Core.Facts;

/// <summary>Pairs of facts that are never said together in training, so that what a model makes of them is a test.</summary>
/// <param name="recorded">Pairs of names, in either order; null for about every fifth pair, chosen by the names alone.</param>
internal sealed class KeptApart(IEnumerable<(string First, string Second)>? recorded)
{
    private const int Modulus = 5, Remainder = 1;

    private readonly FrozenSet<(string, string)>? _recorded =
        recorded?.SelectMany(pair => new[] { pair, (pair.Second, pair.First) }).ToFrozenSet();

    public bool Contains(string first, string second)
    {
        if (_recorded is not null) return _recorded.Contains((first, second));
        if (first == second) return false;
        return string.CompareOrdinal(first, second) < 0 ? IsChosen(first, second) : IsChosen(second, first);
    }

    private static bool IsChosen(string first, string second)
    {
        // FNV-1a: equal on every machine and for ever, which string.GetHashCode is not.
        uint hash = 2166136261;
        foreach (char letter in first.AsSpan()) hash = (hash ^ letter) * 16777619;
        hash = (hash ^ '|') * 16777619;
        foreach (char letter in second.AsSpan()) hash = (hash ^ letter) * 16777619;
        return (hash >> 8) % Modulus == Remainder;
    }
}
