using EmbodiedRL.Core;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Auditing;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Preflights;

/// <summary>
/// Preflight: says before a run whether its reward can carry its task, by the check that <c>train</c> makes and by the reward's landscape
/// along ways to success.
/// </summary>
/// <remarks>Any reward can be asked, one that reads no sentence too: the simulator knows the goal's truth. Nothing learns.</remarks>
public static class Preflight
{
    /// <summary>Judges a run's reward.</summary>
    /// <param name="run">Checked; environment, goal, reward, devices, <c>evaluate:task</c> and seed are read.</param>
    /// <param name="folder">That paths in the settings are relative to.</param>
    /// <param name="services">Environments, rewards and models.</param>
    /// <param name="settings">How much is looked at; null takes the defaults.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancel">Stops between two calls of a model.</param>
    /// <exception cref="EmbodiedException">The run cannot be composed; says what and what to do.</exception>
    public static async Task<PreflightReport> RunAsync(RunSettings run, string folder, RunServices services, PreflightSettings? settings,
        TimeProvider time, CancellationToken cancel)
    {
        PreflightSettings asked = settings ?? new PreflightSettings();
        string[] violations = [.. SettingRanges.Violations(asked)];
        if (violations.Length > 0) throw new SettingsException("preflight", violations);
        using TrainingRun composed = TrainingRun.Compose(run, folder, services, time);
        return await RunAsync(composed, asked, time, cancel);
    }

    private static async Task<PreflightReport> RunAsync(TrainingRun run, PreflightSettings asked, TimeProvider time,
        CancellationToken cancel)
    {
        bool readsGoal = run.Assessment.Verdict is not null;
        RewardVerdict check = run.Assessment.Verdict ?? run.CheckReward();
        string[] notes = [.. run.Assessment.Warnings.Except(check.Reasons)];
        var report = new PreflightReport(run.Settings.Env.Name, run.Settings.Goal.Prompt, run.Assessment.Kind, PreflightVerdict.Doubtful,
            [], check, new PreflightFigures())
        { Notes = notes };
        AuditGoal? goal = AuditGoal.Find(run.Info, run.Settings.Goal.Prompt, run.Settings.Evaluate.Task);
        using RewardStack reward = run.BuildReward();
        if (run.Checked is not null)
        {
            using var landscape = new RewardLandscape(run, reward, goal, asked, time);
            report = await landscape.AddToAsync(report, cancel);
        }

        (PreflightVerdict verdict, IReadOnlyList<string> reasons) =
            PreflightRules.Judge(check, readsGoal, report.Figures, run.Info.VisualRandomization.Length > 0);
        return report with { Verdict = verdict, Reasons = reasons };
    }
}
