using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Training.Auditing.RedTeam;

namespace EmbodiedRL.Training.Auditing;

/// <summary>Names of what an audit measures.</summary>
public static class AuditMetrics
{
    /// <summary>Rank correlation of scores with time on successes.</summary>
    public const string OrderOnSuccess = "voc-success";

    /// <summary>The same on failures: the less, the better a reward tells them from successes.</summary>
    public const string OrderOnFailure = "voc-failure";

    /// <summary>Kendall's tau-b of scores with graded truth.</summary>
    public const string Kendall = "kendall";

    /// <summary>Area under the ROC curve of the last score for success.</summary>
    public const string Auroc = "auroc";

    /// <summary>Mean absolute error against graded truth after calibration.</summary>
    public const string Error = "error";

    /// <summary>EPIC distance to graded truth over the frames of all trajectories.</summary>
    public const string Epic = "epic";

    /// <summary>STARC distance to graded truth over walks of random actions in the simulator.</summary>
    public const string Starc = "starc";

    /// <summary>Share of instructions by which a trajectory of their own scores best.</summary>
    public const string Diagonal = "diagonal";

    /// <summary>Rank correlation with the scores of the denied goal, times -1.</summary>
    public const string Negation = "negation";

    /// <summary>Rank correlation with the scores of the goal in other words.</summary>
    public const string Paraphrase = "paraphrase";

    /// <summary>Rank correlation with the scores under other cameras, colors and lights.</summary>
    public const string Shift = "shift";

    /// <summary>Rank correlation of scores with reversed time on successes shown backwards.</summary>
    public const string Reversal = "reversal";

    /// <summary>Spread of scores over equal frames, as a share of the spread of all.</summary>
    public const string Still = "still";

    /// <summary>Share of the reward from failures to successes that states reach which are neither successes nor near them.</summary>
    public const string Fraud = "fraud";

    /// <summary>Milliseconds to score a frame, rendering left out.</summary>
    public const string Cost = "cost";

    /// <summary>All, in the order shown, each with what it says in one clause.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> All { get; } =
    [
        (OrderOnSuccess, "rank correlation of score and time on successes (VOC); 1 is best"),
        (OrderOnFailure, "the same on failures; near 1 it takes them for successes"),
        (Kendall, "tau-b with the goal's graded truth, all frames; 1 is best"),
        (Auroc, "does the last score tell success from failure; 1 is best, 0.5 is chance"),
        (Error, "mean error against graded truth after isotonic calibration on other trajectories; 0 is best"),
        (Epic, "EPIC distance to graded truth, all frames; 0 is best, 0.71 is chance"),
        (Starc, "STARC distance to graded truth: can it tell better actions from worse within half a second; 0 is best, 1 if not"),
        (Diagonal, "share of instructions by which a trajectory of their own scores best; 1 is best"),
        (Negation, "does denying the goal turn the order round; 1 is best"),
        (Paraphrase, "is the order the same in other words; 1 is best"),
        (Shift, "is the order kept under other cameras, colors and lights; 1 is best"),
        (Reversal, "on successes shown backwards, rank correlation with reversed time; 1 is best"),
        (Still, "spread of the score while nothing moves, as a share of its whole spread; 0 is best"),
        (Fraud, "how far up from failures (0) to successes (1) the red team gets without the goal; 1 and more: fraud pays as well"),
        (Cost, "ms per frame, rendering left out"),
    ];
}

/// <summary>A figure of an audit.</summary>
/// <param name="Reward">Whose.</param>
/// <param name="Metric">One of <see cref="AuditMetrics"/>.</param>
/// <param name="Figure">Value and 95 % interval; NaN where it is not defined.</param>
/// <param name="Reference">The same of the goal's truth itself as the reward; NaN where there is none.</param>
/// <param name="Note">Why there is no value, or what else is to be said of it.</param>
public sealed record AuditRow(string Reward, string Metric, IntervalFigure Figure, double Reference, string Note = "");

/// <summary>A reward that could not be audited.</summary>
/// <param name="Reward">Which.</param>
/// <param name="Reason">One sentence.</param>
public sealed record RewardNotRun(string Reward, string Reason);

/// <summary>Outcome of an audit.</summary>
/// <param name="Environment">Its name.</param>
/// <param name="Goal">The sentence.</param>
/// <param name="Settings">How much was looked at.</param>
/// <param name="Rows">By reward, in the order of <see cref="AuditMetrics.All"/>.</param>
/// <param name="NotRun">Rewards whose model is not there.</param>
public sealed record AuditReport(string Environment, string Goal, AuditSettings Settings, IReadOnlyList<AuditRow> Rows,
    IReadOnlyList<RewardNotRun> NotRun)
{
    /// <summary>Rewards that were audited, as asked for.</summary>
    public IReadOnlyList<string> Rewards => [.. Rows.Select(row => row.Reward).Distinct()];

    /// <summary>The trajectories.</summary>
    public required IReadOnlyList<AuditTrajectory> Trajectories { get; init; }

    /// <summary>By reward: [N][T], the score of each frame of each trajectory.</summary>
    public required IReadOnlyDictionary<string, double[][]> Scores { get; init; }

    /// <summary>What each attack of the red team on each reward has found; empty where none was asked for.</summary>
    public required IReadOnlyList<AttackOutcome> Attacks { get; init; }

    /// <summary>The goal and the other instructions.</summary>
    public required AuditGoal Asked { get; init; }

    /// <summary>Trajectories of each kind, and how many of them succeed.</summary>
    public IEnumerable<(TrajectoryKind Kind, int Count, int Successes)> Kinds => Trajectories.GroupBy(trajectory => trajectory.Kind)
        .Select(kind => (kind.Key, kind.Count(), kind.Count(trajectory => trajectory.Succeeds)));
}
