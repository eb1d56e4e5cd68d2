using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Shaping;
using EmbodiedRL.Rewards.Tabular;

namespace EmbodiedRL.Rewards.Tests.Shaping;

public sealed class BehaviorAlignmentTests
{
    /// <summary>Central differences of the objective, whose inner level is solved anew for each, in worlds with terminal states.</summary>
    [Fact]
    public void The_implicit_gradient_is_that_of_finite_differences()
    {
        for (int index = 0; index < 5; index++)
        {
            (TabularMdp world, double[,,] primary, double[,,] auxiliary) = World(index);
            var alignment = new BehaviorAlignment(world, primary, auxiliary, new() { Entropy = 0.4, DiscountPenalty = 0.05 });
            var rng = Rng.For(2, "blend", index);
            double[] phi = alignment.Blend(0.5);
            for (int i = 0; i < phi.Length - 1; i++) phi[i] += 0.2 * rng.Normal();
            phi[^1] = 0.8;
            double[] gradient = alignment.Gradient(phi);
            double error = 0, size = 0;
            for (int i = 0; i < phi.Length; i++)
            {
                double difference = (alignment.Objective(Moved(phi, i, 1e-4)) - alignment.Objective(Moved(phi, i, -1e-4))) / 2e-4;
                (error, size) = (error + Math.Pow(difference - gradient[i], 2), size + (difference * difference));
            }

            Assert.True(size > 1e-6 && Math.Sqrt(error / size) < 1e-4, $"world {index}: relative error {Math.Sqrt(error / size)}");
        }
    }

    /// <summary>Two actions of which one pays 1: pi = e^(1 / lambda) / (1 + e^(1 / lambda)) before a terminal state.</summary>
    [Fact]
    public void The_inner_fixed_point_of_a_bandit_is_a_softmax()
    {
        var world = new TabularMdp(new double[,,] { { { 0, 1 }, { 0, 1 } }, { { 0, 1 }, { 0, 1 } } }, [1, 0], 0.9, [false, true]);
        double[,,] pays = new double[2, 2, 2];
        pays[0, 1, 1] = 1;
        var alignment = new BehaviorAlignment(world, pays, new double[2, 2, 2], new() { Entropy = 0.5 });
        double expected = Math.Exp(2) / (1 + Math.Exp(2));
        Assert.Equal(expected, alignment.Policy(alignment.Blend(0))[0, 1], 1e-10);
        Assert.Equal(expected, alignment.Objective(alignment.Blend(0)), 1e-10);
    }

    /// <summary>The expected update is 0 there: no small change of the logits of any state raises the return with entropy.</summary>
    [Fact]
    public void The_inner_fixed_point_is_stationary_for_the_return_with_entropy()
    {
        (TabularMdp world, double[,,] primary, double[,,] auxiliary) = World(1);
        var alignment = new BehaviorAlignment(world, primary, auxiliary, new() { Entropy = 0.4 });
        double[,] policy = alignment.Policy(alignment.Blend(1));
        double[,,] sum = Sum(primary, auxiliary);
        for (int s = 0; s < world.States - 1; s++)
            for (int a = 0; a < world.Actions; a++)
            {
                double above = Soft(world, sum, Tilted(policy, s, a, 1e-4), 0.4),
                    below = Soft(world, sum, Tilted(policy, s, a, -1e-4), 0.4);
                Assert.Equal(0, (above - below) / 2e-4, 1e-6);
            }
    }

    /// <summary>Shaping by a potential moves no policy of this learner either; so it can neither help nor harm here.</summary>
    [Fact]
    public void Potential_shaping_leaves_the_inner_policy_as_it_is()
    {
        (TabularMdp world, double[,,] primary, double[,,] auxiliary) = World(2);
        var alignment = new BehaviorAlignment(world, primary, auxiliary, new() { Entropy = 0.4 });
        double[] potential = [.. Enumerable.Range(0, world.States).Select(state => Math.Sin(5 * state))];
        double[,] plain = alignment.PolicyUnder(primary), shaped = alignment.PolicyUnder(PotentialShaping.Shape(world, primary, potential));
        for (int s = 0; s < world.States; s++)
            for (int a = 0; a < world.Actions; a++) Assert.Equal(plain[s, a], shaped[s, a], 1e-9);
    }

    /// <summary>
    /// The pitfall: two states in a circle that the heuristic pays, and an exit that the primary reward pays. What is learned is judged by
    /// the primary reward and the world's discount alone, so the circle is unlearned; the plain sum never leaves it.
    /// </summary>
    [Fact]
    public void A_heuristic_that_pays_a_loop_does_not_mislead()
    {
        double[,,] transitions = new double[3, 2, 3], primary = new double[3, 2, 3], auxiliary = new double[3, 2, 3];
        transitions[0, 0, 1] = transitions[1, 0, 0] = transitions[0, 1, 2] = transitions[1, 1, 2] = 1;
        transitions[2, 0, 2] = transitions[2, 1, 2] = 1;
        primary[0, 1, 2] = primary[1, 1, 2] = 1;
        auxiliary[0, 0, 1] = auxiliary[1, 0, 0] = 0.5;
        var world = new TabularMdp(transitions, [1, 0, 0], 0.9, [false, false, true]);
        var alignment = new BehaviorAlignment(world, primary, auxiliary, new() { Entropy = 0.2 });
        (double[] blend, double[] objectives) = alignment.Learn();
        double only = alignment.Objective(alignment.Blend(0)), naive = alignment.Objective(alignment.Blend(1));
        Assert.True(naive < 0.01, $"{naive}");
        Assert.Equal(only, objectives[0]);
        Assert.True(alignment.Objective(blend) > Math.Max(only, 0.95), $"{only} to {alignment.Objective(blend)}");
        Assert.Equal(alignment.Objective(blend), alignment.Return(alignment.Policy(blend)));
        Assert.True(blend[^4] < 0, $"weight of the heuristic where the loop begins: {blend[^4]}");
    }

    [Fact]
    public void A_discount_that_costs_is_lowered()
    {
        (TabularMdp world, double[,,] primary, double[,,] auxiliary) = World(3);
        double[] Learned(double cost) =>
            new BehaviorAlignment(world, primary, auxiliary, new() { Entropy = 0.4, DiscountPenalty = cost, Steps = 20 }).Learn().Blend;
        Assert.True(Learned(1000)[^1] < world.Discount - 0.02);
        Assert.Equal(world.Discount,
            new BehaviorAlignment(world, primary, auxiliary, new() { Entropy = 0.4, DiscountRate = 0, Steps = 5 }).Learn().Blend[^1]);
    }

    /// <summary>Without entropy the implicit equations are singular at every fixed point, so it must be above 0.</summary>
    [Fact]
    public void Without_entropy_it_is_refused()
    {
        (TabularMdp world, double[,,] primary, double[,,] auxiliary) = World(4);
        Assert.Contains("entropy", Assert.Throws<SettingsException>(
            () => new BehaviorAlignment(world, primary, auxiliary, new() { Entropy = 0 })).Message, StringComparison.Ordinal);
    }

    private static (TabularMdp World, double[,,] Primary, double[,,] Auxiliary) World(int index)
    {
        var rng = Rng.For(4, "worlds", index);
        TabularMdp world = TabularMdp.Random(6, 3, 0.9, ref rng, terminal: 1);
        return (world, world.RandomReward(ref rng), world.RandomReward(ref rng));
    }

    private static double[] Moved(double[] phi, int place, double by)
    {
        double[] moved = [.. phi];
        moved[place] += by;
        return moved;
    }

    private static double[,,] Sum(double[,,] one, double[,,] two)
    {
        double[,,] sum = (double[,,])one.Clone();
        for (int s = 0; s < sum.GetLength(0); s++)
            for (int a = 0; a < sum.GetLength(1); a++)
                for (int next = 0; next < sum.GetLength(2); next++) sum[s, a, next] += two[s, a, next];
        return sum;
    }

    private static double[,] Tilted(double[,] policy, int state, int action, double by)
    {
        double[,] tilted = (double[,])policy.Clone();
        tilted[state, action] *= Math.Exp(by);
        double sum = 0;
        for (int a = 0; a < policy.GetLength(1); a++) sum += tilted[state, a];
        for (int a = 0; a < policy.GetLength(1); a++) tilted[state, a] /= sum;
        return tilted;
    }

    /// <summary>Return with entropy, as a return of a reward that has the surprise of each action in it.</summary>
    private static double Soft(TabularMdp world, double[,,] reward, double[,] policy, double entropy)
    {
        double[,,] surprising = (double[,,])reward.Clone();
        for (int s = 0; s < world.States; s++)
            for (int a = 0; a < world.Actions; a++)
                for (int next = 0; next < world.States; next++) surprising[s, a, next] -= entropy * Math.Log(policy[s, a]);
        return world.Return(surprising, policy);
    }
}
