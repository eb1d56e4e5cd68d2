using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>Labels of pairs of segments by a synthetic teacher, who knows how good every step is and has human weaknesses.</summary>
/// <remarks>
/// The teacher compares sum_t gamma^(L-t) r_t of two segments (B-Pref's simulated teachers: gamma below 1 is a myopic one, who
/// remembers the end best), says that they are equal where the sums differ by no more than a threshold, and errs in a share of its
/// answers. The label is the probability that the first is better: 1, 0, or 1/2 for a tie.
/// </remarks>
/// <param name="Tie">Difference of the sums up to which two segments are equal.</param>
/// <param name="Myopia">gamma, in (0, 1].</param>
/// <param name="Error">Share of answers that are the opposite of what the teacher means; ties stay ties.</param>
[Paper("2111.03026", "B-Pref: Benchmarking Preference-Based Reinforcement Learning", Year = 2021)]
public readonly record struct PairLabels(double Tie, double Myopia, double Error)
{
    /// <summary>A label.</summary>
    /// <param name="first">[L], what the teacher thinks of the steps of one.</param>
    /// <param name="second">[L], of the other.</param>
    /// <param name="rng">Of the errors; one draw each time.</param>
    /// <returns>Probability that the first is better.</returns>
    public float Of(ReadOnlySpan<float> first, ReadOnlySpan<float> second, ref Rng rng)
    {
        double difference = Sum(first) - Sum(second);
        bool errs = rng.NextDouble() < Error;
        if (Math.Abs(difference) <= Tie) return 0.5f;
        return difference > 0 != errs ? 1 : 0;
    }

    /// <summary>What a learner takes a label for whose giver answers at random in a share of cases: (1 - share) y + share / 2.</summary>
    /// <remarks>Christiano et al., section 2.2.3, with a share of 10 %.</remarks>
    public static double Trusted(double label, double random) => ((1 - random) * label) + (random / 2);

    private double Sum(ReadOnlySpan<float> truth)
    {
        double sum = 0;
        foreach (float step in truth) sum = (sum * Myopia) + step;
        return sum;
    }
}
