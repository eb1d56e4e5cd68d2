using EmbodiedRL.Core;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>Soft penalty of overlong completions (DAPO, eq. 13).</summary>
/// <remarks>
/// 0 up to the limit less the margin, from there falling in a line to -1 at the limit, and -1 beyond. Added to the reward, so that being
/// almost cut off is not as bad as being cut off.
/// </remarks>
[Paper("2503.14476", "DAPO: An Open-Source LLM Reinforcement Learning System at Scale", Year = 2025)]
public static class OverlongPenalty
{
    /// <summary>The penalty.</summary>
    /// <param name="length">Tokens of the completion.</param>
    /// <param name="limit">The most tokens of a completion.</param>
    /// <param name="margin">Tokens before the limit in which the penalty grows; at least 1.</param>
    /// <returns>In [-1, 0].</returns>
    public static double Of(int length, int limit, int margin)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(margin);
        return Math.Clamp((double)(limit - margin - length) / margin, -1, 0);
    }
}
