using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards.Shaping;
using EmbodiedRL.Rewards.Tabular;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;
using static EmbodiedRL.Rewards.Tests.Transforms.Steps;

namespace EmbodiedRL.Rewards.Tests.Shaping;

public sealed class PotentialShapingContract : RewardTransformContract
{
    protected override bool TakesCompletions => false;

    protected override bool FillsRows => true; // where an episode terminates the potential is known to be 0

    protected override IRewardTransform Create() => new PotentialShaping(new PotentialShapingOptions { Discount = 0.9f, Initial = 0.5f });
}

public sealed class PotentialShapingTests
{
    private const float Discount = 0.9f, Initial = 0.25f;
    private const int Worlds = 200;

    [Fact, Trait("Category", "Parity")]
    public void Every_step_matches_a_second_implementation()
    {
        (JsonElement inputs, JsonElement expected, double[] potential, double[] final) = Recorded();
        double gamma = inputs.GetProperty("gamma").Number();
        double[] shaping = expected.GetProperty("shaping").Numbers();
        for (int t = 0; t < shaping.Length; t++)
        {
            (bool terminated, bool truncated) = Ends(inputs, t);
            double after = terminated || truncated ? final[t] : potential[t + 1];
            Assert.Equal(shaping[t], PotentialShaping.Of(gamma, potential[t], after, terminated), 1e-12);
        }
    }

    [Fact]
    public void The_discount_is_the_agents_unless_it_is_given_and_another_one_is_refused()
    {
        Assert.Equal(0.97f, new PotentialShapingOptions().With(0.97f).Discount);
        Assert.Equal(0.97f, new PotentialShapingOptions { Discount = 0.97f }.With(0.97f).Discount);
        Assert.Equal(0.9f, new PotentialShapingOptions { Discount = 0.9f }.With(null).Discount);
        string message = Refused(new PotentialShapingOptions { Discount = 0.9f }, 0.97f);
        Assert.Contains("gamma 0.97, found 0.9", message, StringComparison.Ordinal);
        Assert.Contains("found none", Refused(null, null), StringComparison.Ordinal);
        Assert.Contains("above 0, found 0", Refused(null, 0), StringComparison.Ordinal);

        static string Refused(PotentialShapingOptions? options, float? gamma) => Assert.Throws<SettingsException>(() =>
            RewardRegistries.Shipped.Transforms.Create("potential-shaping", options, new RewardContext { Discount = gamma })).Message;
    }

    /// <summary>What is shaped by the agent's discount is what is shaped by the same number given.</summary>
    [Fact]
    public void The_agents_discount_shapes_as_one_that_is_given()
    {
        float[] Shaped(PotentialShapingOptions options, float? gamma) => ApplyTo(Of(["----x"]).Single(),
            RewardRegistries.Shipped.Transforms.Create("potential-shaping", options, new RewardContext { Discount = gamma }),
            [1, 2, 3, 4, 5]);
        float[] shaped = Shaped(new(), 0.9f);
        AssertNear(Shaped(new() { Discount = 0.9f }, null), shaped, 0);
        Assert.Equal((0.9f * 2) - 1, shaped[1], 1e-6f);
    }

    /// <summary>The transform scores states reached, so each recorded episode tells its own first potential.</summary>
    [Fact, Trait("Category", "Parity")]
    public void Every_recorded_episode_is_shaped_as_by_a_second_implementation()
    {
        (JsonElement inputs, JsonElement expected, double[] potential, double[] final) = Recorded();
        double gamma = inputs.GetProperty("gamma").Number();
        float[] shaping = expected.GetProperty("shaping").Floats();
        int episodes = 0;
        for (int start = 0, t = 0; t < shaping.Length; t++)
        {
            (bool terminated, bool truncated) = Ends(inputs, t);
            if (!terminated && !truncated && t + 1 < shaping.Length) continue;
            float[] scores = [.. potential[(start + 1)..(t + 1)].Append(terminated || truncated ? final[t] : potential[t + 1])
                .Select(value => (float)value)];
            string word = new string('-', t - start) + (terminated ? 'x' : truncated ? 't' : '-');
            var transform = new PotentialShaping(new() { Discount = (float)gamma, Initial = (float)potential[start] });
            float[] shaped = ApplyTo(Of([word]).Single(), transform, scores);
            AssertNear(shaping[start..(t + 1)], shaped, 2e-6f);
            if (start == 0)
                Assert.Equal(expected.GetProperty("minus_initial_potential").Number(),
                    shaped.Select((value, step) => value * Math.Pow(gamma, step)).Sum(), 2e-6);
            (start, episodes) = (t + 1, episodes + 1);
        }

        Assert.Equal(3, episodes);
    }

    /// <summary>Over 30 rollouts of 6 steps each, with rows that have no score: whatever happens between, a terminated episode's
    /// discounted sum is minus its initial potential, and a truncated one's has what its last potential is worth in addition.</summary>
    [Theory]
    [InlineData(false), InlineData(true)]
    public void Every_episode_telescopes_across_rollouts_and_gaps(bool gaps)
    {
        var transform = new PotentialShaping(new PotentialShapingOptions { Discount = Discount, Initial = Initial });
        Dictionary<long, (double Sum, double Discount, double Last)> episodes = [];
        int terminated = 0, truncated = 0, crossing = 0;
        foreach (TrajectoryBatch batch in NoiseBatches.Rollouts([]).Take(30))
        {
            float[] potentials = [.. batch.TaskRewards];
            for (int row = 0; gaps && row < potentials.Length; row++)
                if (batch.Kinds[row] != StepKind.Truncated && row % 3 == 1) potentials[row] = float.NaN;
            float[] shaped = [.. potentials];
            transform.Apply(batch, shaped, NoiseBatches.Context());
            for (int row = 0; row < batch.Rows; row++)
            {
                (double sum, double discount, _) = episodes.GetValueOrDefault(batch.Episode[row], (0, 1, 0));
                if (row < batch.Count && discount < 1) crossing++;
                if (!float.IsNaN(shaped[row])) sum += discount * shaped[row];
                discount *= Discount;
                episodes[batch.Episode[row]] = (sum, discount, 0);
                if (!batch.EndsEpisode(row)) continue;
                bool isOver = batch.Kinds[row] == StepKind.Terminated;
                (terminated, truncated) = (terminated + (isOver ? 1 : 0), truncated + (isOver ? 0 : 1));
                Assert.Equal((isOver ? 0 : discount * potentials[row]) - Initial, sum, 1e-5);
            }
        }

        Assert.True(terminated > 50 && truncated > 50 && crossing > 50,
            $"{terminated} terminated, {truncated} truncated, {crossing} went on in another rollout.");
    }

    /// <summary>discount 0.9, initial 0.25: 0.9 * 2 - 0.25; 0.9 * 3 - 2; missing; 0.9 * 5 - 3 / 0.9; terminated without a score, 0 - 5;
    /// truncated, 0.9 * 4 - 0.25.</summary>
    [Fact]
    public void A_step_without_a_potential_is_paid_by_the_next_and_a_terminal_one_needs_none() =>
        AssertNear([1.55f, 0.7f, None, 4.5f - (3 / 0.9f), -5, 3.35f],
            ApplyTo(Of(["----xt"]).Single(), new PotentialShaping(new() { Discount = Discount, Initial = Initial }),
                [2, 3, None, 5, None, 4]));

    [Fact]
    public void Completions_have_no_steps() =>
        Assert.Contains("potential-shaping",
            Assert.Throws<SpecMismatchException>(() => Apply(new PotentialShaping(new()), 1, 2)).Message, StringComparison.Ordinal);

    /// <summary>Theorem 1, on worlds drawn at random of which some states are terminal.</summary>
    [Fact]
    public void Optimal_actions_stay_the_same_in_every_random_world()
    {
        for (int index = 0; index < Worlds; index++)
        {
            (TabularMdp world, double[,,] reward, double[] potential) = World(index);
            Assert.Equal(world.OptimalActions(reward), world.OptimalActions(PotentialShaping.Shape(world, reward, potential)));
        }
    }

    /// <summary>V of the shaped reward is V - phi, so optimal action values move by what no action changes.</summary>
    [Fact]
    public void Optimal_values_fall_by_the_potential()
    {
        for (int index = 0; index < 20; index++)
        {
            (TabularMdp world, double[,,] reward, double[] potential) = World(index);
            double[] plain = world.OptimalValues(reward), shaped = world.OptimalValues(PotentialShaping.Shape(world, reward, potential));
            for (int state = 0; state < world.States; state++)
                Assert.Equal(world.Terminal[state] ? 0 : plain[state] - potential[state], shaped[state], 1e-9);
        }
    }

    /// <summary>The pitfalls: a terminal potential that is not 0, another discount than the learner's, and a plain difference whose first
    /// step is unpaid each change optimal actions in some of the same worlds.</summary>
    [Fact]
    public void Wrong_rules_change_optimal_actions()
    {
        int terminal = 0, discount = 0, first = 0;
        for (int index = 0; index < Worlds; index++)
        {
            (TabularMdp world, double[,,] reward, double[] phi) = World(index);
            bool[,] right = world.OptimalActions(reward);
            if (!Same(right, world.OptimalActions(Map(world, reward, (s, next) => (world.Discount * phi[next]) - phi[s])))) terminal++;
            double[,,] undiscounted = Map(world, reward, (s, next) => PotentialShaping.Of(1, phi[s], phi[next], world.Terminal[next]));
            if (!Same(right, world.OptimalActions(undiscounted))) discount++;

            // the first step of an episode pays r alone, all later ones r + F: what is best first?
            double[,] later = world.ActionValues(reward, world.OptimalValues(PotentialShaping.Shape(world, reward, phi)));
            if (!Same(right, Best(world, later))) first++;
        }

        Assert.True(terminal > Worlds / 20 && discount > Worlds / 20 && first > Worlds / 20, $"{terminal}, {discount}, {first}");
    }

    /// <summary>The constant that stands for first states' potentials, which no row scores, keeps first actions too.</summary>
    [Fact]
    public void Any_initial_potential_keeps_optimal_first_actions()
    {
        for (int index = 0; index < Worlds; index++)
        {
            (TabularMdp world, double[,,] reward, double[] phi) = World(index);
            double[] values = world.OptimalValues(PotentialShaping.Shape(world, reward, phi));
            double[,,] first = Map(world, reward,
                (_, next) => PotentialShaping.Of(world.Discount, Initial, phi[next], world.Terminal[next]));
            Assert.Equal(world.OptimalActions(reward), Best(world, world.ActionValues(first, values)));
        }
    }

    /// <summary>Episodes of a random policy, cut by a time limit: the transform pays what the table says of every step.</summary>
    [Fact]
    public void The_transform_pays_the_table()
    {
        (TabularMdp world, double[,,] reward, double[] phi) = World(3);
        double[,,] shaped = PotentialShaping.Shape(world, reward, phi);
        var rng = Rng.For(8, "walk");
        var transform = new PotentialShaping(new() { Discount = (float)world.Discount, Initial = (float)phi[0] });
        int steps = 0, ended = 0;
        for (int episode = 0; episode < 40; episode++)
        {
            List<(int State, int Action, int Next)> path = [];
            for (int state = 0; path.Count < 12 && !world.Terminal[state]; state = path[^1].Next)
            {
                int action = rng.Below(world.Actions);
                path.Add((state, action, Draw(world, state, action, ref rng)));
            }

            bool terminates = world.Terminal[path[^1].Next];
            float[] paid = ApplyTo(Of([new string('-', path.Count - 1) + (terminates ? 'x' : 't')]).Single(), transform,
                [.. path.Select(step => (float)phi[step.Next])]);
            for (int t = 0; t < path.Count; t++, steps++)
            {
                (int s, int a, int next) = path[t];
                Assert.Equal(shaped[s, a, next] - reward[s, a, next], paid[t], 1e-5);
            }

            ended += terminates ? 1 : 0;
        }

        Assert.True(steps > 100 && ended is > 5 and < 40, $"{steps} steps, {ended} of 40 episodes terminated.");
    }

    private static (JsonElement Inputs, JsonElement Expected, double[] Potential, double[] Final) Recorded()
    {
        JsonElement fixture = Fixtures.ReadJson("learning/potential_shaping.json"), inputs = fixture.GetProperty("inputs");
        return (inputs, fixture.GetProperty("expected"), inputs.GetProperty("potential").Numbers(),
            inputs.GetProperty("final_potential").Numbers());
    }

    private static (bool Terminated, bool Truncated) Ends(JsonElement inputs, int t) =>
        (inputs.GetProperty("terminated")[t].GetBoolean(), inputs.GetProperty("truncated")[t].GetBoolean());

    private static (TabularMdp World, double[,,] Reward, double[] Potential) World(int index)
    {
        var rng = Rng.For(5, "worlds", index);
        TabularMdp world = TabularMdp.Random(8, 3, 0.9, ref rng, terminal: 1 + (index % 3));
        double[] potential = new double[world.States];
        double[,,] reward = world.RandomReward(ref rng);
        for (int state = 0; state < potential.Length; state++) potential[state] = 3 * rng.Normal();
        return (world, reward, potential);
    }

    private static double[,,] Map(TabularMdp world, double[,,] reward, Func<int, int, double> added)
    {
        double[,,] mapped = (double[,,])reward.Clone();
        for (int s = 0; s < world.States; s++)
            for (int a = 0; a < world.Actions; a++)
                for (int next = 0; next < world.States; next++) mapped[s, a, next] += added(s, next);
        return mapped;
    }

    private static bool[,] Best(TabularMdp world, double[,] values)
    {
        bool[,] best = new bool[world.States, world.Actions];
        for (int s = 0; s < world.States; s++)
        {
            double most = Enumerable.Range(0, world.Actions).Max(a => values[s, a]);
            for (int a = 0; a < world.Actions; a++) best[s, a] = values[s, a] >= most - 1e-9;
        }

        return best;
    }

    private static bool Same(bool[,] one, bool[,] two) => one.Cast<bool>().SequenceEqual(two.Cast<bool>());

    private static int Draw(TabularMdp world, int state, int action, ref Rng rng)
    {
        double left = rng.NextDouble();
        for (int next = 0; next < world.States - 1; next++)
            if ((left -= world.Transition(state, action, next)) < 0) return next;
        return world.States - 1;
    }
}
