using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Transforms;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Tests.Evaluation;

public sealed class RewardCheckTests
{
    private const string Middle = "a red ball in the middle";
    private const int States = 400;

    private static readonly string[] Centered = ["centered"];

    [Fact]
    public void A_reward_that_follows_the_goal_is_trusted_however_it_is_bent()
    {
        RewardVerdict verdict = Judge(Middle, x => -Math.Abs(x * x * x));
        Assert.Equal(RewardTrust.Trust, verdict.Trust);
        Assert.Equal(1, verdict.Agreement!.Value, 0.01);
        Assert.Equal(1, verdict.BestInside);
        Assert.Equal("centered", verdict.Follows);
        Assert.Empty(verdict.Reasons);
    }

    [Fact]
    public void An_inverted_reward_is_refused_and_named()
    {
        RewardVerdict verdict = Judge(Middle, x => Math.Abs(x));
        Assert.Equal(RewardTrust.Refuse, verdict.Trust);
        Assert.True(verdict.Inverted);
        Assert.Contains("is inverted", Assert.Single(verdict.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public void A_reward_of_something_else_is_refused_with_what_it_follows()
    {
        RewardVerdict verdict = Judge(Middle, x => x);
        Assert.Equal(RewardTrust.Refuse, verdict.Trust);
        Assert.Equal("right", verdict.Follows);
        Assert.Contains("too loosely", verdict.Reasons[0], StringComparison.Ordinal);
        Assert.Contains("'right' best (agreement 1.00)", verdict.Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_reward_whose_best_states_miss_the_measure_is_refused_though_it_agrees()
    {
        // one frame in twenty-five off the middle shines: a fraud that hardly lowers the rank correlation
        int state = 0;
        RewardVerdict verdict = Judge(Middle, x => -Math.Abs(x) + (state++ % 25 == 0 && Math.Abs(x) > 0.5 ? 10 : 0));
        Assert.True(verdict.Agreement > RewardVerdict.LeastAgreement, $"{verdict.Agreement}");
        Assert.Equal(RewardTrust.Refuse, verdict.Trust);
        Assert.Contains("is outside of 'centered'", Assert.Single(verdict.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public void A_goal_that_no_state_reaches_is_refused()
    {
        RewardVerdict verdict = Judge(Middle, x => -Math.Abs(x), far: true);
        Assert.Contains("None of 400 sampled states is inside 'centered'", verdict.Reasons[0], StringComparison.Ordinal);
        RewardVerdict both = RewardCheck.Judge(Info(), "a red ball on the left and on the right", [], Rewards(x => x, Xs(false)),
            StatesOf(Xs(false)), 1);
        Assert.Equal(RewardTrust.Refuse, both.Trust);
        Assert.Contains("makes this sentence true by half", both.Reasons[0], StringComparison.Ordinal);
    }

    [Fact]
    public void What_no_state_makes_true_is_refused()
    {
        RewardVerdict verdict = RewardCheck.Judge(Info() with { Falsehoods = ["a red ball on fire"] }, "a red ball on fire", [],
            Rewards(x => x, Xs(false)), StatesOf(Xs(false)), 1);
        Assert.Equal(RewardTrust.Refuse, verdict.Trust);
        Assert.Contains("No state of 'ball'", Assert.Single(verdict.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_wording_is_doubted_where_the_reward_follows_something_and_refused_where_it_does_not()
    {
        RewardVerdict guess = RewardCheck.Judge(Info(), "starboard", [], Rewards(x => x, Xs(false)), StatesOf(Xs(false)), 1);
        Assert.Equal(RewardTrust.Doubt, guess.Trust);
        Assert.Null(guess.Agreement);
        Assert.StartsWith("The agent will learn 'right'", Assert.Single(guess.Reasons), StringComparison.Ordinal);

        double[] waves = Rewards(x => Math.Sin(40 * x), Xs(false));
        RewardVerdict nothing = RewardCheck.Judge(Info(), "starboard", [], waves, StatesOf(Xs(false)), 1);
        Assert.Equal(RewardTrust.Refuse, nothing.Trust);
    }

    [Fact]
    public void A_measure_judges_a_goal_whose_wording_is_unknown()
    {
        RewardVerdict verdict = RewardCheck.Judge(Info(), "home", Centered, Rewards(x => -Math.Abs(x), Xs(false)), StatesOf(Xs(false)), 1);
        Assert.Equal((RewardTrust.Trust, 1), (verdict.Trust, verdict.Agreement));
    }

    [Fact]
    public void A_reward_that_never_moves_is_refused() =>
        Assert.Contains("the same in all sampled states", Judge(Middle, _ => 0.5).Reasons[0], StringComparison.Ordinal);

    [Fact]
    public void Where_nothing_can_be_said_of_a_scene_the_reward_is_doubted()
    {
        RewardVerdict verdict = RewardCheck.Judge(Info() with { Facts = [], Subjects = [] }, "home", [], Rewards(x => x, Xs(false)),
            StatesOf(Xs(false)), 1);
        Assert.Equal(RewardTrust.Doubt, verdict.Trust);
    }

    /// <summary>All terms, weights and transforms are judged, not the first prompt of the first term.</summary>
    [Theory]
    [InlineData(1, 0, RewardTrust.Trust)]
    [InlineData(-1, 0, RewardTrust.Refuse)]
    [InlineData(1, 5, RewardTrust.Refuse)]
    [InlineData(1, 0.01, RewardTrust.Trust)]
    public async Task The_whole_reward_is_judged(float middle, float right, RewardTrust expected)
    {
        using var environment = new SpokenPoint("ball", RewardCheck.Rows);
        using var renderers = new RendererPool();
        using var stack = new RewardStack(
        [
            new RewardTerm(new OfPlace("middle", x => -Math.Abs(x)), [new Scale(new ScaleOptions { Factor = 2 })], middle),
            new RewardTerm(new OfPlace("right", x => x), [], right),
        ], BatchFields.States);
        RewardVerdict verdict = await Judge();
        Assert.Equal(expected, verdict.Trust);
        RewardVerdict again = await Judge();
        Assert.Equal((verdict.Agreement, verdict.BestInside), (again.Agreement, again.BestInside));

        Task<RewardVerdict> Judge() =>
            RewardCheck.JudgeAsync(environment, renderers, "", stack, Middle, Centered, 1, CancellationToken.None);
    }

    /// <summary>A bonus for novelty and a reward that has learned nothing say nothing of the goal, and are no reason to refuse.</summary>
    [Fact]
    public async Task Terms_that_learn_in_the_run_are_left_out_and_named()
    {
        using var environment = new SpokenPoint("ball", RewardCheck.Rows);
        using var renderers = new RendererPool();
        RewardTerm Bonus() => new(new OfPlace("news", x => x, isCheckable: false), [], 100);
        using var both =
            new RewardStack([new RewardTerm(new OfPlace("middle", x => -Math.Abs(x)), [], 1), Bonus()], BatchFields.States);
        RewardVerdict verdict = await Judge(both);
        Assert.Equal(RewardTrust.Trust, verdict.Trust);
        Assert.Equal(1, verdict.Agreement!.Value, 0.01);
        Assert.Contains("'news'", Assert.Single(verdict.Reasons), StringComparison.Ordinal);

        using var wrong = new RewardStack([new RewardTerm(new OfPlace("right", x => x), [], 1), Bonus()], BatchFields.States);
        Assert.Equal(RewardTrust.Refuse, (await Judge(wrong)).Trust);

        using var alone = new RewardStack([Bonus()], BatchFields.States);
        RewardVerdict nothing = await Judge(alone);
        Assert.Equal((RewardTrust.Doubt, null), (nothing.Trust, nothing.Agreement));
        Assert.Contains("Nothing can be said before the run", Assert.Single(nothing.Reasons), StringComparison.Ordinal);

        Task<RewardVerdict> Judge(RewardStack stack) =>
            RewardCheck.JudgeAsync(environment, renderers, "", stack, Middle, Centered, 1, CancellationToken.None);
    }

    private static RewardVerdict Judge(string goal, Func<double, double> reward, bool far = false) =>
        RewardCheck.Judge(Info(), goal, Centered, Rewards(reward, Xs(far)), StatesOf(Xs(far)), 1);

    private static EnvironmentInfo Info()
    {
        using var point = new SpokenPoint("ball", 1);
        return point.Info;
    }

    private static double[] Xs(bool far)
    {
        var rng = Rng.For(1, "places");
        double[] places = new double[States];
        for (int i = 0; i < States; i++) places[i] = far ? rng.Uniform(0.5, 1) : rng.Uniform(-1, 1);
        return places;
    }

    private static double[] Rewards(Func<double, double> reward, double[] places) => Array.ConvertAll(places, x => reward(x));

    private static float[] StatesOf(double[] places) => [.. places.SelectMany(x => new[] { (float)x, 0 })];

    private sealed class OfPlace(string name, Func<float, float> of, bool isCheckable = true)
        : Reward(new RewardSpec(name, BatchFields.States))
    {
        public override bool IsCheckable => isCheckable;

        public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
        {
            TrajectoryBatch steps = batch.As<TrajectoryBatch>();
            for (int row = 0; row < batch.Rows; row++) scores.Span[row] = of(steps.States[row * 2]);
            return ValueTask.CompletedTask;
        }
    }
}
