using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Tests.Evaluation;

public sealed class EvaluatorTests
{
    /// <summary>Pushes by position and velocity; enough to come to rest.</summary>
    private sealed class Pusher(Func<float, float, float> push) : EmbodiedRL.Contracts.FunctionPolicy
    {
        public int Calls { get; private set; }

        protected override void Choose(ReadOnlySpan<float> observations, Span<float> actions, ActorMode mode)
        {
            Assert.Equal(ActorMode.Deterministic, mode);
            Calls++;
            for (int row = 0; row < actions.Length; row++) actions[row] = push(observations[row * 2], observations[(row * 2) + 1]);
        }
    }

    [Fact]
    public void A_policy_that_comes_to_rest_succeeds_and_one_that_falls_off_does_not()
    {
        using var evaluator = new Evaluator(new FastEnv(50), ["centered"], 1);
        var good = new Pusher((x, v) => Math.Clamp((-6 * x) - (3 * v), -1, 1));
        Assert.Equal(1, evaluator.Evaluate(good, CancellationToken.None).Success);
        Assert.Equal(FastEnv.EpisodeSteps, good.Calls);
        Assert.Equal(0, evaluator.Evaluate(new Pusher((_, _) => 1), CancellationToken.None).Success);
    }

    /// <summary>Doing nothing succeeds exactly where the point starts within 0.2 m, and every evaluation plays the same starts.</summary>
    [Fact]
    public void The_share_counts_episodes_and_repeats()
    {
        using var evaluator = new Evaluator(new FastEnv(200), ["centered"], 1);
        var idle = new Pusher((_, _) => 0);
        double share = evaluator.Evaluate(idle, CancellationToken.None).Success!.Value;
        Assert.InRange(share, 0.1, 0.3);
        Assert.Equal(share, evaluator.Evaluate(idle, CancellationToken.None).Success);
    }

    /// <summary>
    /// A hanging pole that nobody moves stays within any tolerance; one that swings does not, and more episodes succeed the wider it is.
    /// </summary>
    [Fact]
    public void Success_is_counted_at_half_and_at_double_of_the_tolerance_too()
    {
        using var evaluator = new Evaluator(RunServices.Shipped.Environment("cartpole", 100, 1), ["centered"], 1) { PlaysTaskStart = true };
        EvaluationOutcome outcome = evaluator.Evaluate(new Pusher((_, _) => 0), CancellationToken.None);
        (double strict, double own, double loose) = (outcome.Strict!.Success!.Value, outcome.Success!.Value, outcome.Loose!.Success!.Value);
        Assert.True(strict < own && own < loose, $"{strict}, {own}, {loose}");
        Assert.Equal(["upright", "hanging", "centered"], outcome.Strict.Measures.Keys);
        Assert.Equal(1, outcome.TaskStart!.Strict!.Measures["hanging"]);
        EvaluationOutcome brief = evaluator.Evaluate(new Pusher((_, _) => 0), CancellationToken.None, isBrief: true);
        Assert.Equal((null, null, own), (brief.Strict, brief.Loose, brief.Success!.Value));

        var snapshot = new Snapshot();
        outcome.Save(snapshot);
        using IVectorEnvironment cartpole = RunServices.Shipped.Environment("cartpole", 1, 1);
        EvaluationOutcome read = EvaluationOutcome.Load(snapshot, cartpole.Info);
        Assert.Equal((strict, loose), (read.Strict!.Success, read.Loose!.Success));
        Assert.Equal(outcome.TaskStart.Loose!.Measures, read.TaskStart!.Loose!.Measures);
    }

    [Fact]
    public void A_judge_without_a_tolerance_leaves_success_at_others_unknown()
    {
        using var evaluator = new Evaluator(new FastEnv(3), ["centered"], 1);
        EvaluationOutcome outcome = evaluator.Evaluate(new Pusher((_, _) => 0), CancellationToken.None);
        Assert.Equal((null, null), (outcome.Strict!.Success, outcome.Loose!.Success));
        Assert.Empty(outcome.Strict.Measures);
    }

    /// <summary>Doing nothing is the idle policy, on the starts of every evaluation; it changes no later one.</summary>
    [Fact]
    public void Baselines_play_the_same_starts_and_change_nothing()
    {
        using var evaluator = new Evaluator(RunServices.Shipped.Environment("cartpole", 20, 1), ["hanging"], 1) { PlaysTaskStart = true };
        var idle = new Pusher((_, _) => 0);
        EvaluationOutcome before = evaluator.Evaluate(idle, CancellationToken.None);
        BaselineOutcomes baselines = evaluator.EvaluateBaselines(CancellationToken.None);
        EvaluationOutcome after = evaluator.Evaluate(idle, CancellationToken.None);
        Assert.Equal((before.Figures, before.TaskStart!.Figures), (after.Figures, after.TaskStart!.Figures));
        Assert.Equal((before.Figures, before.Success), (baselines.DoingNothing.Figures, baselines.DoingNothing.Success));
        Assert.NotEqual(before.Figures, baselines.RandomActions.Figures);
        Assert.Equal(1, baselines.DoingNothing.TaskStart!.Success);
    }

    [Fact]
    public void Without_a_judge_measures_are_given_but_no_success()
    {
        using var evaluator = new Evaluator(new FastEnv(3), [], 1);
        EvaluationOutcome outcome = evaluator.Evaluate(new Pusher((_, _) => 0), CancellationToken.None);
        Assert.Null(outcome.Success);
        Assert.Null(outcome.Interval);
        Assert.Equal(["centered"], outcome.Measures.Keys);
    }

    [Fact]
    public void An_unknown_measure_names_the_known_ones()
    {
        UnknownNameException error = Assert.Throws<UnknownNameException>(() => new Evaluator(new FastEnv(1), ["centred"], 1));
        Assert.Contains("'centered'", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A cart-pole that nobody moves hangs if it began hanging, as its task does, and seldom if it began anywhere.</summary>
    [Fact]
    public void Success_from_the_tasks_own_start_stands_beside_the_whole_range()
    {
        using var evaluator = new Evaluator(RunServices.Shipped.Environment("cartpole", 20, 1), ["hanging"], 1) { PlaysTaskStart = true };
        EvaluationOutcome outcome = evaluator.Evaluate(new Pusher((_, _) => 0), CancellationToken.None);
        Assert.Equal(1, outcome.TaskStart!.Success);
        Assert.True(outcome.Success < 0.5, $"{outcome.Success} over the whole range");
        Assert.Null(outcome.TaskStart.TaskStart);

        var snapshot = new Snapshot();
        outcome.Save(snapshot);
        using IVectorEnvironment cartpole = RunServices.Shipped.Environment("cartpole", 1, 1);
        EvaluationOutcome read = EvaluationOutcome.Load(snapshot, cartpole.Info);
        Assert.Equal((outcome.Figures, outcome.TaskStart.Figures, outcome.TaskStart.Success),
            (read.Figures, read.TaskStart!.Figures, read.TaskStart.Success));
    }

    /// <summary>
    /// Whoever falls off at once earns -5 in the end and plays few steps; whoever does nothing plays on to the time limit.
    /// </summary>
    [Fact]
    public void Returns_and_lengths_are_those_of_the_episodes()
    {
        using var evaluator = new Evaluator(new FastEnv(20), ["centered"], 1);
        EpisodeFigures idle = evaluator.Evaluate(new Pusher((_, _) => 0), CancellationToken.None).Figures!;
        Assert.Equal((FastEnv.EpisodeSteps, 0.0, 20), (idle.Length.Mean, idle.Length.Std, idle.Length.Episodes));
        Assert.InRange(idle.Return.Mean, 0, FastEnv.EpisodeSteps); // 1 - x * x a step
        Assert.Null(idle.Seen);
        EpisodeFigures falling = evaluator.Evaluate(new Pusher((_, _) => 1), CancellationToken.None).Figures!;
        Assert.InRange(falling.Length.Mean, 1, FastEnv.EpisodeSteps - 1);
        Assert.True(falling.Return.Mean < idle.Return.Mean, $"{falling.Return} against {idle.Return}");
    }

    /// <summary>
    /// Twice the hand-built reward, over the first episodes alone; also where the stretch that is
    /// scored at once does not fit into the episode.
    /// </summary>
    [Fact]
    public void The_reward_seen_is_summed_up_over_the_episodes_that_are_scored()
    {
        EnvironmentInfo info = FastEnv.Describe();
        var context = new RewardContext
        {
            Info = info,
            Goals = ["rest"],
            Baselines = ["a point"],
            Models = name => throw new InvalidOperationException(name)
        };
        using RewardStack reward = Rewards.RewardRegistries.Shipped.Build(new RewardStackSettings
        {
            Terms = [new RewardTermSettings { Name = "task", Source = "task", Weight = 2 }]
        },
            context);
        using var renderers = new RendererPool();
        using var judged = new FastEnv(4);
        using var all = new Evaluator(new FastEnv(4), ["centered"], 1) { Scorer = new EpisodeScorer(reward, renderers, judged, "", 4) };
        using var some = new Evaluator(new FastEnv(4), ["centered"], 1) { Scorer = new EpisodeScorer(reward, renderers, judged, "", 3) };
        foreach (float push in new[] { 0f, 1f })
        {
            EpisodeFigures figures = all.Evaluate(new Pusher((_, _) => push), CancellationToken.None).Figures!;
            Assert.Equal(2 * figures.Return.Mean, figures.Seen!.Mean, 1e-4);
            Assert.Equal(2 * figures.Return.Std, figures.Seen.Std, 1e-4);
            Assert.Equal(3, some.Evaluate(new Pusher((_, _) => push), CancellationToken.None).Figures!.Seen!.Episodes);
        }
    }

    /// <summary>The environment observes its state, so that both say the same, also where an episode or a scored stretch ends.</summary>
    [Fact]
    public void A_reward_may_read_what_is_observed_after_a_step()
    {
        using var renderers = new RendererPool();
        using var judged = new FastEnv(4);
        double[] seen = [.. new[] { true, false }.Select(after =>
        {
            using var reward = new RewardStack([new RewardTerm(new FirstNumber(after), [], 1)],
                BatchFields.Observations | BatchFields.States);
            using var evaluator = new Evaluator(new FastEnv(4), ["centered"], 1)
            {
                Scorer = new EpisodeScorer(reward, renderers, judged, "", 4),
            };
            return evaluator.Evaluate(new Pusher((_, _) => 0.5f), CancellationToken.None).Figures!.Seen!.Mean;
        })];
        Assert.NotEqual(0, seen[0]);
        Assert.Equal(seen[1], seen[0], 1e-6);
    }

    /// <summary>
    /// By hand: of 1, 2, 3 the mean is 2, the deviation 1 and t of 2 degrees 4.3027, so that half the interval is 4.3027 / sqrt(3);
    /// of 0 and 1, fifty times each, the deviation is sqrt(25 / 99) and t of 99 degrees 1.98422.
    /// </summary>
    [Fact]
    public void A_spread_is_mean_deviation_and_Students_interval()
    {
        Spread few = Spread.Of([1, 2, 3])!, many = Spread.Of([.. Enumerable.Range(0, 100).Select(i => (double)(i % 2))])!;
        Assert.Equal((2.0, 1.0, 3), (few.Mean, few.Std, few.Episodes));
        Assert.Equal(2 - (4.3027 / Math.Sqrt(3)), few.Low, 1e-9);
        Assert.Equal(0.5 + (1.98422 * Math.Sqrt(25.0 / 99) / 10), many.High, 1e-5);
        Assert.Equal(new Spread(7, 0, 7, 7, 1), Spread.Of([7]));
        Assert.Null(Spread.Of([]));
    }

    /// <summary>
    /// By hand for 90 of 100, z = 1.96: center (0.9 + 3.8415/200) / 1.038415 = 0.88520,
    /// half 1.96 sqrt(0.0009 + 3.8415/40000) / 1.038415 = 0.05957. For 100 of 100 the low end is 1 / 1.038415 = 0.96301.
    /// </summary>
    [Theory]
    [InlineData(0.9, 100, 0.82563, 0.94477)]
    [InlineData(1.0, 100, 0.96301, 1.0)]
    [InlineData(0.0, 100, 0.0, 0.03699)]
    public void The_interval_is_Wilsons(double share, int trials, double low, double high)
    {
        (double foundLow, double foundHigh) = EvaluationOutcome.Wilson(share, trials);
        Assert.Equal(low, foundLow, 1e-5);
        Assert.Equal(high, foundHigh, 1e-5);
    }

    private sealed class FirstNumber(bool after)
        : Reward(new RewardSpec("first", BatchFields.Observations | BatchFields.States, Scope: ScoreScope.Episode))
    {
        public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
        {
            TrajectoryBatch steps = batch.As<TrajectoryBatch>();
            for (int row = 0; row < batch.Rows; row++)
                scores.Span[row] = after ? steps.ObservationAfter(row)[0] : steps.States[row * steps.Info.State.Length];
            return ValueTask.CompletedTask;
        }
    }
}
