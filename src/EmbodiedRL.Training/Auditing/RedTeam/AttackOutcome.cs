using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Training.Auditing.RedTeam;

/// <summary>A fraud: some moments in which the goal is never half true, and what they are paid.</summary>
/// <param name="Share">Of the reward from failures to successes.</param>
/// <param name="Scores">[T], of each frame, rendered and scored anew.</param>
/// <param name="Shown">[T] frames, with truth and whole state.</param>
public sealed record Fraud(double Share, double[] Scores, AuditTrajectory Shown);

/// <summary>What one attack on one reward has found.</summary>
/// <param name="Reward">Name of the attacked.</param>
/// <param name="Attack">How it was looked for.</param>
/// <param name="Share">Mean over restarts (of a policy: over episodes) of the best fraud's share, with its interval.</param>
/// <param name="Tried">States (of a policy: moments of episodes) that were scored.</param>
/// <param name="Worst">The fraud of the highest share of all restarts; null if there is none.</param>
public sealed record AttackOutcome(string Reward, Attack Attack, IntervalFigure Share, int Tried, Fraud? Worst)
{
    /// <summary>As a name in answers and files, e.g. <c>optimizer</c>.</summary>
    public string Name => Attack.ToString().ToLowerInvariant();

    /// <summary>One clause for people.</summary>
    public string Note => Worst is null
        ? FormattableString.Invariant($"{Name}: no fraud among {Tried:N0} states")
        : FormattableString.Invariant($"{Name}: worst {Worst.Share:0.00} of {Share.Count} searches, {Tried:N0} states tried");
}
