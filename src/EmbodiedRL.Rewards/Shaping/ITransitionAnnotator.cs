using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Shaping;

/// <summary>Transition annotator: says of each transition (s, a, s') which subgoals it achieved.</summary>
public interface ITransitionAnnotator : ISnapshot, IDisposable
{
    /// <summary>K subgoals, in words.</summary>
    IReadOnlyList<string> Subgoals { get; }

    /// <summary>What it reads of a batch.</summary>
    BatchFields Reads { get; }

    /// <summary>Annotates every row.</summary>
    /// <param name="batch">Lent for the time of the call.</param>
    /// <param name="achieved">[rows, K], overwritten: whether the step of a row achieved a subgoal.</param>
    /// <param name="context">Where the run stands; remember nothing if it is frozen.</param>
    ValueTask AnnotateAsync(TrajectoryBatch batch, Memory<bool> achieved, ScoreContext context);
}

/// <summary>How good annotations are: precision, recall and their harmonic mean F1 = 2 P R / (P + R).</summary>
/// <param name="Precision">Share of the subgoals said to be achieved that are; NaN if none is said to be.</param>
/// <param name="Recall">Share of the achieved subgoals that are said to be; NaN if none is achieved.</param>
public readonly record struct AnnotationQuality(double Precision, double Recall)
{
    /// <summary>F1; 0 where nothing is right, NaN where precision or recall is.</summary>
    public double F1 => Precision + Recall == 0 ? 0 : 2 * Precision * Recall / (Precision + Recall);

    /// <summary>Compares annotations with labels, over all subgoals together.</summary>
    /// <param name="annotations">[B].</param>
    /// <param name="labels">[B].</param>
    /// <exception cref="Core.SpecMismatchException">The lengths differ.</exception>
    public static AnnotationQuality Of(ReadOnlySpan<bool> annotations, ReadOnlySpan<bool> labels)
    {
        Core.SpecMismatchException.ThrowIfLength("labels", labels.Length, annotations.Length);
        double right = 0, said = 0, achieved = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            if (annotations[i] && labels[i]) right++;
            if (annotations[i]) said++;
            if (labels[i]) achieved++;
        }

        return new(right / said, right / achieved);
    }
}
