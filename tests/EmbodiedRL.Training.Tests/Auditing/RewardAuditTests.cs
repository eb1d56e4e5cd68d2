using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Auditing;
using EmbodiedRL.Training.Demonstrations;

namespace EmbodiedRL.Training.Tests.Auditing;

[Collection(Serial.Name)]
public sealed class RewardAuditTests : IDisposable
{
    private static readonly AuditSettings Few = new() { Episodes = 4, Frames = 8, Size = 32 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_truth_itself_is_best_by_every_metric()
    {
        AuditReport report = await Audit(("perfect", "oracle", new OracleOptions()));
        Assert.Equal(1, Value(report, AuditMetrics.OrderOnSuccess), 0.05); // a path through the middle may overshoot it
        Assert.Equal(1, Value(report, AuditMetrics.Kendall), 1e-9);
        Assert.Equal(1, Value(report, AuditMetrics.Auroc));
        Assert.InRange(Value(report, AuditMetrics.Error), 0, 0.01);
        Assert.Equal(1, Value(report, AuditMetrics.Diagonal));
        Assert.Equal(1, Value(report, AuditMetrics.Negation), 1e-3);
        Assert.Equal(1, Value(report, AuditMetrics.Paraphrase), 1e-9);
        Assert.Equal(Value(report, AuditMetrics.OrderOnSuccess), Value(report, AuditMetrics.Reversal), 0.05);
        Assert.Equal(0, Value(report, AuditMetrics.Still));
        Assert.InRange(Value(report, AuditMetrics.Cost), 1e-9, 1e3);
        Assert.Equal("it sees no frames", Row(report, AuditMetrics.Shift).Note);
        Assert.All(report.Rows.Where(row => !double.IsNaN(row.Reference) && !double.IsNaN(row.Figure.Value)),
            row => Assert.Equal(row.Reference, row.Figure.Value, 1e-3));
        Assert.All(report.Rows.Where(row => !double.IsNaN(row.Figure.Low)),
            row => Assert.True(row.Figure.Low <= row.Figure.Value && row.Figure.Value <= row.Figure.High, row.Metric));
    }

    [Fact]
    public async Task An_inverted_reward_is_worst_where_order_counts()
    {
        AuditReport report = await Audit(("inverted", "oracle", new OracleOptions { Factor = -1 }));
        Assert.Equal(-1, Value(report, AuditMetrics.Kendall), 1e-9);
        Assert.Equal(0, Value(report, AuditMetrics.Auroc));
        Assert.Equal(1, Value(report, AuditMetrics.Epic), 1e-6);
        Assert.Equal(2, Value(report, AuditMetrics.Starc), 1e-3);
        Assert.Equal(0, Value(report, AuditMetrics.Diagonal));
        Assert.InRange(Value(report, AuditMetrics.OrderOnSuccess), -1, -0.9);
        Assert.InRange(Value(report, AuditMetrics.Error), 0.1, 0.5);
        Assert.Equal(1, Value(report, AuditMetrics.Paraphrase), 1e-9); // consistent, and consistently wrong
    }

    [Fact]
    public async Task A_constant_reward_has_no_figures_but_its_cost_and_that_it_tells_no_action_from_another()
    {
        string[] known = [AuditMetrics.Cost, AuditMetrics.Starc];
        AuditReport report = await Audit(("constant", "oracle", new OracleOptions { Factor = 0 }));
        Assert.All(report.Rows, row => Assert.Equal(known.Contains(row.Metric), double.IsFinite(row.Figure.Value)));
        Assert.All(report.Rows.Where(row => !known.Contains(row.Metric)), row => Assert.NotEmpty(row.Note));
        Assert.Equal(1, Value(report, AuditMetrics.Starc));
    }

    [Fact]
    public async Task A_reward_of_pixels_is_shown_other_looks_and_one_that_reads_no_sentence_is_not_asked_any()
    {
        AuditReport report = await Audit(("red", "red", null));
        Assert.InRange(Value(report, AuditMetrics.Shift), 0.2, 1);
        Assert.InRange(Value(report, AuditMetrics.Kendall), 0.2, 1);
        Assert.All([AuditMetrics.Diagonal, AuditMetrics.Negation, AuditMetrics.Paraphrase],
            metric => Assert.Equal("it reads no sentence", Row(report, metric).Note));
    }

    [Fact]
    public async Task Equal_seeds_give_equal_figures_and_another_seed_gives_others()
    {
        double[] Figures(AuditReport report) =>
            [.. report.Rows.Where(row => row.Metric != AuditMetrics.Cost).SelectMany(row => new[] { row.Figure.Value, row.Figure.Low })];
        double[] first = Figures(await Audit(("red", "red", null)));
        Assert.Equal(first, Figures(await Audit(("red", "red", null))));
        Assert.NotEqual(first, Figures(await Audit(Few with { Seed = 2 }, ("red", "red", null))));
    }

    [Fact]
    public void Kinds_are_what_their_names_say()
    {
        using RewardAudit audit = Prepare(Few);
        ILookup<TrajectoryKind, AuditTrajectory> kinds = audit.Trajectories.ToLookup(made => made.Kind);
        Assert.All(audit.Trajectories, made => Assert.Equal(Few.Frames, made.Steps));
        Assert.All(kinds[TrajectoryKind.Success], made => Assert.True(made.Succeeds && !made.Holds[0] && made.Truths[^1] > made.Truths[0]));
        TrajectoryKind[] failing =
            [TrajectoryKind.Partial, TrajectoryKind.Stall, TrajectoryKind.Reversal, TrajectoryKind.NearMiss, TrajectoryKind.LookAlike];
        foreach (TrajectoryKind kind in failing)
        {
            Assert.Equal(Few.Episodes, kinds[kind].Count());
            Assert.All(kinds[kind], made => Assert.False(made.Succeeds));
        }

        Assert.All(kinds[TrajectoryKind.NearMiss], made => Assert.InRange(made.Truths[^1], 0.5, 0.8522)); // e^-0.16 at the measure's edge
        Assert.All(kinds[TrajectoryKind.Reversal], made => Assert.True(made.Truths.Max() > 2 * made.Truths[^1]));
        Assert.All(kinds[TrajectoryKind.Stall], made => Assert.Equal(made.Truths[^1], made.Truths[^3], 0.05));
        Assert.Equal([1, 2], kinds[TrajectoryKind.OtherTask].Select(made => made.Instruction).Distinct());
        Assert.All(kinds[TrajectoryKind.Success].Zip(kinds[TrajectoryKind.TimeReversed]),
            pair => Assert.Equal(pair.First.Truths.Reverse(), pair.Second.Truths));
        Assert.All(kinds[TrajectoryKind.Frozen], made => Assert.Single(made.Truths.Distinct()));
        Assert.DoesNotContain(TrajectoryKind.Expert, kinds.Select(kind => kind.Key)); // the ball has none
        Assert.All(audit.Trajectories, made =>
            Assert.Equal(made.Truths.Select(truth => truth > Math.Exp(-0.16)), made.Holds)); // both are of the same place
    }

    [Fact]
    public void A_goal_of_unknown_truth_or_out_of_reach_is_refused()
    {
        Assert.Contains("evaluate:task", Assert.Throws<SettingsException>(() => Prepare(Few, "a dog")).Message, StringComparison.Ordinal);
        Assert.Contains("none of", Assert.Throws<SettingsException>(() =>
            Prepare(Few, "a red ball on the left and on the right")).Message, StringComparison.Ordinal);
        Assert.Throws<SettingsException>(() => Prepare(Few with { Frames = 1 }));
    }

    [Fact]
    public async Task A_reward_whose_model_is_not_there_is_not_run()
    {
        using RewardAudit audit = Prepare(Few);
        AuditReport report = await audit.RunAsync(
            [
                new("absent", Oracle.Run("absent", "goal-baseline", new GoalBaselineOptions { Model = _folder["absent"] })),
                new("perfect", Oracle.Run("perfect", "oracle", new OracleOptions())),
            ],
            null, CancellationToken.None);
        RewardNotRun missing = Assert.Single(report.NotRun);
        Assert.Equal("absent", missing.Reward);
        Assert.StartsWith("not run: no model", missing.Reason, StringComparison.Ordinal);
        Assert.Equal(["perfect"], report.Rewards);
    }

    [Fact]
    public async Task The_data_set_holds_what_was_scored_in_the_layout_of_lerobot()
    {
        using RewardAudit audit = Prepare(Few);
        AuditReport report = await audit.RunAsync([new("perfect", Oracle.Run("perfect", "oracle", new OracleOptions()))], null,
            CancellationToken.None);
        await AuditDataSet.WriteAsync(_folder.Path, audit, report, CancellationToken.None);

        int episodes = audit.Trajectories.Count, rows = episodes * Few.Frames;
        IReadOnlyDictionary<string, Array> frames = await ParquetTable.ReadAsync(_folder["data/chunk-000/file-000.parquet"]);
        Assert.Equal([.. audit.Trajectories.SelectMany(made => made.Truths.Select(truth => (float)truth))], (float[])frames["truth"]);
        Assert.Equal([.. audit.Trajectories.SelectMany(made => made.Holds)], (bool[])frames["next.success"]);
        Assert.Equal([.. audit.Trajectories.SelectMany(made => made.States)], (float[])frames["observation.state"]);
        Assert.Equal((float[])frames["truth"], (float[])frames["score.perfect"]);
        Assert.Equal(Enumerable.Range(0, rows).Select(row => (long)row), (long[])frames["index"]);
        Assert.Equal(Enumerable.Range(0, rows).Select(row => (long)(row / Few.Frames)), (long[])frames["episode_index"]);
        Assert.Equal((float[])frames["truth"], ((float[])frames["truths"]).Where((_, i) => i % 3 == 0));

        IReadOnlyDictionary<string, Array> meta = await ParquetTable.ReadAsync(_folder["meta/episodes/chunk-000/file-000.parquet"]);
        Assert.Equal(audit.Trajectories.Select(made => made.Kind.NameOf()), (string[])meta["kind"]);
        Assert.Equal(audit.Trajectories.Select(made => made.Succeeds), (bool[])meta["success"]);
        Assert.Equal((string[])meta["instruction"], (string[])meta["tasks"]);
        Assert.Equal(rows, ((long[])meta["dataset_to_index"])[^1]);
        IReadOnlyDictionary<string, Array> tasks = await ParquetTable.ReadAsync(_folder["meta/tasks.parquet"]);
        Assert.Equal(["a red ball in the middle", "a red ball on the left", "a red ball on the right"], (string[])tasks["task"]);

        using var info = JsonDocument.Parse(File.ReadAllText(_folder["meta/info.json"]));
        Assert.Equal("v3.0", info.RootElement.GetProperty("codebase_version").GetString());
        Assert.Equal((episodes, rows), (info.RootElement.GetProperty("total_episodes").GetInt32(),
            info.RootElement.GetProperty("total_frames").GetInt32()));
        foreach (JsonProperty feature in info.RootElement.GetProperty("features").EnumerateObject())
        {
            if (feature.Value.GetProperty("dtype").GetString() == "video") continue;
            Assert.DoesNotContain('/', feature.Name);
            Assert.Equal(rows * feature.Value.GetProperty("shape")[0].GetInt32(), frames[feature.Name].Length);
        }

        RgbImage[] video = [.. VideoReader.Read(_folder["videos/observation.images.front/chunk-000/file-000.mp4"],
            1.0 / AuditDataSet.FramesPerSecond)];
        Assert.Equal(rows, video.Length);
        using var statistics = JsonDocument.Parse(File.ReadAllText(_folder["meta/stats.json"]));
        Assert.Equal(((float[])frames["truth"]).Average(),
            statistics.RootElement.GetProperty("truth").GetProperty("mean")[0].GetDouble(), 1e-5);
    }

    private static Task<AuditReport> Audit(params (string Name, string Source, OracleOptions? Options)[] rewards) => Audit(Few, rewards);

    private static async Task<AuditReport> Audit(AuditSettings settings,
        params (string Name, string Source, OracleOptions? Options)[] rewards)
    {
        using RewardAudit audit = Prepare(settings);
        return await audit.RunAsync(
            [.. rewards.Select(reward => new AuditedReward(reward.Name, Oracle.Run(reward.Name, reward.Source, reward.Options)))],
            null, CancellationToken.None);
    }

    private static RewardAudit Prepare(AuditSettings settings, string? goal = null)
    {
        var run = Oracle.Run("perfect", "oracle", new OracleOptions());
        if (goal is not null) run = run with { Goal = run.Goal with { Prompt = goal } };
        return RewardAudit.Prepare(run, "", Oracle.Services, settings, TimeProvider.System, CancellationToken.None);
    }

    private static AuditRow Row(AuditReport report, string metric) => report.Rows.Single(row => row.Metric == metric);

    private static double Value(AuditReport report, string metric) => Row(report, metric).Figure.Value;
}
