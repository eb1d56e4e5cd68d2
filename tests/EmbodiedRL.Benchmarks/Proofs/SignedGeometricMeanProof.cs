using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Combinators;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S53</c>: kinesthetic reward combination against a sum of the same components.</summary>
/// <remarks>
/// arXiv 2305.15801. An agent on a grid pushes an object to a goal; components are distance, alignment and speed toward the goal, each in
/// [-1, 1], and both arms are paid the same for reaching it. A softmax table is trained by PPO's objective. What is paid for reaching it
/// is of the size of what standing well earns under the mean; where it is so large that it alone teaches the task (<c>largeBonus</c> in the
/// row), both are about as fast.
/// </remarks>
internal sealed class SignedGeometricMeanProof() : Proof("S53",
    "kinesthetic reward combination: the signed geometric mean of components teaches pushing sooner than their mean does.",
    "Figure: environment steps until 80% of episodes succeed, mean of 5 seeds (all steps where they never do). Reference: the mean of "
    + "the same "
    + "components. It holds if the figure is smaller in every seed, if its policy is in fewer states with a component near 0, and if one "
    + "zero "
    + "gives 0, doubling all doubles the reward, and equal components return themselves.")
{
    private const int Seeds = 5, Updates = 250, Episodes = 48, Following = 10;
    private const double Rate = 0.05, Discount = 0.95, Bonus = 10, LargeBonus = 20, Enough = 0.8, Near = 0.1, Rounding = 1e-6;

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        (double Steps, double NearZero, double Success)[] Run(IRewardCombinator combinator, double bonus) =>
            ForSeeds(firstSeed, Seeds, seed => Train(combinator, bonus, seed), cancel);
        (double Steps, double NearZero, double Success)[] geometric = Run(new SignedGeometricMean(), Bonus);
        (double Steps, double NearZero, double Success)[] sum = Run(new WeightedSum(), Bonus);
        double largeBonus = Run(new SignedGeometricMean(), LargeBonus).Average(one => one.Steps),
            largeBonusOfMean = Run(new WeightedSum(), LargeBonus).Average(one => one.Steps);
        double leastGain = geometric.Zip(sum, (left, right) => right.Steps - left.Steps).Min(), error = Identities(firstSeed);
        (double near, double nearSum) = (geometric.Average(one => one.NearZero), sum.Average(one => one.NearZero));
        return Row(geometric.Average(one => one.Steps), "environment steps", "the mean of the components", sum.Average(one => one.Steps),
            leastGain > 0 && near < nearSum && error < Rounding,
            ("leastGain", leastGain), ("success", geometric.Average(one => one.Success)),
            ("successOfMean", sum.Average(one => one.Success)),
            ("largeBonus", largeBonus), ("largeBonusOfMean", largeBonusOfMean),
            ("shareNearZero", near), ("shareNearZeroOfMean", nearSum), ("identityError", error));
    }

    private static (double Steps, double NearZero, double Success) Train(IRewardCombinator combinator, double bonus, ulong seed)
    {
        var world = new Pushing();
        var rng = Rng.For(seed, "S53");
        var policy = new SoftmaxPolicy(world.Observations, world.Actions);
        var trainer = new TableTrainer(world, policy, Discount, Rate);
        (double steps, double reached, double near, double success) = (0, double.NaN, 0, 0);
        var recent = new Queue<double>();
        for (int update = 0; update < Updates; update++)
        {
            TableEpisode[] episodes = world.Play(policy, Episodes, ref rng);
            steps += episodes.Sum(episode => episode.Length);
            recent.Enqueue(episodes.Average(episode => world.Ends(episode.Final) ? 1.0 : 0));
            if (recent.Count > Following) recent.Dequeue();
            success = recent.Average();
            if (double.IsNaN(reached) && recent.Count == Following && success >= Enough) reached = steps;
            float weight = 1f / Pushing.Components.Length;
            double[][] rewards = new EpisodeBatch(episodes).Combine(combinator, EpisodeBatch.Context(update),
                [.. Pushing.Components.Select(component => (component.Name, weight,
                    (Func<int, int, double>)((n, step) => component.Of(episodes[n].States[step], episodes[n].States[step + 1]))))]);
            for (int n = 0; n < rewards.Length; n++)
                if (world.Ends(episodes[n].Final)) rewards[n][^1] += bonus;
            near = episodes.Average(episode => Enumerable.Range(0, episode.Length).Average(step => Pushing.Components
                .Any(component => Math.Abs(component.Of(episode.States[step], episode.States[step + 1])) < Near) ? 1.0 : 0));
            trainer.Learn(episodes, rewards, ref rng);
        }

        return (double.IsNaN(reached) ? steps : reached, near, success);
    }

    /// <summary>By how much the combination differs from what it is known to be.</summary>
    private static double Identities(ulong seed)
    {
        var rng = Rng.For(seed, "S53-identities");
        double worst = 0;
        for (int i = 0; i < 200; i++)
        {
            (float a, float b, float c) = (Component(ref rng), Component(ref rng), Component(ref rng));
            worst = Math.Max(worst, Math.Abs(Combined(a, 0, c)));
            worst = Math.Max(worst, Math.Abs(Combined(2 * a, 2 * b, 2 * c) - (2 * Combined(a, b, c))));
            worst = Math.Max(worst, Math.Abs(Combined(a, a, a) - a));
            if (a < 0 && b < 0 && Combined(a, b, c) > 0) return double.PositiveInfinity; // two wrongs make no right
        }

        return worst;

        static float Component(ref Rng rng) => (float)rng.Uniform(-1, 1);

        static double Combined(float a, float b, float c)
        {
            float[] reward = new float[1];
            new SignedGeometricMean().Combine(new CompletionBatch(["p"], 1, [""]),
                [new TermScores("a", 1, new[] { a }), new TermScores("b", 1, new[] { b }), new TermScores("c", 1, new[] { c })], reward,
                EpisodeBatch.Context(0));
            return reward[0];
        }
    }

    /// <summary>A grid; a state is the agent's cell * cells + the object's.</summary>
    private sealed class Pushing() : TableWorld(Cells * Cells, actions: 4, horizon: 40)
    {
        private const int Side = 5, Cells = Side * Side, Goal = (2 * Side) + 4;
        private const double Stretch = 4;

        private static readonly (int X, int Y)[] Moves = [(1, 0), (-1, 0), (0, 1), (0, -1)];

        public static (string Name, Func<int, int, double> Of)[] Components { get; } =
        [
            ("distance", (_, next) => Math.Exp(-0.5 * Distance(next % Cells, Goal) / Stretch)),
            ("alignment", (_, next) => Alignment(next)),
            ("speed", Speed),
        ];

        public override int Start(ref Rng rng)
        {
            while (true)
            {
                (int agent, int thing) = (rng.Below(Cells), ((1 + rng.Below(Side - 2)) * Side) + 1 + rng.Below(Side - 2));
                if (agent != thing) return (agent * Cells) + thing;
            }
        }

        public override int Step(int state, int action, ref Rng rng)
        {
            (int agent, int thing) = (state / Cells, state % Cells);
            int to = Moved(agent, Moves[action]);
            if (to == thing)
            {
                int pushed = Moved(thing, Moves[action]);
                if (pushed == thing) return state;
                thing = pushed;
            }

            return (to * Cells) + thing;
        }

        public override bool Ends(int state) => state % Cells == Goal;

        private static int Moved(int cell, (int X, int Y) by)
        {
            (int x, int y) = ((cell % Side) + by.X, (cell / Side) + by.Y);
            return x is < 0 or >= Side || y is < 0 or >= Side ? cell : (y * Side) + x;
        }

        private static double Distance(int from, int to) =>
            Math.Abs((from % Side) - (to % Side)) + Math.Abs((from / Side) - (to / Side));

        /// <summary>Cosine between agent to object and object to goal.</summary>
        private static double Alignment(int state)
        {
            (int agent, int thing) = (state / Cells, state % Cells);
            if (thing == Goal) return 1;
            (double ax, double ay) = ((thing % Side) - (agent % Side), (thing / Side) - (agent / Side));
            (double gx, double gy) = ((Goal % Side) - (thing % Side), (Goal / Side) - (thing / Side));
            return ((ax * gx) + (ay * gy)) / Math.Sqrt(((ax * ax) + (ay * ay)) * ((gx * gx) + (gy * gy)));
        }

        /// <summary>How fast the object nears the goal and, half as much, the agent the object.</summary>
        private static double Speed(int state, int next)
        {
            double thing = Distance(state % Cells, Goal) - Distance(next % Cells, Goal);
            double agent = Distance(state / Cells, state % Cells) - Distance(next / Cells, next % Cells);
            return Math.Clamp(thing + (0.5 * agent), -1, 1);
        }
    }
}
