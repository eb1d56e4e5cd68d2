using System.Collections.Immutable;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Statistics of the scores of one sentence over states.</summary>
internal static class SentenceStatistics
{
    private const double LeastDeviation = 0.02;   // of the truth, for a correlation to mean anything
    private const int Bins = 10;

    /// <summary>Spearman's rank correlation of scores with truths.</summary>
    /// <returns>Null if the truths hardly vary; 0 if the scores do not.</returns>
    public static double? Rank(ReadOnlySpan<double> scores, ReadOnlySpan<double> truths)
    {
        if (!Varies(truths)) return null;
        double rank = Correlations.Spearman(scores, truths);
        return double.IsNaN(rank) ? 0 : rank;
    }

    /// <summary>The rank correlation of a perfect order without ties of its own.</summary>
    /// <returns>Null if the truths hardly vary.</returns>
    public static double? Best(ReadOnlySpan<double> truths)
    {
        if (!Varies(truths)) return null;
        double[] sorted = truths.ToArray(), order = new double[truths.Length];
        Array.Sort(sorted);
        for (int i = 0; i < order.Length; i++) order[i] = i;
        return Correlations.Spearman(order, sorted);
    }

    /// <summary>The rank correlation as a share of a perfect order's.</summary>
    /// <returns>In [-1, 1]; null if the truths hardly vary.</returns>
    public static double? Agreement(ReadOnlySpan<double> scores, ReadOnlySpan<double> truths) =>
        Rank(scores, truths) is { } rank && Best(truths) is { } best ? Math.Clamp(rank / best, -1, 1) : null;

    /// <summary>Whether all success measures of a caption hold, state by state.</summary>
    /// <returns>Null if it has none.</returns>
    public static bool[]? Outcomes(Caption caption, EnvironmentInfo info, ReadOnlySpan<float> states)
    {
        ImmutableArray<string> names = caption.Measures;
        SuccessMeasure[] measures = [.. info.Measures.Where(measure => names.Contains(measure.Name))];
        if (names.IsEmpty || measures.Length < names.Length) return null;
        int length = info.State.Length;
        bool[] outcomes = new bool[states.Length / length];
        for (int i = 0; i < outcomes.Length; i++)
        {
            outcomes[i] = true;
            foreach (SuccessMeasure measure in measures) outcomes[i] &= measure.Holds(states.Slice(i * length, length)) > 0;
        }

        return outcomes;
    }

    /// <summary>How well scores tell outcomes apart.</summary>
    /// <param name="scores">[N].</param>
    /// <param name="outcomes">[N].</param>
    /// <param name="isLookAlike">By row.</param>
    /// <returns>Null if all outcomes are equal.</returns>
    public static SuccessFigure? Success(double[] scores, bool[] outcomes, Func<int, bool> isLookAlike)
    {
        double auroc = Classification.Auroc(scores, outcomes);
        return double.IsNaN(auroc)
            ? null
            : new SuccessFigure(auroc, CalibrationError(scores, outcomes), FalsePositives(scores, outcomes, isLookAlike));
    }

    /// <summary>Expected calibration error over the odd rows of a logistic function fitted to the even ones.</summary>
    /// <returns>Null if one half has one outcome only.</returns>
    public static double? CalibrationError(double[] scores, bool[] outcomes)
    {
        (double[] fitted, bool[] fittedTo) = Half(scores, outcomes, 0);
        (double[] measured, bool[] measuredBy) = Half(scores, outcomes, 1);
        if (fittedTo.Distinct().Count() < 2 || measuredBy.Distinct().Count() < 2) return null;
        var scaling = PlattScaling.Fit(fitted, fittedTo);
        double[] probabilities = Array.ConvertAll(measured, scaling.Probability);
        return Classification.ExpectedCalibrationError(Classification.Reliability(probabilities, measuredBy, Bins));
    }

    /// <summary>Share of values below one, ties by half.</summary>
    public static double Percentile(double value, ReadOnlySpan<double> values)
    {
        double below = 0;
        foreach (double other in values) below += other < value ? 1 : other.Equals(value) ? 0.5 : 0;
        return below / values.Length;
    }

    private static double? FalsePositives(double[] scores, bool[] outcomes, Func<int, bool> isLookAlike)
    {
        double typical = GoalSummary.Of(scores.Where((_, i) => outcomes[i]).Select(score => (double?)score))!.Median;
        double[] negatives = [.. scores.Where((_, i) => !outcomes[i] && isLookAlike(i))];
        return negatives.Length == 0 ? null : (double)negatives.Count(score => score > typical) / negatives.Length;
    }

    private static (double[] Scores, bool[] Outcomes) Half(double[] scores, bool[] outcomes, int parity) =>
        ([.. scores.Where((_, i) => i % 2 == parity)], [.. outcomes.Where((_, i) => i % 2 == parity)]);

    private static bool Varies(ReadOnlySpan<double> truths)
    {
        double mean = 0, squares = 0;
        foreach (double truth in truths) mean += truth / truths.Length;
        foreach (double truth in truths) squares += (truth - mean) * (truth - mean);
        return Math.Sqrt(squares / truths.Length) >= LeastDeviation;
    }
}
