using System.Numerics;

namespace EmbodiedRL.Models.Weights;

/// <summary>Search for NaN and infinite values.</summary>
internal static class FiniteSpans
{
    /// <summary>The first place that is NaN or infinite; -1 if there is none.</summary>
    public static int IndexOfAnyNonFinite<T>(this ReadOnlySpan<T> values) where T : INumberBase<T>
    {
        for (int i = 0; i < values.Length; i++)
            if (!T.IsFinite(values[i])) return i;
        return -1;
    }
}
