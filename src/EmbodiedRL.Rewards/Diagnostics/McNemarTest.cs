using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Diagnostics;

/// <summary>
/// McNemar's exact test: whether two policies that answered the same questions differ by more than chance.
/// </summary>
[Paper("2506.07218", "Perception-R1: Advancing Multimodal Reasoning Capabilities of MLLMs via Visual Perception Reward", Year = 2025,
    Method = "S01")]
public static class McNemarTest
{
    /// <summary>Two-sided p: min(1, 2 sum_{i &lt;= min(b, c)} C(b + c, i) / 2^(b + c)).</summary>
    /// <param name="firstOnly">b, questions that the first alone got right.</param>
    /// <param name="secondOnly">c, questions that the second alone got right.</param>
    /// <returns>In (0, 1]; 1 where they never differ.</returns>
    public static double PValue(int firstOnly, int secondOnly)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstOnly);
        ArgumentOutOfRangeException.ThrowIfNegative(secondOnly);
        int n = firstOnly + secondOnly;
        double term = -n * Math.Log(2), sum = 0;
        for (int i = 0; i <= Math.Min(firstOnly, secondOnly); i++)
        {
            sum += Math.Exp(term);
            term += Math.Log((double)(n - i) / (i + 1));
        }

        return Math.Min(1, 2 * sum);
    }
}
