using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Tabular;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S83</c>: a distance of rewards that knows how much is lost.</summary>
/// <remarks>
/// arXiv 2309.15257, section 4. A second reward is the first, mixed with another one, scaled, shaped by a potential, and with reward moved
/// between successors of the same expectation. What is lost is exact: returns of the best policies of both, by value iteration.
/// </remarks>
internal sealed class StarcProof() : Proof("S83",
    "STARC: its distance of two rewards follows what is lost where one is optimized in place of the other.",
    "Figure: Spearman correlation of the distance with the larger of both losses, each as a share of best less worst return, over 100 "
    + "pairs of "
    + "rewards in a random world of 10 states and 3 actions, mean of 10 worlds. Reference: that of EPIC. It holds if the figure is "
    + "higher in "
    + "every world, what should change nothing changes nothing, and no loss is above the bound.")
{
    private const int Seeds = 10, Pairs = 100, States = 10, Actions = 3;
    private const double Discount = 0.9, Rounding = 1e-9;

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        World[] worlds = ForSeeds(firstSeed, Seeds, Compare, cancel);
        double leastGain = worlds.Min(world => world.Starc - world.Epic), error = worlds.Max(world => world.Error);
        double tightest = worlds.Max(world => world.LossOverBound);
        return Row(worlds.Average(world => world.Starc), "rank correlation", "EPIC", worlds.Average(world => world.Epic),
            leastGain > 0 && error < Rounding && tightest <= 1,
            ("leastGain", leastGain), ("invarianceError", error), ("mostLossOverBound", tightest));
    }

    private static World Compare(ulong seed)
    {
        var rng = Rng.For(seed, "S83");
        TabularMdp world = TabularMdp.Random(States, Actions, Discount, ref rng);
        double[] starc = new double[Pairs], epic = new double[Pairs], losses = new double[Pairs];
        (double error, double tightest) = (0, 0);
        for (int i = 0; i < Pairs; i++)
        {
            double[,,] truth = world.RandomReward(ref rng), other = world.RandomReward(ref rng);
            double share = rng.NextDouble();
            double[,,] mixed = Map((s, a, n) => ((1 - share) * truth[s, a, n]) + (share * other[s, a, n]));
            double[,,] learned = Disturbed(world, mixed, ref rng);
            error = Math.Max(error, StarcDistance.Between(world, mixed, learned));
            starc[i] = StarcDistance.Between(world, truth, learned);
            epic[i] = EpicDistance.Between(truth, learned, Discount);
            (double lost, double lostShare) = Loss(world, truth, learned);
            losses[i] = Math.Max(lostShare, Loss(world, learned, truth).Share);
            tightest = Math.Max(tightest, lost / StarcDistance.RegretBound(world, truth, starc[i]));
        }

        return new World(Correlations.Spearman(starc, losses), Correlations.Spearman(epic, losses), error, tightest);
    }

    /// <summary>Scaled, shaped, and moved between successors: nothing of it changes what is best.</summary>
    private static double[,,] Disturbed(TabularMdp world, double[,,] reward, ref Rng rng)
    {
        double scale = Math.Exp(rng.Normal()), strength = 2 * rng.NextDouble();
        double[] potential = new double[States];
        for (int state = 0; state < States; state++) potential[state] = rng.Normal();
        double[,,] noise = world.RandomReward(ref rng);
        return Map((s, a, n) => scale * (reward[s, a, n] + (Discount * potential[n]) - potential[s] + (strength * (noise[s, a, n]
            - Enumerable.Range(0, States).Sum(next => world.Transition(s, a, next) * noise[s, a, next])))));
    }

    /// <summary>What the best policy of another reward loses, and as a share of best less worst return.</summary>
    private static (double Lost, double Share) Loss(TabularMdp world, double[,,] truth, double[,,] optimized)
    {
        double best = world.Return(truth, world.OptimalPolicy(truth));
        double worst = world.Return(truth, world.OptimalPolicy(Map((s, a, n) => -truth[s, a, n])));
        double lost = best - world.Return(truth, world.OptimalPolicy(optimized));
        return (lost, lost / (best - worst));
    }

    private static double[,,] Map(Func<int, int, int, double> reward)
    {
        double[,,] table = new double[States, Actions, States];
        for (int state = 0; state < States; state++)
            for (int action = 0; action < Actions; action++)
                for (int next = 0; next < States; next++) table[state, action, next] = reward(state, action, next);
        return table;
    }

    private readonly record struct World(double Starc, double Epic, double Error, double LossOverBound);
}
