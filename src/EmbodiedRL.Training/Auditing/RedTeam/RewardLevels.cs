namespace EmbodiedRL.Training.Auditing.RedTeam;

/// <summary>What a reward pays for failures and for successes, by which the reward of a fraud is measured.</summary>
/// <remarks>
/// The median over all frames of the graded trajectories in which the goal neither holds nor is half true, and the median over those in
/// which it holds: what is typical, so that one odd frame counts for nothing.
/// </remarks>
/// <param name="Failure">Median reward of failing frames.</param>
/// <param name="Success">Median reward of frames in which the goal holds.</param>
internal sealed record RewardLevels(double Failure, double Success)
{
    /// <summary>A state of less truth is not nearly a success; as in the check before training.</summary>
    public const double LeastTruth = 0.5;

    /// <summary>The largest share that is told, also where successes are paid no more than failures.</summary>
    public const double Most = 10;

    /// <summary>The levels of a reward; null where it pays the same for all, or there are no frames of either kind.</summary>
    /// <param name="trajectories">[N], of all kinds; copies are left out.</param>
    /// <param name="scores">[N][T].</param>
    public static RewardLevels? Of(IReadOnlyList<AuditTrajectory> trajectories, double[][] scores)
    {
        List<double> failing = [], holding = [];
        for (int i = 0; i < trajectories.Count; i++)
        {
            AuditTrajectory shown = trajectories[i];
            if (shown.Kind.IsCopy()) continue;
            for (int t = 0; t < shown.Steps; t++)
            {
                if (!double.IsFinite(scores[i][t])) continue;
                if (shown.Holds[t]) holding.Add(scores[i][t]);
                else if (IsFailure(shown.Holds[t], shown.Truths[t])) failing.Add(scores[i][t]);
            }
        }

        return failing.Count == 0 || holding.Count == 0 || failing.Concat(holding).Distinct().Take(2).Count() < 2
            ? null
            : new RewardLevels(Median(failing), Median(holding));
    }

    /// <summary>Whether a state is neither a success nor nearly one.</summary>
    public static bool IsFailure(bool holds, double truth) => !holds && truth < LeastTruth;

    /// <summary>The share of the way from failures to successes that a reward reaches, in [0, <see cref="Most"/>].</summary>
    public double ShareOf(double reward)
    {
        double range = Success - Failure;
        if (range <= 0) return reward > Failure || reward >= Success ? Most : 0; // what is no success is paid as much as one
        return Math.Clamp((reward - Failure) / range, 0, Most);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        int middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
