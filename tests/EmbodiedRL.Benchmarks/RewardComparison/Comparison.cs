using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Training.Auditing;
using EmbodiedRL.Training.Evaluation;

namespace EmbodiedRL.Benchmarks.RewardComparison;

/// <summary>How a reward stands over the tasks it was trained on.</summary>
/// <param name="Reward">Its name.</param>
/// <param name="Tasks">With a cell that has ended.</param>
/// <param name="Cells">That have ended.</param>
/// <param name="Mean">Success: mean over tasks.</param>
/// <param name="Middle">Success: interquartile mean over cells.</param>
/// <param name="Area">Area under the curves of success, mean over tasks: sample efficiency.</param>
/// <param name="Beyond">Mean success beyond the first reward's on the tasks of both; null for the first itself.</param>
/// <param name="Improvement">Probability of improvement over the first reward.</param>
/// <param name="Hacked">Share of cells whose reward rose while success did not.</param>
/// <param name="MicrosecondsPerStep">Scoring a step, drawing and models included.</param>
/// <param name="Seconds">Training a cell, mean.</param>
internal sealed record Standing(string Reward, int Tasks, int Cells, StratifiedFigure Mean, StratifiedFigure Middle, double Area,
    StratifiedFigure? Beyond, StratifiedFigure? Improvement, double Hacked, double MicrosecondsPerStep, double Seconds);

/// <summary>How well a figure that is known before training orders the rewards of a task by what training reached.</summary>
/// <param name="Metric">Of the audit, or <c>agreement</c> of the check.</param>
/// <param name="Kendall">Kendall's tau-b over the rewards of a task, mean over tasks; the interval is over tasks.</param>
internal sealed record Prediction(string Metric, IntervalFigure Kendall);

/// <summary>What comes of cells and audits: tables without layout.</summary>
internal sealed class Comparison
{
    /// <summary>From here on a policy counts as carrying its task.</summary>
    public const double Carries = 0.5;

    /// <summary>The order that the audit's AUROC must reach.</summary>
    public const double LeastKendall = 0.5;

    private const int LeastRewards = 3; // of which an order says something

    // where less is better
    private static readonly string[] Falling =
        [AuditMetrics.Error, AuditMetrics.Still, AuditMetrics.OrderOnFailure, AuditMetrics.Epic, AuditMetrics.Starc];

    private readonly IReadOnlyList<RewardCell> _cells;
    private readonly IReadOnlyList<AuditFigure> _audits;

    /// <summary>Takes what has ended.</summary>
    /// <param name="tasks">Asked for, in order.</param>
    /// <param name="rewards">Asked for, in order; the first is what others are compared with.</param>
    /// <param name="cells">That have ended.</param>
    /// <param name="audits">That have ended.</param>
    public Comparison(IReadOnlyList<BenchTask> tasks, IReadOnlyList<string> rewards, IReadOnlyList<RewardCell> cells,
        IReadOnlyList<AuditFigure> audits)
    {
        (Tasks, Rewards) = (tasks, rewards);
        string[] asked = [.. tasks.Select(task => task.Path)];
        _cells = [.. cells.Where(cell => asked.Contains(cell.TaskPath) && rewards.Contains(cell.Reward))];
        _audits = [.. audits.Where(audit => asked.Contains(audit.TaskPath) && rewards.Contains(audit.Reward))];
        Standings = [.. rewards.Where(reward => Of(reward).Any()).Select(StandingOf)];
        Predictions = [.. _audits.Select(audit => audit.Metric).Distinct().Where(metric => metric != AuditMetrics.Cost)
            .Select(PredictionOf).Where(one => double.IsFinite(one.Kendall.Value))
            .OrderByDescending(one => one.Kendall.Value)];
    }

    /// <summary>In the order asked for.</summary>
    public IReadOnlyList<BenchTask> Tasks { get; }

    /// <summary>In the order asked for.</summary>
    public IReadOnlyList<string> Rewards { get; }

    /// <summary>A row for each reward that has a cell.</summary>
    public IReadOnlyList<Standing> Standings { get; }

    /// <summary>The best predictor first.</summary>
    public IReadOnlyList<Prediction> Predictions { get; }

    /// <summary>Cells that have ended.</summary>
    public IReadOnlyList<RewardCell> Cells => _cells;

    /// <summary>Whether the audit's AUROC orders rewards by success well enough; null while too little is known.</summary>
    public bool? AuditPredicts => Predictions.FirstOrDefault(one => one.Metric == AuditMetrics.Auroc) is { } auroc
        ? auroc.Kendall.Value >= LeastKendall : null;

    /// <summary>
    /// Share of the cells with a verdict whose outcome agrees with it: trusted or doubted rewards carry, refused ones do not. Null of none.
    /// </summary>
    public (double Share, int Cells)? VerdictAgreement
    {
        get
        {
            RewardCell[] judged = [.. _cells.Where(cell => cell.Verdict.Length > 0)];
            return judged.Length == 0 ? null
                : (judged.Average(cell => (cell.Verdict != "refuse") == (cell.Success >= Carries) ? 1.0 : 0), judged.Length);
        }
    }

    /// <summary>
    /// Share of the runs whose outcome is as the pre-flight said: one that goes carries, one that does not go does not. Null of none.
    /// </summary>
    public (double Share, int Cells, int Doubtful)? PreflightAgreement
    {
        get
        {
            (double Verdict, bool Carries)[] judged =
            [
                .. from task in Tasks
                   from reward in Rewards
                   let verdict = Audited(task, reward, TaskPreflight.Metric)
                   where verdict is not null
                   from cell in Of(task, reward)
                   select (verdict.Value, cell.Success >= Carries),
            ];
            (double Verdict, bool Carries)[] said = [.. judged.Where(one => one.Verdict != TaskPreflight.Doubtful)];
            if (judged.Length == 0) return null;
            double share = said.Length == 0 ? double.NaN
                : said.Average(one => (one.Verdict == TaskPreflight.Go) == one.Carries ? 1.0 : 0);
            return (share, said.Length, judged.Length - said.Length);
        }
    }

    /// <summary>Cells of a task under a reward.</summary>
    public IReadOnlyList<RewardCell> Of(BenchTask task, string reward) =>
        [.. _cells.Where(cell => cell.TaskPath == task.Path && cell.Reward == reward).OrderBy(cell => cell.Seed)];

    /// <summary>The audit's figure; null where there is none.</summary>
    public double? Audited(BenchTask task, string reward, string metric) =>
        _audits.LastOrDefault(audit => audit.TaskPath == task.Path && audit.Reward == reward && audit.Metric == metric)?.Value;

    /// <summary>Mean success over a reward's cells at shares of their steps, of one environment.</summary>
    public (double[] Share, double[] Success)? Curve(string environment, string reward)
    {
        RewardCell[] cells =
            [.. _cells.Where(cell => cell.Environment == environment && cell.Reward == reward && cell.CurveSteps.Count > 1)];
        if (cells.Length == 0) return null;
        double[] shares = [.. Enumerable.Range(0, 21).Select(i => i / 20.0)];
        return (shares, [.. shares.Select(share => cells.Average(cell => At(cell, share * cell.CurveSteps[^1])))]);
    }

    /// <summary>Scores of a reward by task, for profiles.</summary>
    public StratifiedScores Scores(string reward) => new(TasksOf(reward).Select(task => Of(task, reward).Select(cell => cell.Success)));

    private IEnumerable<RewardCell> Of(string reward) => _cells.Where(cell => cell.Reward == reward);

    private IEnumerable<BenchTask> TasksOf(string reward) => Tasks.Where(task => Of(task, reward).Count > 0);

    private Standing StandingOf(string reward)
    {
        RewardCell[] cells = [.. Of(reward)];
        StratifiedScores scores = Scores(reward);
        (StratifiedFigure? beyond, StratifiedFigure? improvement) = (null, null);
        BenchTask[] common = [.. TasksOf(reward).Where(task => Of(task, Rewards[0]).Count > 0)];
        if (reward != Rewards[0] && common.Length > 0)
        {
            var mine = new StratifiedScores(common.Select(task => Of(task, reward).Select(cell => cell.Success)));
            var theirs = new StratifiedScores(common.Select(task => Of(task, Rewards[0]).Select(cell => cell.Success)));
            (beyond, improvement) = (mine.MeanBeyond(theirs), mine.ProbabilityOfImprovement(theirs));
        }

        return new Standing(reward, TasksOf(reward).Count(), cells.Length, scores.Mean(), scores.InterquartileMean(),
            TasksOf(reward).Average(task => Of(task, reward).Average(cell => cell.Area)), beyond, improvement,
            cells.Average(cell => cell.IsHacked ? 1.0 : 0),
            cells.Sum(cell => cell.ScoreSeconds) * 1e6 / cells.Sum(cell => cell.Steps), cells.Average(cell => cell.Seconds));
    }

    private Prediction PredictionOf(string metric)
    {
        int sign = Falling.Contains(metric) ? -1 : 1;
        var orders = new List<double>();
        foreach (BenchTask task in Tasks)
        {
            (double Figure, double Success)[] pairs = [.. Rewards.Where(reward => Of(task, reward).Count > 0)
                .Select(reward => (Audited(task, reward, metric) ?? double.NaN, Of(task, reward).Average(cell => cell.Success)))
                .Where(pair => double.IsFinite(pair.Item1))];
            if (pairs.Length < LeastRewards) continue;
            double order = Correlations.KendallTauB(Array.ConvertAll(pairs, pair => sign * pair.Figure),
                Array.ConvertAll(pairs, pair => pair.Success));
            if (double.IsFinite(order)) orders.Add(order); // where all rewards reach the same there is nothing to order
        }

        return new Prediction(metric, Bootstrap.Mean(orders.Count > 0 ? orders : [double.NaN], seed: 1));
    }

    private static double At(RewardCell cell, double step)
    {
        int after = 1;
        while (after < cell.CurveSteps.Count - 1 && cell.CurveSteps[after] < step) after++;
        (double from, double to) = (cell.CurveSteps[after - 1], cell.CurveSteps[after]);
        double share = to > from ? Math.Clamp((step - from) / (to - from), 0, 1) : 1;
        return ((1 - share) * cell.CurveSuccess[after - 1]) + (share * cell.CurveSuccess[after]);
    }
}
