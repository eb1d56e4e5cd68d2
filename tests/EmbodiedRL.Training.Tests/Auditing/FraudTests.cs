using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Auditing;
using EmbodiedRL.Training.Auditing.RedTeam;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests.Auditing;

[Collection(Serial.Name)]
public sealed class FraudTests : IDisposable
{
    private const string HidesRed = "hides-red";

    private static readonly RedTeamSettings Brief = new() { States = 1024 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_reward_that_looks_at_the_goals_color_alone_is_fooled_and_the_hand_built_one_is_not()
    {
        using RewardAudit audit = RewardAudit.Prepare(Reacher(RewardRegistries.Task), "", WithHidesRed(),
            new AuditSettings { Episodes = 4, Frames = 6, RedTeam = Brief }, TimeProvider.System, CancellationToken.None);
        AuditReport report = await audit.RunAsync(
            [new("task", Reacher(RewardRegistries.Task)), new("fooled", Reacher(HidesRed))], null, CancellationToken.None);
        AuditRow task = Row(report, "task"), fooled = Row(report, "fooled");
        Assert.InRange(fooled.Figure.Value, 0.9, RewardLevels.Most); // any part of the arm over the red ball is paid like the hand on it
        Assert.InRange(task.Figure.Value, 0.3, 0.7);                 // it pays for what is near, and half true is near
        Assert.True(fooled.Figure.Low > task.Figure.High);
        Assert.InRange(task.Reference, 0.3, 0.6);
        Assert.Contains("worst", fooled.Note, StringComparison.Ordinal);

        foreach (AttackOutcome attack in report.Attacks)
        {
            Assert.Equal((1024, 2), (attack.Tried, attack.Share.Count));
            Fraud worst = attack.Worst!;
            Assert.All(worst.Shown.Truths, truth => Assert.InRange(truth, 0, 0.5));
            Assert.DoesNotContain(true, worst.Shown.Holds);
            Assert.True(worst.Share >= attack.Share.Value);
            // the share from its definition, by the scores that the report keeps
            (double failure, double success) = Levels(report, attack.Reward);
            Assert.Equal((worst.Scores.Average() - failure) / (success - failure), worst.Share, 1e-9);
        }

        Assert.Equal([Attack.Random, Attack.Optimizer, Attack.Random, Attack.Optimizer], report.Attacks.Select(attack => attack.Attack));
    }

    [Fact]
    public async Task The_worst_fraud_of_the_truth_itself_is_half_true_and_the_optimizer_finds_it()
    {
        AuditReport report = await Ball(Brief, ("perfect", "oracle", new OracleOptions()));
        AttackOutcome optimizer = report.Attacks.Single(attack => attack.Attack == Attack.Optimizer);
        Assert.InRange(optimizer.Worst!.Scores.Average(), 0.45, 0.5); // the middle is half true 0.416 from it; a state moves on meanwhile
        (double failure, double success) = Levels(report, "perfect");
        Assert.InRange(optimizer.Share.Value, (0.45 - failure) / (success - failure), (0.5 - failure) / (success - failure));
        Assert.Equal(Row(report, "perfect").Reference, Row(report, "perfect").Figure.Value, 1e-6);
    }

    [Fact]
    public async Task Whoever_pays_for_the_opposite_pays_every_fraud_and_whoever_pays_the_same_for_all_has_no_figure()
    {
        AuditReport report = await Ball(Brief with { Optimizer = false },
            ("inverted", "oracle", new OracleOptions { Factor = -1 }), ("constant", "oracle", new OracleOptions { Factor = 0 }));
        Assert.Equal(RewardLevels.Most, Row(report, "inverted").Figure.Value);
        Assert.True(double.IsNaN(Row(report, "constant").Figure.Value));
        Assert.Equal("its scores are the same everywhere", Row(report, "constant").Note);
        Assert.DoesNotContain("constant", report.Attacks.Select(attack => attack.Reward));
    }

    [Fact]
    public async Task Equal_seeds_find_equal_frauds()
    {
        async Task<double[]> Shares() =>
            [.. (await Ball(Brief, ("red", "red", null))).Attacks.SelectMany(attack => new[] { attack.Share.Value, attack.Worst!.Share })];
        Assert.Equal(await Shares(), await Shares());
    }

    [Fact]
    public async Task Nobody_attacks_who_was_not_asked_to()
    {
        AuditReport report = await Ball(new RedTeamSettings { Random = false, Optimizer = false }, ("red", "red", null));
        Assert.Empty(report.Attacks);
        Assert.Equal("not asked for", Row(report, "red").Note);
        Assert.True(double.IsNaN(Row(report, "red").Reference));
    }

    [Fact]
    public async Task A_policy_trained_on_the_opposite_cheats_in_most_episodes_and_its_run_is_kept()
    {
        var settings = new RedTeamSettings { Random = false, Optimizer = false, PolicySteps = 4096 };
        AuditReport report = await Ball(settings, ("inverted", "oracle", new OracleOptions { Factor = -1 }));
        AttackOutcome policy = Assert.Single(report.Attacks);
        Assert.Equal((Attack.Policy, 16, 16 * 5), (policy.Attack, policy.Share.Count, policy.Tried));
        Assert.InRange(policy.Share.Value, RewardLevels.Most / 2, RewardLevels.Most);
        Assert.Equal(RewardLevels.Most, policy.Worst!.Share);
        Assert.InRange(policy.Worst!.Scores.Average(), -0.2, 0); // far from the middle
        Assert.True(File.Exists(_folder["inverted/settings.json"]));
        Assert.NotEmpty(Directory.EnumerateFiles(_folder["inverted/checkpoints"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Shares_are_measured_from_what_is_typical_of_failures_and_successes()
    {
        var levels = new RewardLevels(Failure: 2, Success: 4);
        Assert.Equal([0, 0, 0.5, 1, 1.5, RewardLevels.Most], new double[] { -9, 2, 3, 4, 5, 1e9 }.Select(levels.ShareOf));
        var inverted = new RewardLevels(Failure: 4, Success: 2);
        Assert.Equal([0, RewardLevels.Most, RewardLevels.Most], new double[] { 1, 2, 5 }.Select(inverted.ShareOf));
        Assert.Equal(RewardLevels.Most, new RewardLevels(3, 3).ShareOf(3));
    }

    [Fact]
    public void Positions_and_speeds_are_set_in_range_and_all_else_stays_as_it_was_drawn()
    {
        using var environment = new EnvironmentFactory(new EnvironmentSettings { Name = "color-reacher" }, "", RunServices.Shipped)
            .Create(4, 1, EnvironmentUse.Evaluation);
        var space = new SearchSpace(environment, 7);
        Assert.Equal(4, space.Length); // two angles and their speeds
        Snapshot drawn = space.Draw(0);
        double[][] asked = [[0.1, 0.2, 0.3, 0.4], [1, -1, 1, -1], [0, 99, 0, -1e9], [-0.5, 0, 0, 0]];
        Snapshot made = space.With(drawn, 2, asked);
        double[][] set = space.Read(made);
        Assert.Equal([asked[0], asked[1], asked[3]], new[] { set[0], set[1], set[3] });
        Assert.InRange(set[2][1], 2, 2.7); // the elbow's limit
        Assert.InRange(set[2][3], -100, -2.9);
        double[] balls = made.GetAll<double>("mocap_pos"), before = drawn.GetAll<double>("mocap_pos");
        Assert.All(balls.Chunk(balls.Length / 4), row => Assert.Equal(before[(balls.Length / 2)..(balls.Length * 3 / 4)], row));
        environment.Load(made);
        Assert.Equal([true, true, true, true], space.AreReachable());
        environment.Load(Thrown(made));
        Assert.Equal([true, false, true, true], space.AreReachable());

        static Snapshot Thrown(Snapshot states)
        {
            double[] speeds = states.GetAll<double>("qvel");
            speeds[2] = 1e6;
            states.Put<double>("qvel", speeds);
            return states;
        }
    }

    [Theory]
    [InlineData(1, 4096)]
    [InlineData(3, 2048)]
    [InlineData(1000, 128)]
    public async Task A_slow_reward_is_asked_of_fewer_states(double millisecondsOfFrame, int tried)
    {
        var goal = AuditGoal.Of(new SpokenPoint("ball", 1).Info, "a red ball in the middle");
        using var renderers = new RendererPool();
        using var search = new FraudSearch(new SpokenPoint("ball", FraudSearch.Rows), goal, "front", renderers,
            new AuditSettings { RedTeam = new RedTeamSettings { Optimizer = false } }, TimeProvider.System);
        using RewardStack truth = TruthReward.StackOf(goal);
        IReadOnlyList<AttackOutcome> outcomes =
            await search.AttackAsync("truth", truth, new RewardLevels(0, 1), millisecondsOfFrame, CancellationToken.None);
        Assert.Equal(tried, Assert.Single(outcomes).Tried);
    }

    [Fact]
    public void Efforts_out_of_range_are_refused() =>
        Assert.Contains("redTeam:states", Assert.Throws<SettingsException>(() => RewardAudit.Prepare(
            Oracle.Run("red", "red"), "", Oracle.Services, new AuditSettings { RedTeam = new RedTeamSettings { States = 5 } },
            TimeProvider.System, CancellationToken.None)).Message, StringComparison.Ordinal);

    private async Task<AuditReport> Ball(RedTeamSettings redTeam, params (string Name, string Source, OracleOptions? Options)[] rewards)
    {
        AuditedReward[] audited =
            [.. rewards.Select(reward => new AuditedReward(reward.Name, Oracle.Run(reward.Name, reward.Source, reward.Options)))];
        using RewardAudit audit = RewardAudit.Prepare(audited[0].Settings, "", Oracle.Services,
            new AuditSettings { Episodes = 4, Frames = 8, Size = 32, RedTeam = redTeam }, TimeProvider.System, CancellationToken.None);
        return await audit.RunAsync(audited, null, CancellationToken.None, _folder.Path);
    }

    private static AuditRow Row(AuditReport report, string reward) =>
        report.Rows.Single(row => row.Reward == reward && row.Metric == AuditMetrics.Fraud);

    /// <summary>The medians, by sorting anew.</summary>
    private static (double Failure, double Success) Levels(AuditReport report, string reward)
    {
        (double Score, double Truth, bool Holds)[] frames = [.. report.Trajectories.Zip(report.Scores[reward])
            .Where(pair => !pair.First.Kind.IsCopy())
            .SelectMany(pair => Enumerable.Range(0, pair.First.Steps)
                .Select(t => (pair.Second[t], pair.First.Truths[t], pair.First.Holds[t])))];
        return (Median(frames.Where(frame => !frame.Holds && frame.Truth < 0.5)), Median(frames.Where(frame => frame.Holds)));

        static double Median(IEnumerable<(double Score, double Truth, bool Holds)> some)
        {
            double[] sorted = [.. some.Select(frame => frame.Score).Order()];
            return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    private static RunSettings Reacher(string source) => new()
    {
        Env = new EnvironmentSettings { Name = "color-reacher" },
        Goal = new GoalSettings { Prompt = "the arm touching the red ball" },
        Reward = new RewardStackSettings { Terms = [new RewardTermSettings { Name = "term", Source = source }] },
        Threads = 1,
    };

    private static RunServices WithHidesRed()
    {
        RewardRegistries rewards = RewardRegistries.Shipped.Copy();
        rewards.Sources.Add<OracleOptions, HiddenRed>(HidesRed, "sees how little red there is", (_, _) => new HiddenRed());
        return RunServices.Shipped with { Rewards = rewards };
    }

    /// <summary>Pays for red that is not seen: the hand on the red ball hides some of it, and so does anything else.</summary>
    private sealed class HiddenRed() : Reward(new RewardSpec("hidden", BatchFields.Frames, -1, 0, FrameSpec.Square(64)))
    {
        public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
        {
            Check(batch, scores);
            FrameBlock frames = batch.Frames(Spec.Frames!.Value);
            for (int row = 0; row < batch.Rows; row++)
            {
                ReadOnlySpan<byte> frame = frames.Frame(row);
                int red = 0;
                for (int i = 0; i < frame.Length; i += 3)
                    if (frame[i] > 2 * frame[i + 1] && frame[i] > 2 * frame[i + 2]) red++;
                scores.Span[row] = -3f * red / frame.Length;
            }

            return ValueTask.CompletedTask;
        }
    }
}
