using System.Text.Json;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.RewardComparison;
using EmbodiedRL.Contracts;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.App.Tests.Benchmarks;

/// <summary>
/// The comparison kept in examples/benchmark is of today's settings, rewards and weights, and its tables are made of its runs.
/// </summary>
public sealed class KeptComparisonTests : IDisposable
{
    private static readonly string Folder = Path.Combine(Fixtures.RepositoryRoot, "examples", "benchmark");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Its_runs_are_of_todays_settings_rewards_and_weights()
    {
        PlannedComparison plan = Plan();
        var runs = new CellRuns(new CommandServices(TextWriter.Null, TextWriter.Null, TimeProvider.System, new CancellationTokenSource()),
            RunServices.Shipped, _folder.Path, [.. plan.Settings]);
        IReadOnlyList<RewardDefinition> rewards = RewardDefinition.Of(plan.Rewards);
        BenchTask[] tasks = Tasks(plan);
        RewardCell[] cells = Cells();
        Assert.NotEmpty(cells);
        foreach (RewardCell cell in cells)
        {
            BenchTask task = tasks.Single(task => task.Path == cell.TaskPath);
            RewardDefinition reward = rewards.Single(reward => reward.Name == cell.Reward);
            Assert.Equal((task.Goal, runs.FingerprintOf(task, reward)),
                (cell.Goal, cell.Fingerprint));
        }
    }

    [Fact]
    public void Its_tables_are_made_of_its_runs()
    {
        CellTable.Write(_folder["cells.csv"], Cells());
        Assert.Equal(File.ReadAllText(_folder["cells.csv"]), File.ReadAllText(Path.Combine(Folder, "cells.csv")));
        PlannedComparison plan = Plan();
        var comparison = new Comparison(Tasks(plan), plan.Rewards, Cells(),
            new Ledger<AuditFigure>(Path.Combine(Folder, "audits.jsonl")).Read());
        string page = File.ReadAllText(Path.Combine(Folder, "report.html"));
        foreach (Standing standing in comparison.Standings)
            Assert.Contains(Encoded(ComparisonWords.Of(standing, plan.Rewards[0])), page, StringComparison.Ordinal);
        foreach (string sentence in ComparisonWords.Predictions(comparison))
            Assert.Contains(Encoded(sentence), page, StringComparison.Ordinal);
    }

    private static string Encoded(string text) => System.Net.WebUtility.HtmlEncode(text);

    private static PlannedComparison Plan() =>
        JsonSerializer.Deserialize<PlannedComparison>(File.ReadAllBytes(Path.Combine(Folder, "plan.json")), RunJson.Options)!;

    private static BenchTask[] Tasks(PlannedComparison plan)
    {
        IEnumerable<string> environments = plan.Tasks.Select(path => path[..path.LastIndexOf('/')]).Distinct();
        return [.. environments.SelectMany(environment => BenchTask.Of(environment, RunServices.Shipped))
            .Where(task => plan.Tasks.Contains(task.Path))];
    }

    private static RewardCell[] Cells() => [.. new Ledger<RewardCell>(Path.Combine(Folder, "cells.jsonl")).Read()];
}
