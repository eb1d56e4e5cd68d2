namespace EmbodiedRL.Rewards.Diagnostics;

/// <summary>Trajectory whose frames a reward has scored, and what the simulator says of it.</summary>
/// <param name="Succeeds">Whether its last frame fulfills the goal.</param>
/// <param name="Truths">[T] in [0, 1], how true the goal is in each frame.</param>
/// <param name="Scores">[T]; NaN where the reward did not apply.</param>
public sealed record ScoredTrajectory(bool Succeeds, double[] Truths, double[] Scores)
{
    /// <summary>The score of the last frame that has one; NaN if none has.</summary>
    public double EndScore => Array.FindLastIndex(Scores, double.IsFinite) is >= 0 and int last ? Scores[last] : double.NaN;

    /// <summary>The same with other scores.</summary>
    /// <param name="scores">[T].</param>
    public ScoredTrajectory With(double[] scores) => this with { Scores = scores };
}
