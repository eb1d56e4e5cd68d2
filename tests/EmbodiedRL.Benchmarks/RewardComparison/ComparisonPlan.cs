using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Benchmarks.RewardComparison;

/// <summary>What is compared, and for how long.</summary>
internal sealed record ComparisonPlan
{
    /// <summary>Tasks, in the order of the tables.</summary>
    public required IReadOnlyList<BenchTask> Tasks { get; init; }

    /// <summary>Rewards; the others are compared with the first.</summary>
    public required IReadOnlyList<RewardDefinition> Rewards { get; init; }

    /// <summary>K: seeds 1 to K.</summary>
    public required int Seeds { get; init; }

    /// <summary>Trajectories of each kind that rewards are audited on; 0 audits none.</summary>
    public required int AuditEpisodes { get; init; }

    /// <summary>After which no run is begun.</summary>
    public required TimeSpan Budget { get; init; }

    /// <summary>Whether run folders stay.</summary>
    public required bool KeepsRuns { get; init; }

    /// <summary>Settings of all runs.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Pairs { get; init; }

    /// <summary>Writes <c>plan.json</c>: what somebody must ask for to go on.</summary>
    /// <param name="folder">Of the comparison.</param>
    /// <param name="fingerprints">By task and reward.</param>
    public void Write(string folder, IReadOnlyDictionary<string, string> fingerprints) =>
        AtomicFile.WriteText(Path.Combine(folder, "plan.json"), RunJson.Of(new PlannedComparison(
        [.. Tasks.Select(task => task.Path)], [.. Rewards.Select(reward => reward.Name)], Seeds, AuditEpisodes,
        Pairs.ToDictionary(pair => pair.Key, pair => pair.Value), fingerprints)));
}

/// <summary>What <c>plan.json</c> says.</summary>
/// <param name="Tasks">Tasks with their environments.</param>
/// <param name="Rewards">Names.</param>
/// <param name="Seeds">K: seeds 1 to K.</param>
/// <param name="AuditEpisodes">Trajectories of each kind of an audit.</param>
/// <param name="Settings">Said for all runs.</param>
/// <param name="Fingerprints">By task and reward: what its runs depend on beside their seeds.</param>
internal sealed record PlannedComparison(IReadOnlyList<string> Tasks, IReadOnlyList<string> Rewards, int Seeds, int AuditEpisodes,
    IReadOnlyDictionary<string, string> Settings, IReadOnlyDictionary<string, string> Fingerprints);
