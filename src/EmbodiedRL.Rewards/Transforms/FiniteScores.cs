namespace EmbodiedRL.Rewards.Transforms;

/// <summary>The scores that are numbers, by which statistics are reckoned.</summary>
internal static class FiniteScores
{
    /// <summary>Copies them into a scratch array that grows when it must.</summary>
    public static ReadOnlySpan<float> In(ReadOnlySpan<float> scores, ref float[] scratch)
    {
        if (scratch.Length < scores.Length) scratch = new float[scores.Length];
        int count = 0;
        foreach (float score in scores)
            if (!float.IsNaN(score)) scratch[count++] = score;
        return scratch.AsSpan(0, count);
    }
}
