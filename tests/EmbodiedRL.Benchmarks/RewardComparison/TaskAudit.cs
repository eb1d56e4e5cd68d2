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
        }

        return figures;

        AuditFigure Figure(string reward, string fingerprint, string metric, IntervalFigure figure) =>
            new(task.Environment, task.Name, reward, fingerprint, metric, Finite(figure.Value), Finite(figure.Low), Finite(figure.High));
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
