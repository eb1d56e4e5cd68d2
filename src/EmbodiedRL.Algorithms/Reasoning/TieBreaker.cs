using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Core;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>Which score decides in groups of equal rewards.</summary>
public enum TieBreak
{
    /// <summary>None: such groups teach nothing.</summary>
    None,

    /// <summary>Fewer tokens.</summary>
    Length,

    /// <summary>Mean log-probability of the tokens when they were sampled.</summary>
    Confidence,
}

/// <summary>Tie-breaker: lets a continuous score decide in groups whose rewards are all equal.</summary>
/// <remarks>
/// Scores never reach a group whose rewards differ. Standardized advantages have the same size however small the differences are, so those
/// of a broken tie are weighed: at weight 1 a group that differs in nothing but length would count as much as one of right and wrong.
/// </remarks>
[NoPaper("textbook formula: group-standardized scores, weighed")]
public static class TieBreaker
{
    /// <summary>Overwrites advantages of flat groups.</summary>
    /// <param name="rewards">[B * G].</param>
    /// <param name="scores">[B * G], more is better; one that is not finite is left out.</param>
    /// <param name="group">G.</param>
    /// <param name="weight">Of a broken tie against a group of different rewards, in [0, 1].</param>
    /// <param name="advantages">[B * G]; those of flat groups are overwritten.</param>
    /// <returns>Groups whose tie was broken.</returns>
    public static int Apply(ReadOnlySpan<float> rewards, ReadOnlySpan<float> scores, int group, float weight, Span<float> advantages)
    {
        SpecMismatchException.ThrowIfLength("scores of completions", scores.Length, rewards.Length);
        int broken = 0;
        float[] decided = new float[group];
        for (int first = 0; first < rewards.Length; first += group)
        {
            ReadOnlySpan<float> own = scores.Slice(first, group);
            if (!GroupAdvantages.IsFlat(rewards.Slice(first, group)) || GroupAdvantages.IsFlat(own)) continue;
            GroupAdvantages.Compute(own, group, AdvantageScale.Group, decided);
            for (int i = 0; i < group; i++) advantages[first + i] = float.IsFinite(rewards[first + i]) ? weight * decided[i] : 0;
            broken++;
        }

        return broken;
    }
}
