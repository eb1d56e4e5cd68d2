using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Losses;

namespace EmbodiedRL.Algorithms.Kernel;

/// <summary>What an advantage is divided by, or how its baseline is made.</summary>
public enum AdvantageScale
{
    /// <summary>(r - mean) / (deviation + 1e-4), both of the group (GRPO).</summary>
    Group,

    /// <summary>(r - mean of the group) / (deviation of the batch + 1e-4).</summary>
    Batch,

    /// <summary>r - mean of the group (Dr. GRPO).</summary>
    None,

    /// <summary>r - mean of the others of the group (RLOO).</summary>
    LeaveOneOut,

    /// <summary>The same, then standardized over the batch.</summary>
    LeaveOneOutBatch,
}

/// <summary>Group advantages: how much better a completion is than others of the same prompt.</summary>
/// <remarks>
/// Row b * G + g is completion g of prompt b. A reward that is not finite is not applicable: its row enters no mean and has advantage 0,
/// as has a row that is alone in its group. Deviations are those of samples (n - 1). The within-group formulas are
/// <see cref="GroupStatistics"/>.
/// </remarks>
[Paper("2402.03300", "DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models", Year = 2024)]
[Paper("2503.20783", "Understanding R1-Zero-Like Training: A Critical Perspective", Year = 2025)]
[Paper("2402.14740", "Back to Basics: Revisiting REINFORCE Style Optimization for Learning from Human Feedback in LLMs", Year = 2024)]
public static class GroupAdvantages
{
    /// <summary>Advantages of rewards.</summary>
    /// <param name="rewards">[B * G], NaN where none applies.</param>
    /// <param name="group">G.</param>
    /// <param name="scale">What they are divided by.</param>
    /// <param name="into">[B * G], overwritten; may be <paramref name="rewards"/>.</param>
    /// <exception cref="SpecMismatchException">Rows are no multiple of the group, or lengths differ.</exception>
    public static void Compute<T>(ReadOnlySpan<T> rewards, int group, AdvantageScale scale, Span<T> into)
        where T : IBinaryFloatingPointIeee754<T>
    {
        int[] groups = Groups(rewards.Length, group);
        switch (scale)
        {
            case AdvantageScale.Group:
                GroupStatistics.Standardize(rewards, groups, into);
                break;
            case AdvantageScale.Batch:
                double deviation = GroupStatistics.Of(rewards).Deviation;
                GroupStatistics.Center(rewards, groups, into);
                foreach (ref T value in into) value = T.CreateTruncating(double.CreateTruncating(value) / (deviation + Least));
                break;
            case AdvantageScale.None:
                GroupStatistics.Center(rewards, groups, into);
                break;
            default:
                bool[] compared = Compared(rewards, group);
                GroupStatistics.LeaveOneOut(rewards, groups, into);
                if (scale == AdvantageScale.LeaveOneOut) break;
                for (int row = 0; row < into.Length; row++)
                    if (!compared[row]) into[row] = T.NaN;
                Standardize(into);
                break;
        }
    }

    /// <summary>Weighted sum of several rewards of each row; one that is not applicable is left out.</summary>
    /// <param name="rewards">[rows, F], NaN where a reward does not apply.</param>
    /// <param name="weights">[F].</param>
    /// <param name="into">[rows], NaN where no reward applies; overwritten.</param>
    /// <exception cref="SpecMismatchException">Lengths do not belong together.</exception>
    public static void Sum<T>(ReadOnlySpan<T> rewards, ReadOnlySpan<T> weights, Span<T> into) where T : IBinaryFloatingPointIeee754<T>
    {
        SpecMismatchException.ThrowIfLength("rewards", rewards.Length, checked(into.Length * weights.Length));
        for (int row = 0; row < into.Length; row++)
        {
            (double sum, bool any) = (0, false);
            for (int f = 0; f < weights.Length; f++)
            {
                T reward = rewards[(row * weights.Length) + f];
                if (!T.IsFinite(reward)) continue;
                (sum, any) = (sum + (double.CreateTruncating(reward) * double.CreateTruncating(weights[f])), true);
            }

            into[row] = any ? T.CreateTruncating(sum) : T.NaN;
        }
    }

    /// <summary>
    /// Advantages of several rewards, each standardized in its group before they are weighed and summed, then standardized over the batch:
    /// a reward of large spread does not drown the others.
    /// </summary>
    /// <param name="rewards">[B * G, F], NaN where a reward does not apply.</param>
    /// <param name="weights">[F].</param>
    /// <param name="group">G.</param>
    /// <param name="into">[B * G], overwritten.</param>
    /// <exception cref="SpecMismatchException">Lengths do not belong together.</exception>
    public static void OfEach<T>(ReadOnlySpan<T> rewards, ReadOnlySpan<T> weights, int group, Span<T> into)
        where T : IBinaryFloatingPointIeee754<T>
    {
        SpecMismatchException.ThrowIfLength("rewards", rewards.Length, checked(into.Length * weights.Length));
        int[] groups = Groups(into.Length, group);
        T[] one = new T[into.Length], each = new T[rewards.Length];
        for (int f = 0; f < weights.Length; f++)
        {
            for (int row = 0; row < one.Length; row++) one[row] = rewards[(row * weights.Length) + f];
            GroupStatistics.Standardize<T>(one, groups, one);
            for (int row = 0; row < one.Length; row++)
            {
                int at = (row * weights.Length) + f;
                each[at] = T.IsFinite(rewards[at]) ? one[row] : T.NaN;
            }
        }

        Sum<T>(each, weights, into);
        Standardize(into);
    }

    /// <summary>Whether the applicable rewards of a group are all equal, so that nothing can be learned from it.</summary>
    /// <param name="rewards">[G].</param>
    public static bool IsFlat<T>(ReadOnlySpan<T> rewards) where T : IBinaryFloatingPointIeee754<T>
    {
        T first = T.NaN;
        foreach (T reward in rewards)
        {
            if (!T.IsFinite(reward)) continue;
            if (T.IsNaN(first)) first = reward;
            else if (reward != first) return false;
        }

        return true;
    }

    private const double Least = GroupStatistics.UsualLeast;

    private static int[] Groups(int rows, int group)
    {
        if (group <= 0 || rows % group != 0)
            throw new SpecMismatchException("rewards", $"a multiple of {group}, the completions of a prompt", $"{rows}");
        int[] groups = new int[rows];
        for (int row = 0; row < rows; row++) groups[row] = row / group;
        return groups;
    }

    /// <summary>Which rows have a reward, and another in their group has one.</summary>
    private static bool[] Compared<T>(ReadOnlySpan<T> rewards, int group) where T : IBinaryFloatingPointIeee754<T>
    {
        bool[] compared = new bool[rewards.Length];
        for (int first = 0; first < rewards.Length; first += group)
        {
            int finite = 0;
            for (int row = first; row < first + group; row++)
                if (T.IsFinite(rewards[row])) finite++;
            for (int row = first; row < first + group; row++) compared[row] = finite > 1 && T.IsFinite(rewards[row]);
        }

        return compared;
    }

    /// <summary>(r - mean) / (deviation + 1e-4) over all finite values, in place; others become 0.</summary>
    private static void Standardize<T>(Span<T> values) where T : IBinaryFloatingPointIeee754<T>
    {
        GroupMoments all = GroupStatistics.Of<T>(values);
        foreach (ref T value in values)
            value = T.IsFinite(value) ? T.CreateTruncating((double.CreateTruncating(value) - all.Mean) / (all.Deviation + Least)) : T.Zero;
    }
}
