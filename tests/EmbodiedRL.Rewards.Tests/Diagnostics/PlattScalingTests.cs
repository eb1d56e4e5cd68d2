using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Diagnostics;

namespace EmbodiedRL.Rewards.Tests.Diagnostics;

public sealed class PlattScalingTests
{
    /// <summary>With two different scores the fitted probability at each is the mean of its smoothed targets.</summary>
    [Fact]
    public void Two_scores_get_the_means_of_their_smoothed_targets()
    {
        // Four true and four false rows: targets 5/6 and 1/6. At -1 one of four is true: (5/6 + 3/6) / 4 = 1/3.
        var mixed = PlattScaling.Fit([-1, -1, -1, -1, 1, 1, 1, 1], [true, false, false, false, true, true, true, false]);
        Assert.Equal(1.0 / 3, mixed.Probability(-1), 6);
        Assert.Equal(2.0 / 3, mixed.Probability(1), 6);
        // Scores that separate the outcomes stay finite: 1/6 and 5/6. Their unit does not matter.
        var separated = PlattScaling.Fit([-100, -100, -100, -100, 100, 100, 100, 100],
            [false, false, false, false, true, true, true, true]);
        Assert.Equal(1.0 / 6, separated.Probability(-100), 6);
        Assert.Equal(5.0 / 6, separated.Probability(100), 6);
        Assert.Equal(0.5, separated.Probability(0), 6);
    }

    [Fact]
    public void Scores_that_do_not_vary_get_one_probability()
    {
        // One true row of three: targets 2/3, 1/4, 1/4, whose mean is 7/18.
        var constant = PlattScaling.Fit([7, 7, 7], [true, false, false]);
        Assert.Equal(7.0 / 18, constant.Probability(7), 6);
    }

    [Fact]
    public void The_logistic_function_that_drew_the_outcomes_is_found()
    {
        double[] scores = new double[20_000];
        bool[] outcomes = new bool[scores.Length];
        var rng = Rng.For(3, "platt");
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = rng.Uniform(-2, 2);
            outcomes[i] = rng.NextDouble() < 1 / (1 + Math.Exp(-((1.5 * scores[i]) - 0.4)));
        }

        var found = PlattScaling.Fit(scores, outcomes);
        foreach (double score in new[] { -1.5, 0, 1.5 })
            Assert.Equal(1 / (1 + Math.Exp(-((1.5 * score) - 0.4))), found.Probability(score), 0.02);
    }
}
