using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Tabular;

namespace EmbodiedRL.Rewards.Tests.Diagnostics;

public sealed class RewardDistanceTests
{
    private const double Exact = 1e-9, Discount = 0.9;

    [Fact]
    public void Neither_scale_nor_shaping_nor_moving_reward_between_successors_changes_starc()
    {
        foreach ((TabularMdp world, double[,,] reward, double[,,] other, Rng draws) in Worlds(20, terminal: 1))
        {
            Rng rng = draws;
            double[] potential = [.. Enumerable.Range(0, world.States).Select(state => world.Terminal[state] ? 0 : 5 * rng.Normal())];
            double[,,] noise = world.RandomReward(ref rng);
            double[,,] changed = Map(world, (s, a, n) => 3.5 * (reward[s, a, n] + (Discount * potential[n]) - potential[s]
                + noise[s, a, n] - Mean(world, noise, s, a)));
            Assert.Equal(0, StarcDistance.Between(world, reward, changed), Exact);
            Assert.Equal(StarcDistance.Between(world, reward, other), StarcDistance.Between(world, changed, other), Exact);
        }
    }

    [Fact]
    public void Epic_allows_for_scale_and_shaping_but_not_for_moving_reward_between_successors()
    {
        foreach ((TabularMdp world, double[,,] reward, _, Rng draws) in Worlds(20))
        {
            Rng rng = draws;
            double[] potential = [.. Enumerable.Range(0, world.States).Select(_ => 5 * rng.Normal())];
            double[,,] noise = world.RandomReward(ref rng);
            double[,,] shaped = Map(world, (s, a, n) => 2 * (reward[s, a, n] + (Discount * potential[n]) - potential[s]));
            double[,,] moved = Map(world, (s, a, n) => reward[s, a, n] + noise[s, a, n] - Mean(world, noise, s, a));
            Assert.Equal(0, EpicDistance.Between(reward, shaped, Discount), Exact);
            Assert.True(EpicDistance.Between(reward, moved, Discount) > 0.1);
            Assert.Equal(0, StarcDistance.Between(world, reward, moved), Exact);
        }
    }

    [Fact]
    public void Both_are_distances()
    {
        foreach ((TabularMdp world, double[,,] a, double[,,] b, Rng draws) in Worlds(50))
        {
            Rng rng = draws;
            double[,,] c = world.RandomReward(ref rng), minusA = Map(world, (s, x, n) => -a[s, x, n]), zero = Map(world, (_, _, _) => 0);
            foreach ((Func<double[,,], double[,,], double> distance, double most) in new (Func<double[,,], double[,,], double>, double)[]
            {
                ((left, right) => StarcDistance.Between(world, left, right), 2),
                ((left, right) => EpicDistance.Between(left, right, Discount), 1),
            })
            {
                Assert.Equal(distance(a, b), distance(b, a), Exact);
                Assert.True(distance(a, c) <= distance(a, b) + distance(b, c) + Exact);
                Assert.Equal(0, distance(a, a), Exact);
                Assert.Equal(most, distance(a, minusA), Exact);
                Assert.Equal(most / 2, distance(a, zero), Exact);
                Assert.Equal(0, distance(Map(world, (_, _, _) => 7), zero), Exact);
            }
        }
    }

    /// <summary>Of all pairs of deterministic policies, none loses more than the bound says.</summary>
    [Fact]
    public void No_policy_loses_more_than_the_bound()
    {
        double tightest = 0;
        foreach ((TabularMdp world, double[,,] truth, double[,,] random, Rng draws) in Worlds(30, states: 4))
        {
            Rng rng = draws;
            double share = rng.NextDouble();
            double[,,] learned = Map(world, (s, a, n) => ((1 - share) * truth[s, a, n]) + (share * random[s, a, n]));
            double bound = StarcDistance.RegretBound(world, truth, StarcDistance.Between(world, truth, learned)), worst = 0;
            (double Truth, double Learned)[] returns =
                [.. Policies(world).Select(policy => (world.Return(truth, policy), world.Return(learned, policy)))];
            foreach ((double kept, double liked) in returns)
                foreach ((double taken, double preferred) in returns)
                    if (preferred >= liked) worst = Math.Max(worst, kept - taken);
            Assert.True(worst <= bound + Exact, $"lost {worst}, bound {bound}");
            Assert.True(worst > 0 || bound < 0.5 * (returns.Max(one => one.Truth) - returns.Min(one => one.Truth)));
            tightest = Math.Max(tightest, worst / bound);
        }

        Assert.InRange(tightest, 0.05, 1); // a bound that is never near says nothing
    }

    [Fact]
    public void Rewards_at_distance_zero_order_all_policies_alike()
    {
        foreach ((TabularMdp world, double[,,] reward, double[,,] other, Rng draws) in Worlds(5, states: 4))
        {
            Rng rng = draws;
            double[,,] noise = world.RandomReward(ref rng);
            double[,,] moved = Map(world, (s, a, n) => (2 * reward[s, a, n]) + noise[s, a, n] - Mean(world, noise, s, a));
            double[] before = Returns(reward), after = Returns(moved), different = Returns(other);
            Assert.Equal(1, Correlations.KendallTauB(before, after));
            Assert.True(Correlations.KendallTauB(before, different) < 1);

            double[] Returns(double[,,] judged) =>
                [.. Policies(world).Select(policy => Math.Round(world.Return(judged, policy), 9))];
        }
    }

    [Fact]
    public void A_potential_of_a_terminal_state_is_paid_and_what_follows_it_is_not()
    {
        foreach ((TabularMdp world, double[,,] reward, _, Rng draws) in Worlds(5, terminal: 1))
        {
            Rng rng = draws;
            double[,,] noise = world.RandomReward(ref rng);
            int end = world.States - 1;
            double[,,] after = Map(world, (s, a, n) => reward[s, a, n] + (world.Terminal[s] ? noise[s, a, n] : 0));
            double[,,] potential = Map(world, (s, a, n) => reward[s, a, n] + (n == end ? Discount * 5 : 0) - (s == end ? 5 : 0));
            Assert.Equal(0, StarcDistance.Between(world, reward, after), Exact);
            Assert.True(StarcDistance.Between(world, reward, potential) > 0.05);
        }
    }

    [Fact]
    public void Distances_do_not_depend_on_how_small_a_reward_is()
    {
        foreach ((TabularMdp world, double[,,] reward, double[,,] other, _) in Worlds(3))
            foreach (double scale in new[] { 1e-200, 1e-15, 1e15, 1e200 })
            {
                double[,,] scaled = Map(world, (s, a, n) => scale * reward[s, a, n]);
                Assert.Equal(StarcDistance.Between(world, reward, other), StarcDistance.Between(world, scaled, other), Exact);
                Assert.Equal(EpicDistance.Between(reward, other, Discount), EpicDistance.Between(scaled, other, Discount), Exact);
            }
    }

    [Fact]
    public void Estimates_come_near_what_is_exact()
    {
        foreach ((TabularMdp world, double[,,] reward, double[,,] other, Rng draws) in Worlds(3))
        {
            Rng rng = draws;
            double[,,] noise = world.RandomReward(ref rng);
            double[,,] moved = Map(world, (s, a, n) => reward[s, a, n] + noise[s, a, n] - Mean(world, noise, s, a));
            Assert.Equal(EpicDistance.Between(reward, other, Discount), Epic(reward, other), 0.06);
            Assert.Equal(EpicDistance.Between(reward, moved, Discount), Epic(reward, moved), 0.06);
            Assert.Equal(StarcDistance.Between(world, reward, other), Starc(reward, other), 0.15);
            Assert.True(Starc(reward, moved) < 0.35); // 0 exactly, and a square root of noise here
            Assert.Equal(1, Starc(reward, Map(world, (_, _, _) => 3)), Exact);

            double Epic(double[,,] left, double[,,] right) =>
                EpicDistance.Estimate(new TabularCoverage(world), Of(left), Of(right), Discount, transitions: 500, means: 500, ref rng);

            double Starc(double[,,] left, double[,,] right) => StarcDistance.Estimate(new TabularCoverage(world), Of(left), Of(right),
                Discount, new StarcSample(Pairs: 400, Walks: 60, Steps: 40), ref rng);
        }

        static TransitionReward<int, int> Of(double[,,] table) => (state, action, next) => table[state, action, next];
    }

    /// <summary>The mean of sampled shaping cancels to rounding, whatever was drawn.</summary>
    [Fact]
    public void An_estimate_of_epic_allows_for_shaping_exactly()
    {
        foreach ((TabularMdp world, double[,,] reward, _, Rng draws) in Worlds(5))
        {
            Rng rng = draws;
            double distance = EpicDistance.Estimate(new TabularCoverage(world), (s, a, n) => reward[s, a, n],
                (s, a, n) => reward[s, a, n] + (Discount * n * n) - (s * s), Discount, transitions: 20, means: 3, ref rng);
            Assert.Equal(0, distance, Exact);
        }
    }

    [Fact]
    public void Shapes_that_do_not_belong_together_are_refused()
    {
        foreach ((TabularMdp world, double[,,] reward, _, _) in Worlds(1))
        {
            Assert.Throws<SpecMismatchException>(() => EpicDistance.Between(reward, new double[2, 3, 2], Discount));
            Assert.Throws<SpecMismatchException>(() => StarcDistance.Between(world, reward, new double[2, 3, 2]));
        }
    }

    private static IEnumerable<(TabularMdp World, double[,,] Reward, double[,,] Other, Rng Rng)> Worlds(int count, int states = 6,
        int terminal = 0)
    {
        for (int index = 0; index < count; index++)
        {
            var rng = Rng.For(83, "worlds", index);
            TabularMdp world = TabularMdp.Random(states, 3, Discount, ref rng, terminal);
            yield return (world, world.RandomReward(ref rng), world.RandomReward(ref rng), rng);
        }
    }

    private static double[,,] Map(TabularMdp world, Func<int, int, int, double> reward)
    {
        double[,,] table = new double[world.States, world.Actions, world.States];
        for (int state = 0; state < world.States; state++)
            for (int action = 0; action < world.Actions; action++)
                for (int next = 0; next < world.States; next++) table[state, action, next] = reward(state, action, next);
        return table;
    }

    private static double Mean(TabularMdp world, double[,,] table, int state, int action) =>
        Enumerable.Range(0, world.States).Sum(next => world.Transition(state, action, next) * table[state, action, next]);

    private static IEnumerable<double[,]> Policies(TabularMdp world)
    {
        for (int code = 0; code < (int)Math.Pow(world.Actions, world.States); code++)
        {
            double[,] policy = new double[world.States, world.Actions];
            for ((int state, int left) = (0, code); state < world.States; state++, left /= world.Actions)
                policy[state, left % world.Actions] = 1;
            yield return policy;
        }
    }
}
