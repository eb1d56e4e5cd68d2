namespace EmbodiedRL.Training.Captioning;

/// <summary>Agreement of a reward with the success measures of one sentence.</summary>
/// <param name="Auroc">The chance that a state where all measures hold scores higher than one where they do not.</param>
/// <param name="CalibrationError">Expected calibration error over half of the states, after a logistic fit to the other half; null if one
/// half has one outcome only.</param>
/// <param name="FalsePositives">Share of the look-alikes where a measure fails that score above the median of the states where all hold;
/// null if there are no such look-alikes.</param>
public sealed record SuccessFigure(double Auroc, double? CalibrationError, double? FalsePositives);

/// <summary>Agreement of a reward with the truth of one sentence.</summary>
/// <param name="Environment">Whose states.</param>
/// <param name="Kind">trained, paraphrase, composition or denial.</param>
/// <param name="Sentence">As it was said.</param>
/// <param name="Rank">Spearman's correlation of the goal-baseline reward with the graded truth, plain images; null if the truth hardly
/// varies over the states.</param>
/// <param name="RankVaried">The same over images in other colors, light and camera.</param>
/// <param name="Best">What a perfect order would have: below 1 where many states are equally true.</param>
/// <param name="Success">Null if no measure judges the sentence, or all states have one outcome.</param>
public sealed record SentenceFigure(
    string Environment, string Kind, string Sentence, double? Rank, double? RankVaried, double? Best, SuccessFigure? Success);
