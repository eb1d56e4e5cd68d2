using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Shaping;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;

namespace EmbodiedRL.Rewards.Tests.Shaping;

public sealed class ExplorationGuidedShapingTests
{
    private static readonly double[,] Policy = { { 0.2, 0.5, 0.3 }, { 0.6, 0.3, 0.1 } };

    [Fact, Trait("Category", "Parity")]
    public void The_bonus_of_a_count_matches_a_second_implementation()
    {
        JsonElement entry = Expected("S22 count bonus");
        double lambda = entry.GetProperty("lam").Number(), most = entry.GetProperty("b_max").Number();
        double[] counts = entry.GetProperty("counts").Numbers(), bonus = entry.GetProperty("bonus").Numbers(),
            larger = entry.GetProperty("b_max_2").Numbers();
        for (int i = 0; i < counts.Length; i++)
        {
            Assert.Equal(bonus[i], ExplorationGuidedShaping.CountBonus((long)counts[i], lambda, most), 1e-12);
            Assert.Equal(larger[i], ExplorationGuidedShaping.CountBonus((long)counts[i], lambda, 2 * most), 1e-12);
        }
    }

    [Fact]
    public void Visits_lower_the_bonus_from_its_most()
    {
        var shaping = new ExplorationGuidedShaping(2, 3, new() { Lambda = 0.5, MostBonus = 2 });
        Assert.Equal(2, shaping.Bonus(1));
        for (int visit = 0; visit < 7; visit++) shaping.Visit(1);
        Assert.Equal(0.5 / Math.Sqrt(0.0625 + 7), shaping.Bonus(1), 1e-12);
        Assert.Equal(2, shaping.Bonus(0));
    }

    /// <summary>V = 0, G = 4, pi = (0.2, 0.5, 0.3), action 1, eta 0.01: f moves by 0.01 * 0.5 * 4 * ((0, 1, 0) - pi), V by 0.01 * 4;
    /// then G = 1 of action 0 by 0.01 * 0.2 * (1 - 0.04) * ((1, 0, 0) - pi).</summary>
    [Fact]
    public void An_update_is_the_one_worked_out_by_hand()
    {
        var shaping = new ExplorationGuidedShaping(2, 3);
        shaping.Learn([new(0, 1, 4)], Policy);
        Assert.Equal(-0.004, shaping.Shaping(0, 0), 1e-12);
        Assert.Equal(0.01, shaping.Shaping(0, 1), 1e-12);
        Assert.Equal(-0.006, shaping.Shaping(0, 2), 1e-12);
        Assert.Equal(0.04, shaping.Value(0), 1e-12);
        shaping.Learn([new(0, 0, 1)], Policy);
        Assert.Equal(-0.004 + (0.00192 * 0.8), shaping.Shaping(0, 0), 1e-12);
        Assert.Equal(0.01 - (0.00192 * 0.5), shaping.Shaping(0, 1), 1e-12);
        Assert.Equal(7 - 0.004 + (0.00192 * 0.8) + shaping.Bonus(1), shaping.Reward(0, 0, 7, 1), 1e-12);
    }

    [Fact]
    public void Each_update_adds_up_to_zero_over_the_actions_of_its_state()
    {
        var shaping = new ExplorationGuidedShaping(2, 3);
        var rng = Rng.For(3, "samples");
        for (int i = 0; i < 500; i++)
        {
            shaping.Learn([new(rng.Below(2), rng.Below(3), rng.Normal())], Policy);
            for (int s = 0; s < 2; s++) Assert.Equal(0, shaping.Shaping(s, 0) + shaping.Shaping(s, 1) + shaping.Shaping(s, 2), 1e-12);
        }

        Assert.True(Math.Abs(shaping.Shaping(0, 0)) > 1e-4);
    }

    /// <summary>
    /// The pitfall: where nothing is paid originally nothing is learned, whatever bonuses there are; handed its own shaped returns, f would
    /// grow out of the bonus.
    /// </summary>
    [Fact]
    public void Returns_of_the_shaped_reward_would_feed_the_shaping()
    {
        ExplorationGuidedShaping right = new(2, 3), wrong = new(2, 3);
        for (int i = 0; i < 200; i++)
        {
            int action = i % 3, next = action == 0 ? 1 : 0;
            right.Learn([new(0, action, ExplorationGuidedShaping.Returns([0, 0], 0.9)[0])], Policy);
            wrong.Learn([new(0, action, ExplorationGuidedShaping.Returns([wrong.Reward(0, action, 0, next), 0], 0.9)[0])], Policy);
            right.Visit(next);
            if (next == 0) wrong.Visit(next); // what action 0 leads to never becomes familiar
        }

        for (int a = 0; a < 3; a++) Assert.Equal(0, right.Shaping(0, a));
        Assert.True(Enumerable.Range(0, 3).Max(a => Math.Abs(wrong.Shaping(0, a))) > 0.01);
    }

    [Fact]
    public void Returns_are_discounted_sums() =>
        Assert.Equal([1 + (0.5 * 2) + (0.25 * 4), 2 + (0.5 * 4), 4], ExplorationGuidedShaping.Returns([1, 2, 4], 0.5));

    [Fact]
    public void A_limit_bounds_what_is_paid()
    {
        var shaping = new ExplorationGuidedShaping(1, 2, new() { Limit = 0.1, Rate = 1 });
        shaping.Learn([new(0, 0, 100)], new double[,] { { 0.5, 0.5 } });
        Assert.Equal([0.1, -0.1], new[] { shaping.Shaping(0, 0), shaping.Shaping(0, 1) });
        Assert.Throws<SettingsException>(() => new ExplorationGuidedShaping(1, 2, new() { Lambda = 0 }));
    }
}
