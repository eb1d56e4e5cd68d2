using EmbodiedRL.Benchmarks.RewardComparison;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Auditing;

namespace EmbodiedRL.App.Tests.Benchmarks;

/// <summary>What is made of cells and audits that are known, and how they are kept.</summary>
public sealed class RewardComparisonTests
{
    private static readonly BenchTask One = new("world", "one", "one is true"), Two = new("world", "two", "two is true");

    [Fact]
    public void Rewards_are_compared_with_the_first_on_the_tasks_of_both()
    {
        Comparison comparison = Of([One, Two], ["hand", "vlm", "worse"],
            [
                Cell(One, "hand", 1, 0.8), Cell(One, "hand", 2, 0.9), Cell(Two, "hand", 1, 1), Cell(Two, "hand", 2, 1),
                Cell(One, "vlm", 1, 0.8), Cell(One, "vlm", 2, 0.9), Cell(One, "worse", 1, 0.1), Cell(One, "worse", 2, 0.2),
            ]);
        Assert.Equal(["hand", "vlm", "worse"], comparison.Standings.Select(one => one.Reward));
        Standing hand = comparison.Standings[0], vlm = comparison.Standings[1], worse = comparison.Standings[2];
        Assert.Equal(0.925, hand.Mean.Value, 12);
        Assert.Equal(0.4625, hand.Area, 12); // of straight curves, half of it

        // a task with more seeds counts no more than another
        Assert.Equal(0.25, Of([One, Two], ["hand"], [Cell(One, "hand", 1, 1), Cell(Two, "hand", 1, 0), Cell(Two, "hand", 2, 0)])
            .Standings[0].Area, 12);
        Assert.Equal((2, 4, 1, 2), (hand.Tasks, hand.Cells, vlm.Tasks, vlm.Cells));
        Assert.Null(hand.Beyond);
        Assert.Equal((0, 0.5), (vlm.Beyond!.Value.Value, vlm.Improvement!.Value.Value)); // the task that it lacks is left out
        Assert.Equal(-0.7, worse.Beyond!.Value.Value, 12);
        Assert.StartsWith("loses to hand by -0.70 [", ComparisonWords.Of(worse, "hand"), StringComparison.Ordinal);
        Assert.StartsWith("not told apart from hand", ComparisonWords.Of(vlm, "hand"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_metric_that_orders_rewards_as_training_did_is_found()
    {
        string[] rewards = ["a", "b", "c"];
        double[] success = [0.1, 0.5, 0.9];
        var cells = new List<RewardCell>();
        var audits = new List<AuditFigure>();
        foreach (BenchTask task in new[] { One, Two })
            for (int i = 0; i < rewards.Length; i++)
            {
                cells.Add(Cell(task, rewards[i], 1, success[i]));
                audits.Add(Audit(task, rewards[i], AuditMetrics.Auroc, 0.9 - (0.1 * i))); // the wrong way round
                audits.Add(Audit(task, rewards[i], AuditMetrics.Error, 0.5 - (0.1 * i))); // less is better: the right way
                audits.Add(Audit(task, rewards[i], AuditMetrics.Cost, i));
            }

        Comparison comparison = Of([One, Two], rewards, cells, audits);
        Assert.Equal([(AuditMetrics.Error, 1.0), (AuditMetrics.Auroc, -1.0)],
            comparison.Predictions.Select(one => (one.Metric, Math.Round(one.Kendall.Value, 9))));
        Assert.False(comparison.AuditPredicts);
        Assert.Contains(ComparisonWords.Predictions(comparison),
            sentence => sentence.Contains("does not order", StringComparison.Ordinal)
                && sentence.Contains("'error'", StringComparison.Ordinal));

        // where all rewards reach the same there is nothing to order
        Assert.Empty(Of([One], rewards, [.. rewards.Select(reward => Cell(One, reward, 1, 1))], audits).Predictions);
        Assert.Null(Of([One], rewards, [.. rewards.Select(reward => Cell(One, reward, 1, 1))], audits).AuditPredicts);
    }

    [Fact]
    public void Verdicts_are_held_against_outcomes()
    {
        Comparison comparison = Of([One], ["a", "b", "c", "d"],
        [
            Cell(One, "a", 1, 0.9) with { Verdict = "trust" }, Cell(One, "b", 1, 0.1) with { Verdict = "refuse" },
            Cell(One, "c", 1, 0.1) with { Verdict = "trust" }, Cell(One, "d", 1, 0.9),
        ]);
        Assert.Equal((2.0 / 3, 3), comparison.VerdictAgreement);
    }

    [Fact]
    public void Preflights_are_held_against_outcomes_and_doubts_are_counted_apart()
    {
        Comparison comparison = Of([One, Two], ["a", "b"],
            [Cell(One, "a", 1, 0.9), Cell(One, "a", 2, 0.1), Cell(One, "b", 1, 0.1), Cell(Two, "a", 1, 0.9), Cell(Two, "b", 1, 0.2)],
            [
                Audit(One, "a", TaskPreflight.Metric, TaskPreflight.Go), Audit(One, "b", TaskPreflight.Metric, TaskPreflight.NoGo),
                Audit(Two, "a", TaskPreflight.Metric, TaskPreflight.Doubtful),
            ]);
        Assert.Equal((2.0 / 3, 3, 1), comparison.PreflightAgreement);
        Assert.Contains(ComparisonWords.Predictions(comparison),
            sentence => sentence.Contains("67 % of 3 runs; of 1 more it was doubtful", StringComparison.Ordinal));
        Assert.Null(Of([One], ["a"], [Cell(One, "a", 1, 1)]).PreflightAgreement);
    }

    [Theory]
    [InlineData(-10, 20, 0, 0.02, true)]
    [InlineData(-10, 20, 0, 0.3, false)]   // success rose
    [InlineData(-10, 20, 0.6, 0.6, false)] // it was there before
    [InlineData(10, 10.5, 0, 0, false)]    // the return hardly did
    [InlineData(10, -5, 0, 0, false)]
    public void A_reward_that_rises_without_success_is_hacked(double before, double after, double success, double then, bool isHacked) =>
        Assert.Equal(isHacked, (Cell(One, "a", 1, then) with { SeenBefore = before, Seen = after, Before = success }).IsHacked);

    [Fact]
    public void The_area_is_that_under_the_curve()
    {
        RewardCell cell = Cell(One, "a", 1, 1) with { CurveSteps = [0, 50, 100], CurveSuccess = [0, 0, 1] };
        Assert.Equal(0.25, cell.Area, 12);
        (double[] share, double[] success) = Of([One], ["a"], [cell]).Curve("world", "a")!.Value;
        Assert.Equal(0.5, success[Array.IndexOf(share, 0.75)], 12);
        Assert.Equal((0, 1), (success[0], success[^1]));
        Assert.Equal(0, (cell with { CurveSteps = [0], CurveSuccess = [0.5] }).Area);
    }

    [Fact]
    public void A_ledger_drops_what_a_killed_process_left_and_keeps_all_else()
    {
        using var folder = new TemporaryFolder();
        var ledger = new Ledger<RewardCell>(folder["cells.jsonl"]);
        Assert.Empty(ledger.Read());
        ledger.Append([Cell(One, "a", 1, 0.25), Cell(One, "a", 2, 0.5)]);
        File.AppendAllText(folder["cells.jsonl"], "{\"environment\": \"wor");
        Assert.Equal([0.25, 0.5], ledger.Read().Select(cell => cell.Success));
        ledger.Append([Cell(One, "a", 3, 0.75)]);
        Assert.Equal([0.25, 0.5, 0.75], ledger.Read().Select(cell => cell.Success));
        File.AppendAllText(folder["cells.jsonl"], "nonsense\n");
        Assert.Contains("cells.jsonl", Assert.Throws<CorruptFileException>(ledger.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_writers_lose_nothing()
    {
        using var folder = new TemporaryFolder();
        Parallel.For(0, 40, i => new Ledger<RewardCell>(folder["cells.jsonl"]).Append([Cell(One, "a", (ulong)i, i)]));
        Assert.Equal(Enumerable.Range(0, 40).Select(i => (ulong)i),
            new Ledger<RewardCell>(folder["cells.jsonl"]).Read().Select(cell => cell.Seed).Order());
    }

    private static Comparison Of(IReadOnlyList<BenchTask> tasks, IReadOnlyList<string> rewards, IReadOnlyList<RewardCell> cells,
        IReadOnlyList<AuditFigure>? audits = null) => new(tasks, rewards, cells, audits ?? []);

    private static AuditFigure Audit(BenchTask task, string reward, string metric, double value) =>
        new(task.Environment, task.Name, reward, "print", metric, value, null, null);

    private static RewardCell Cell(BenchTask task, string reward, ulong seed, double success) => new()
    {
        Environment = task.Environment,
        Task = task.Name,
        Goal = task.Goal,
        Reward = reward,
        Seed = seed,
        Fingerprint = "print",
        Steps = 100,
        Success = success,
        Before = 0,
        Episodes = 10,
        CurveSteps = [0, 100],
        CurveSuccess = [0, success],
        Seconds = 1,
        ScoreSeconds = 0.5,
    };
}
