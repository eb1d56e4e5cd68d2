namespace EmbodiedRL.Training.Captioning;

/// <summary>Summary of a figure over goals.</summary>
/// <param name="Count">Goals that have the figure.</param>
/// <param name="Median">Over them.</param>
/// <param name="Least">The lowest.</param>
/// <param name="Most">The highest.</param>
public sealed record GoalSummary(int Count, double Median, double Least, double Most)
{
    /// <summary>Sums up those that are not null.</summary>
    /// <returns>Null if all are.</returns>
    public static GoalSummary? Of(IEnumerable<double?> figures)
    {
        double[] sorted = [.. figures.OfType<double>().Order()];
        return sorted.Length == 0
            ? null
            : new GoalSummary(sorted.Length, (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2, sorted[0], sorted[^1]);
    }
}

/// <summary>Agreement over all sentences of one kind.</summary>
/// <param name="Environment">Whose states.</param>
/// <param name="Kind">trained, paraphrase, composition or denial.</param>
/// <param name="Sentences">How many there are, measurable or not.</param>
/// <param name="Rank">Of rank correlations, plain images.</param>
/// <param name="RankVaried">Of rank correlations, varied images.</param>
/// <param name="Best">Of what perfect orders would have.</param>
/// <param name="Share">Of rank correlations, plain images, each as a share of its perfect order's.</param>
/// <param name="Auroc">Of those with success measures.</param>
/// <param name="CalibrationError">Likewise.</param>
/// <param name="FalsePositives">Likewise, on look-alikes.</param>
public sealed record KindFigure(
    string Environment, string Kind, int Sentences, GoalSummary? Rank, GoalSummary? RankVaried, GoalSummary? Best, GoalSummary? Share,
    GoalSummary? Auroc, GoalSummary? CalibrationError, GoalSummary? FalsePositives)
{
    /// <summary>One line for each environment and kind, in the order they were measured.</summary>
    public static IReadOnlyList<KindFigure> Of(IEnumerable<SentenceFigure> figures) =>
    [
        .. figures.GroupBy(figure => (figure.Environment, figure.Kind)).Select(group =>
            new KindFigure(group.Key.Environment, group.Key.Kind, group.Count(), Over(group, figure => figure.Rank),
                Over(group, figure => figure.RankVaried), Over(group, figure => figure.Best),
                Over(group, figure => figure.Rank / figure.Best),
                Over(group, figure => figure.Success?.Auroc), Over(group, figure => figure.Success?.CalibrationError),
                Over(group, figure => figure.Success?.FalsePositives))),
    ];

    private static GoalSummary? Over(IEnumerable<SentenceFigure> group, Func<SentenceFigure, double?> figure) =>
        GoalSummary.Of(group.Select(figure));
}
