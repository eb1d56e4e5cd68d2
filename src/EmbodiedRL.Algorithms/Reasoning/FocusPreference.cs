using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>Options of <see cref="FocusPreference"/>.</summary>
public sealed record FocusPreferenceOptions : Options
{
    /// <summary>Least score, of box and of answer, of what is preferred.</summary>
    [Range(0, 1)]
    public double Good { get; init; } = 0.8;

    /// <summary>Greatest score, of box and of answer, of what is refused.</summary>
    [Range(0, 1)]
    public double Bad { get; init; } = 0.2;

    /// <summary>How strongly the policy is held to the reference.</summary>
    [Range(0, 1000, IsAboveLeast = true)]
    public double Beta { get; init; } = 0.1;

    /// <summary>Weight of the box against the answer.</summary>
    [Range(0, 1)]
    public double BoxShare { get; init; } = 0.5;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (Bad >= Good) yield return $"bad: expected less than good ({Good}), found {Bad}.";
    }
}

/// <summary>A look at a part of an image, and the answer that followed, as a judge scores them.</summary>
/// <param name="Answer">In [0, 1].</param>
/// <param name="Box">In [0, 1].</param>
public readonly record struct FocusScore(double Answer, double Box);

/// <summary>
/// Focus preference: mines pairs of looks (a box, then an answer on the crop) without box labels, and prefers box and answer step by step.
/// </summary>
/// <remarks>
/// A question yields a pair only where both steps of one trajectory are good and both of another are bad: a pair chosen by the answer alone
/// would punish good boxes that a bad answer followed. Stage 1 prefers whole trajectories, stage 2 adds the losses of the two steps; their
/// log-ratios are never summed into one sigmoid.
/// </remarks>
[Paper("2503.07523", "VisRL: Intention-Driven Visual Perception via Reinforced Reasoning", Year = 2025, Method = "S06")]
public static class FocusPreference
{
    /// <summary>The pair that a question's trajectories yield: the best and the worst by the sum of both scores.</summary>
    /// <param name="trajectories">Scores of at least one.</param>
    /// <param name="options">Checked.</param>
    /// <returns>Indices of the preferred and the refused; null where none is good enough or none bad enough.</returns>
    public static (int Chosen, int Rejected)? Mine(ReadOnlySpan<FocusScore> trajectories, FocusPreferenceOptions options)
    {
        (int chosen, int rejected) = (-1, -1);
        for (int i = 0; i < trajectories.Length; i++)
        {
            FocusScore score = trajectories[i];
            double sum = score.Answer + score.Box;
            if (score.Answer >= options.Good && score.Box >= options.Good
                && (chosen < 0 || sum > trajectories[chosen].Answer + trajectories[chosen].Box)) chosen = i;
            if (score.Answer <= options.Bad && score.Box <= options.Bad
                && (rejected < 0 || sum < trajectories[rejected].Answer + trajectories[rejected].Box)) rejected = i;
        }

        return chosen >= 0 && rejected >= 0 ? (chosen, rejected) : null;
    }

    /// <summary>Stage 2: the weighted sum of the losses of both steps.</summary>
    /// <param name="box">[P] each, log-probabilities of whole boxes.</param>
    /// <param name="answer">[P] each, of whole answers, given the crop.</param>
    /// <param name="options">Checked.</param>
    /// <returns>A scalar, the mean over pairs, of the caller's dispose scope.</returns>
    public static Tensor Stepwise(PairLogProbabilities box, PairLogProbabilities answer, FocusPreferenceOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = (Whole(box, options) * options.BoxShare) + (Whole(answer, options) * (1 - options.BoxShare));
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>Stage 1: -log sigmoid(beta ((log pi - log reference) of the preferred - of the refused)), the mean over pairs.</summary>
    /// <param name="pair">[P] each, log-probabilities of whole trajectories or of one step.</param>
    /// <param name="options">Checked.</param>
    public static Tensor Whole(PairLogProbabilities pair, FocusPreferenceOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor margin = pair.Chosen - pair.ReferenceChosen - (pair.Rejected - pair.ReferenceRejected);
        return F.logsigmoid(margin * options.Beta).mean().neg().MoveToOuterDisposeScope();
    }
}

/// <summary>Log-probabilities of pairs, [P] each; lent.</summary>
/// <param name="Chosen">Of the preferred, by the policy.</param>
/// <param name="Rejected">Of the refused, by the policy.</param>
/// <param name="ReferenceChosen">Of the preferred, by the reference.</param>
/// <param name="ReferenceRejected">Of the refused, by the reference.</param>
public sealed record PairLogProbabilities(Tensor Chosen, Tensor Rejected, Tensor ReferenceChosen, Tensor ReferenceRejected);
