using EmbodiedRL.App.Commands;
using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Training.Auditing;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Benchmarks.RewardComparison;

/// <summary>Audits the rewards of a task, those that learn as they were at the end of a run.</summary>
/// <param name="services">Clock, cancellation.</param>
/// <param name="runServices">Environments and models.</param>
/// <param name="root">That paths in settings are relative to.</param>
internal sealed class TaskAudit(CommandServices services, RunServices runServices, string root)
{
    /// <summary>Name of the distance to the goal's truth among the metrics.</summary>
    public const string Epic = "epic";

    /// <summary>Audits rewards on the same trajectories.</summary>
    /// <param name="task">Whose goal.</param>
    /// <param name="rewards">Name, settings, what was learned and fingerprint of each.</param>
    /// <param name="settings">How much is looked at.</param>
    public async Task<IReadOnlyList<AuditFigure>> RunAsync(BenchTask task,
        IReadOnlyList<(string Name, RunSettings Settings, Snapshot? State, string Fingerprint)> rewards, AuditSettings settings)
    {
        using RewardAudit audit =
            RewardAudit.Prepare(rewards[0].Settings, root, runServices, settings, services.Time, services.Cancel);
        AuditReport report = await audit.RunAsync(
            [.. rewards.Select(reward => new AuditedReward(reward.Name, reward.Settings) { State = reward.State })], null, services.Cancel);
        var figures = new List<AuditFigure>();
        foreach ((string name, _, _, string fingerprint) in rewards)
        {
            foreach (AuditRow row in report.Rows.Where(row => row.Reward == name))
                figures.Add(Figure(name, fingerprint, row.Metric, row.Figure));
            if (report.Scores.TryGetValue(name, out double[][]? scores))
                figures.Add(Figure(name, fingerprint, Epic, Distance(report.Trajectories, scores, settings.Seed)));
        }

        return figures;

        AuditFigure Figure(string reward, string fingerprint, string metric, IntervalFigure figure) =>
            new(task.Environment, task.Name, reward, fingerprint, metric, Finite(figure.Value), Finite(figure.Low), Finite(figure.High));
    }

    /// <summary>
    /// EPIC distance of the scores to the goal's graded truth, over the frames of the trajectories: both are functions of the state alone,
    /// whose canonical rewards differ from them by a constant, so that it is sqrt((1 - Pearson) / 2).
    /// </summary>
    private static IntervalFigure Distance(IReadOnlyList<AuditTrajectory> trajectories, double[][] scores, ulong seed)
    {
        (double Score, double Truth)[][] pairs = [.. trajectories.Zip(scores).Where(pair => !pair.First.Kind.IsCopy())
            .Select(pair => pair.Second.Zip(pair.First.Truths).Where(both => double.IsFinite(both.First)).ToArray())];
        return Bootstrap.Interval(pairs.Length, drawn =>
        {
            var (left, right) = (new List<double>(), new List<double>());
            for (int i = 0; i < pairs.Length; i++)
                for (int time = 0; time < drawn[i]; time++)
                    foreach ((double score, double truth) in pairs[i]) (left, right) = (Added(left, score), Added(right, truth));
            double correlation = Correlations.Pearson(left.ToArray(), right.ToArray());
            return Math.Sqrt((1 - correlation) / 2);
        }, seed);

        static List<double> Added(List<double> to, double value)
        {
            to.Add(value);
            return to;
        }
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
