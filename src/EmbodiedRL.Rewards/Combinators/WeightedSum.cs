namespace EmbodiedRL.Rewards.Combinators;

/// <summary>Joins terms by adding weight times score; a term that is NaN somewhere is left out there.</summary>
public static class WeightedSum
{
    /// <summary>Joins the terms.</summary>
    /// <param name="scores">For each term its scores, [T, N].</param>
    /// <param name="weights">One per term.</param>
    /// <param name="joined">[T, N], overwritten; NaN where no term applies.</param>
    public static void Combine(ReadOnlySpan<float[]> scores, ReadOnlySpan<float> weights, Span<float> joined)
    {
        joined.Fill(float.NaN);
        for (int term = 0; term < scores.Length; term++)
        {
            ReadOnlySpan<float> values = scores[term];
            float weight = weights[term];
            for (int i = 0; i < joined.Length; i++)
            {
                if (float.IsNaN(values[i])) continue;
                joined[i] = (float.IsNaN(joined[i]) ? 0 : joined[i]) + (weight * values[i]);
            }
        }
    }
}
