namespace EmbodiedRL.Training.Evaluation;

/// <summary>Evaluations of policies that have learned nothing, on the starts of a trained one's.</summary>
/// <param name="DoingNothing">Every action 0, or what is allowed nearest to it.</param>
/// <param name="RandomActions">Actions sampled evenly from what is allowed, anew at every step.</param>
public sealed record BaselineOutcomes(EvaluationOutcome DoingNothing, EvaluationOutcome RandomActions);
