using EmbodiedRL.App.Commands;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Preflights;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Benchmarks.RewardComparison;

/// <summary>Asks before training whether a reward can carry a task.</summary>
/// <param name="services">Clock, cancellation.</param>
/// <param name="runServices">Environments and models.</param>
/// <param name="root">That paths in settings are relative to.</param>
internal sealed class TaskPreflight(CommandServices services, RunServices runServices, string root)
{
    /// <summary>Name of the verdict among the metrics, and its values.</summary>
    public const string Metric = "preflight";

    /// <summary>Values of the verdicts.</summary>
    public const double Go = 1, Doubtful = 0.5, NoGo = 0;

    /// <summary>The verdict as a number.</summary>
    public async Task<AuditFigure> RunAsync(BenchTask task, string reward, RunSettings settings, string fingerprint)
    {
        PreflightReport report = await Preflight.RunAsync(settings, root, runServices, null, services.Time, services.Cancel);
        double value = report.Verdict switch
        {
            PreflightVerdict.Go => Go,
            PreflightVerdict.Doubtful => Doubtful,
            _ => NoGo,
        };
        return new AuditFigure(task.Environment, task.Name, reward, fingerprint, Metric, value, null, null);
    }
}
