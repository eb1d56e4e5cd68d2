using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Training.Evaluation;

namespace EmbodiedRL.Training.Tests.Evaluation;

public sealed class EvaluatorTests
{
    /// <summary>Pushes by position and velocity; enough to come to rest.</summary>
    private sealed class Pusher(Func<float, float, float> push) : IPolicy
    {
        public int Calls { get; private set; }

        public void Act(ReadOnlySpan<float> observations, Span<float> actions, bool deterministic)
        {
            Assert.True(deterministic);
            Calls++;
            for (int row = 0; row < actions.Length; row++) actions[row] = push(observations[row * 2], observations[(row * 2) + 1]);
        }
    }

    [Fact]
    public void A_policy_that_comes_to_rest_succeeds_and_one_that_falls_off_does_not()
    {
        using var evaluator = new Evaluator(new FastEnv(50), ["centred"], 1);
        var good = new Pusher((x, v) => Math.Clamp((-6 * x) - (3 * v), -1, 1));
        Assert.Equal(1, evaluator.Evaluate(good, CancellationToken.None).Success);
        Assert.Equal(FastEnv.EpisodeSteps, good.Calls);
        Assert.Equal(0, evaluator.Evaluate(new Pusher((_, _) => 1), CancellationToken.None).Success);
    }

    /// <summary>Doing nothing succeeds exactly where the point starts within 0.2 m, and every evaluation plays the same starts.</summary>
    [Fact]
    public void The_share_counts_episodes_and_repeats()
    {
        using var evaluator = new Evaluator(new FastEnv(200), ["centred"], 1);
        var idle = new Pusher((_, _) => 0);
        double share = evaluator.Evaluate(idle, CancellationToken.None).Success!.Value;
        Assert.InRange(share, 0.1, 0.3);
        Assert.Equal(share, evaluator.Evaluate(idle, CancellationToken.None).Success);
    }

    [Fact]
    public void Without_a_judge_measures_are_given_but_no_success()
    {
        using var evaluator = new Evaluator(new FastEnv(3), [], 1);
        EvaluationOutcome outcome = evaluator.Evaluate(new Pusher((_, _) => 0), CancellationToken.None);
        Assert.Null(outcome.Success);
        Assert.Null(outcome.Interval);
        Assert.Equal(["centred"], outcome.Measures.Keys);
    }

    [Fact]
    public void An_unknown_measure_names_the_known_ones()
    {
        UnknownNameException error = Assert.Throws<UnknownNameException>(() => new Evaluator(new FastEnv(1), ["centered"], 1));
        Assert.Contains("'centred'", error.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// By hand for 90 of 100, z = 1.96: centre (0.9 + 3.8415/200) / 1.038415 = 0.88520,
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
}
