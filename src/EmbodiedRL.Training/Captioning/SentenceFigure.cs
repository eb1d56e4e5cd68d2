namespace EmbodiedRL.Training.Captioning;

/// <summary>Agreement of a reward with the truth of one sentence over fresh states.</summary>
/// <param name="Correlation">Pearson's, of the goal-baseline reward with the truth.</param>
/// <param name="Order">Share of pairs of states, of clearly different truth, that the reward puts in the right order.</param>
public sealed record VisualFigure(double Correlation, double Order);

/// <summary>Agreement for one sentence.</summary>
/// <param name="Environment">Whose states.</param>
/// <param name="Kind">trained, paraphrase, composition or denial.</param>
/// <param name="Sentence">As it was said.</param>
/// <param name="Plain">Over pictures that look as the scene is; null if the truth hardly varies over the states.</param>
/// <param name="Varied">Over pictures in other colors, light and camera; null likewise.</param>
public sealed record SentenceFigure(string Environment, string Kind, string Sentence, VisualFigure? Plain, VisualFigure? Varied);

/// <summary>Agreement over all sentences of one kind.</summary>
/// <param name="Environment">Whose states.</param>
/// <param name="Kind">trained, paraphrase, composition or denial.</param>
/// <param name="Sentences">How many could be measured.</param>
/// <param name="Mean">Of the correlations over plain pictures.</param>
/// <param name="Least">The lowest of them.</param>
/// <param name="Order">Mean share of pairs in the right order, plain pictures.</param>
/// <param name="MeanVaried">Mean correlation over varied pictures.</param>
/// <param name="LeastVaried">The lowest of them.</param>
public sealed record KindFigure(string Environment, string Kind, int Sentences, double Mean, double Least, double Order,
    double MeanVaried, double LeastVaried)
{
    /// <summary>One line for each environment and kind that has sentences, in the order they were measured.</summary>
    public static IReadOnlyList<KindFigure> Of(IEnumerable<SentenceFigure> figures) =>
    [
        .. figures.Where(figure => figure is { Plain: not null, Varied: not null })
            .GroupBy(figure => (figure.Environment, figure.Kind))
            .Select(group => new KindFigure(group.Key.Environment, group.Key.Kind, group.Count(),
                group.Average(figure => figure.Plain!.Correlation), group.Min(figure => figure.Plain!.Correlation),
                group.Average(figure => figure.Plain!.Order),
                group.Average(figure => figure.Varied!.Correlation), group.Min(figure => figure.Varied!.Correlation))),
    ];
}
