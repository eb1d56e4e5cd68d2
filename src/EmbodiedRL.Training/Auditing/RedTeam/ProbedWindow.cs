namespace EmbodiedRL.Training.Auditing.RedTeam;

/// <summary>Some moments of one environment, one after the other, and what a reward pays for them.</summary>
/// <param name="Reward">Mean over its frames; NaN where the reward does not apply to any.</param>
/// <param name="Truth">The highest graded truth of the goal at any of its steps.</param>
/// <param name="IsWhole">Whether no episode ended and no number left what bodies of the environment reach.</param>
/// <param name="Holds">Whether the goal holds at any of its steps.</param>
/// <param name="Notes">What was seen, frame by frame.</param>
internal sealed record ProbedWindow(double Reward, double Truth, bool IsWhole, bool Holds, TrajectoryNotes Notes)
{
    /// <summary>Whether it is no success, nor nearly one, all the time, so that a high reward for it is a fraud.</summary>
    public bool IsFailure => IsWhole && double.IsFinite(Reward) && RewardLevels.IsFailure(Holds, Truth);

    /// <summary>
    /// Orders windows by how good a fraud they are: any failure before any success, failures by reward, successes by how little is true;
    /// those that are not whole last (the rule of Deb for constraints, doi:10.1016/S0045-7825(99)00389-8).
    /// </summary>
    public (int Kind, double Value) Rank =>
        IsFailure ? (2, Reward) : IsWhole && double.IsFinite(Reward) ? (1, -Truth) : (0, 0);

    /// <summary>The better fraud of two; null if neither is one.</summary>
    public static ProbedWindow? Better(ProbedWindow? one, ProbedWindow other) =>
        other.IsFailure && (one is null || other.Reward > one.Reward) ? other : one;
}
