using System.Numerics;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Losses;

/// <summary>Group statistics: means and standard deviations of groups, and the advantages that follow from them.</summary>
/// <remarks>
/// <para>A group is the rows with equal ids, in any order. Values that are not finite belong to no group: they enter no mean and become 0.
/// A value alone in its group has nothing to be compared with and becomes 0 as well.</para>
/// <para>Sums are made in double precision in the order of the rows, so equal rows give equal bits.</para>
/// </remarks>
[Paper("2402.03300", "DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models", Year = 2024)]
[Paper("2402.14740", "Back to Basics: Revisiting REINFORCE Style Optimization for Learning from Human Feedback in LLMs", Year = 2024)]
public static class GroupStatistics
{
    /// <summary>Added to a deviation before something is divided by it, as published implementations do for groups.</summary>
    public const double UsualLeast = 1e-4;

    /// <summary>Mean and deviation of the finite values of one group.</summary>
    /// <param name="values">One group.</param>
    public static GroupMoments Of<T>(ReadOnlySpan<T> values) where T : IBinaryFloatingPointIeee754<T>
    {
        double sum = 0, squares = 0;
        int count = 0;
        foreach (T value in values)
            if (T.IsFinite(value)) (sum, count) = (sum + double.CreateTruncating(value), count + 1);
        double mean = sum / count;
        foreach (T value in values)
            if (T.IsFinite(value)) squares += Square(double.CreateTruncating(value) - mean);
        return new GroupMoments(count, mean, squares);
    }

    /// <summary>Each value less the mean of its group.</summary>
    /// <param name="values">[B].</param>
    /// <param name="groups">[B], equal for rows that are compared with each other.</param>
    /// <param name="into">[B], overwritten; may be <paramref name="values"/>.</param>
    /// <exception cref="SpecMismatchException">Lengths differ.</exception>
    public static void Center<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> groups, Span<T> into) where T : IBinaryFloatingPointIeee754<T> =>
        Apply(values, groups, into, static (value, group) => value - group.Mean);

    /// <summary>
    /// (r - mean) / (deviation + least) within the group (DeepSeekMath, section 4.1.2), with the sample deviation (n - 1).
    /// </summary>
    /// <param name="values">[B].</param>
    /// <param name="groups">[B], equal for rows that are compared with each other.</param>
    /// <param name="into">[B], overwritten; may be <paramref name="values"/>.</param>
    /// <param name="least">Added to the deviation; above 0, so that a group of equal values becomes 0.</param>
    /// <exception cref="SpecMismatchException">Lengths differ.</exception>
    public static void Standardize<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> groups, Span<T> into,
        double least = UsualLeast) where T : IBinaryFloatingPointIeee754<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(least);
        Apply(values, groups, into, (value, group) => (value - group.Mean) / (group.Deviation + least));
    }

    /// <summary>
    /// r less the mean of the others of its group, which is n / (n - 1) (r - mean) (Ahmadian et al. 2024, the estimator named RLOO).
    /// </summary>
    /// <param name="values">[B].</param>
    /// <param name="groups">[B], equal for rows that are compared with each other.</param>
    /// <param name="into">[B], overwritten; may be <paramref name="values"/>.</param>
    /// <exception cref="SpecMismatchException">Lengths differ.</exception>
    public static void LeaveOneOut<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> groups,
        Span<T> into) where T : IBinaryFloatingPointIeee754<T> =>
        Apply(values, groups, into, static (value, group) => (value - group.Mean) * group.Count / (group.Count - 1));

    private static void Apply<T>(ReadOnlySpan<T> values, ReadOnlySpan<int> groups, Span<T> into, Func<double, GroupMoments, double> formula)
        where T : IBinaryFloatingPointIeee754<T>
    {
        SpecMismatchException.ThrowIfLength("groups", groups.Length, values.Length);
        SpecMismatchException.ThrowIfLength("group advantages", into.Length, values.Length);
        Dictionary<int, GroupMoments> moments = Gather(values, groups);
        for (int row = 0; row < values.Length; row++)
        {
            bool compared = T.IsFinite(values[row]) && moments[groups[row]].Count > 1;
            into[row] = compared ? T.CreateTruncating(formula(double.CreateTruncating(values[row]), moments[groups[row]])) : T.Zero;
        }
    }

    private static Dictionary<int, GroupMoments> Gather<T>(ReadOnlySpan<T> values,
        ReadOnlySpan<int> groups) where T : IBinaryFloatingPointIeee754<T>
    {
        Dictionary<int, GroupMoments> moments = [];
        for (int row = 0; row < values.Length; row++)
        {
            if (!T.IsFinite(values[row])) continue;
            GroupMoments sum = moments.GetValueOrDefault(groups[row]);
            moments[groups[row]] = sum with { Count = sum.Count + 1, Mean = sum.Mean + double.CreateTruncating(values[row]) };
        }

        foreach (int group in moments.Keys) moments[group] = moments[group] with { Mean = moments[group].Mean / moments[group].Count };
        for (int row = 0; row < values.Length; row++)
        {
            if (!T.IsFinite(values[row])) continue;
            GroupMoments sum = moments[groups[row]];
            moments[groups[row]] = sum with { Squares = sum.Squares + Square(double.CreateTruncating(values[row]) - sum.Mean) };
        }

        return moments;
    }

    private static double Square(double value) => value * value;
}

/// <summary>Statistics of one group.</summary>
/// <param name="Count">n, finite values.</param>
/// <param name="Mean">NaN if there are none.</param>
/// <param name="Squares">The sum of squared distances from the mean.</param>
public readonly record struct GroupMoments(int Count, double Mean, double Squares)
{
    /// <summary>The sample deviation (n - 1); 0 of fewer than two values.</summary>
    public double Deviation => Count > 1 ? Math.Sqrt(Squares / (Count - 1)) : 0;

    /// <summary>The deviation of the group as the whole population (n); 0 of none.</summary>
    public double PopulationDeviation => Count > 0 ? Math.Sqrt(Squares / Count) : 0;
}
