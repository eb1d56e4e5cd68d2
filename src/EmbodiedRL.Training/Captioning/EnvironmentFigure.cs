namespace EmbodiedRL.Training.Captioning;

/// <summary>Rank correlation of trained sentences over one part of the states, or under one condition.</summary>
/// <param name="Name">Of the source of states, or of the condition of the images.</param>
/// <param name="Rank">Over trained sentences; null if none could be measured.</param>
public sealed record ConditionFigure(string Name, GoalSummary? Rank);

/// <summary>Reward of pictures that show no state of the environment.</summary>
/// <param name="Name">What they show.</param>
/// <param name="Percentile">Share of the plain images' rewards below theirs, in [0, 1], ties by half; mean over the pictures, median over
/// the trained sentences.</param>
public sealed record NegativeFigure(string Name, double Percentile);

/// <summary>Figures of one environment over all trained sentences.</summary>
/// <param name="Environment">Whose states.</param>
/// <param name="Images">Under each condition.</param>
/// <param name="BySource">By where the states come from, plain images.</param>
/// <param name="ByCondition">Robustness: the plain images first.</param>
/// <param name="Negatives">Pictures of something else.</param>
public sealed record EnvironmentFigure(
    string Environment, int Images, IReadOnlyList<ConditionFigure> BySource, IReadOnlyList<ConditionFigure> ByCondition,
    IReadOnlyList<NegativeFigure> Negatives);

/// <summary>All figures of a model.</summary>
/// <param name="Kinds">By environment and kind of sentence.</param>
/// <param name="Sentences">By sentence; bad ones stay in.</param>
/// <param name="Environments">By environment.</param>
/// <param name="Written">Of sentences that people wrote; empty if none were given.</param>
public sealed record ModelFigures(
    IReadOnlyList<KindFigure> Kinds, IReadOnlyList<SentenceFigure> Sentences, IReadOnlyList<EnvironmentFigure> Environments,
    IReadOnlyList<WrittenFigure> Written)
{
    /// <summary>Outcomes of written sentences, counted.</summary>
    public IReadOnlyList<WrittenCount> WrittenCounts => WrittenCount.Of(Written);
}
