using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>Success of one recorded episode, by the same rule as <see cref="Evaluator"/>.</summary>
public static class EpisodeSuccess
{
    private const double Rounding = 1e-9; // 0.9 times 200 is to be 180, whatever the last bit says

    /// <summary>
    /// Whether a measure's condition held for its share of the last steps; an episode that ended early holds nothing after that.
    /// </summary>
    /// <param name="measure">One of the environment's.</param>
    /// <param name="info">The environment's specs.</param>
    /// <param name="states">[T, S], of one episode from its start.</param>
    public static bool Of(SuccessMeasure measure, EnvironmentInfo info, ReadOnlySpan<float> states)
    {
        int window = Math.Min(measure.Window, info.EpisodeSteps), width = info.State.Length, held = 0;
        for (int step = Math.Max(0, info.EpisodeSteps - window); step < states.Length / width; step++)
            if (measure.Holds(states.Slice(step * width, width)) > 0.5f) held++;
        return held >= (measure.Share * window) - Rounding;
    }
}
