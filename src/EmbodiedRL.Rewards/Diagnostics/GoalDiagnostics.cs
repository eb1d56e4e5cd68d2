using EmbodiedRL.Core.Facts;

namespace EmbodiedRL.Rewards.Diagnostics;

/// <summary>What can be expected of an image-text model that is given this goal.</summary>
/// <param name="Goal">The sentence.</param>
/// <param name="Kind">How it stands to what the model was trained on, by the model's own record.</param>
/// <param name="Measures">Success measures the goal is judged by; empty if none fits.</param>
/// <param name="Warnings">For people, each one sentence; empty if nothing is amiss.</param>
/// <param name="KnownPhrases">Sentences the model does know of this environment, to offer in place of
/// this one; empty if it never saw it.</param>
/// <param name="Response">How far the reward moves over sampled states, as a share of what it moves for the known
/// phrases; NaN if there are none.</param>
/// <param name="Agreement">Correlation of the reward with the truth of the sentence over sampled
/// states; NaN if its truth is not known.</param>
public sealed record GoalDiagnostics(
    string Goal, CaptionKind Kind, IReadOnlyList<string> Measures, IReadOnlyList<string> Warnings, IReadOnlyList<string> KnownPhrases,
    double Response, double Agreement);
