using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Combinators;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S51</c>: route progress times penalties survives large minibatches.</summary>
/// <remarks>
/// arXiv 2504.17838. A car on a road of three lanes with obstacles, as a table of cells, and PPO's objective on a softmax table. The shaped
/// reward adds progress, heading and centering and subtracts a crash; its best policy completes the route, as the simple reward's does. A
/// table is no network: what large minibatches cost here is updates, and with many more of them the shaped reward no longer loses by them.
/// </remarks>
internal sealed class RouteProgressProof() : Proof("S51",
    "CaRL: a simple reward of route progress times infractions goes on being optimized where minibatches are large.",
    "Figure: route completion of the simple reward with minibatches of 2,048, in percent, mean of 5 seeds. Reference: that of a shaped "
    + "additive reward, on as many samples. It holds if the figure is higher in every seed, if the shaped reward loses more by going "
    + "from 64 to 2,048 "
    + "than the simple one, which keeps within 10 points, if without infraction the return is the completion, and if only a last step is "
    + "paid less than 0.")
{
    private const int Seeds = 5, Rollouts = 60, Episodes = 40, Small = 64, Large = 2048, Judged = 500;
    private const double Rate = 0.02, Discount = 0.99, Kept = 10, Rounding = 1e-3;

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        double[] Completions(bool isSimple, int minibatch) =>
            ForSeeds(firstSeed, Seeds, seed => Train(isSimple, minibatch, seed), cancel);
        double[] simple = Completions(true, Large), shaped = Completions(false, Large);
        double simpleSmall = Completions(true, Small).Average(), shapedSmall = Completions(false, Small).Average();
        double leastGain = simple.Zip(shaped, (left, right) => left - right).Min();
        double simpleLoss = simpleSmall - simple.Average(), shapedLoss = shapedSmall - shaped.Average();
        (double apart, double least) = Exactness(firstSeed);
        bool holds = leastGain > 0 && shapedLoss > simpleLoss && simpleLoss < Kept && apart < Rounding && least >= 0;
        return Row(simple.Average(), "percent of the route", "a shaped additive reward, minibatches of 2,048", shaped.Average(), holds,
            ("leastGain", leastGain), ("smallMinibatches", simpleSmall), ("shapedSmallMinibatches", shapedSmall),
            ("shapedBestReturn", Road.ShapedReturn(isDriving: true)), ("shapedReturnOfWaiting", Road.ShapedReturn(isDriving: false)),
            ("returnLessCompletion", apart), ("leastBeforeTheEnd", least));
    }

    private static double Train(bool isSimple, int minibatch, ulong seed)
    {
        var world = new Road();
        var rng = Rng.For(seed, "S51");
        var policy = new SoftmaxPolicy(world.Observations, world.Actions);
        var trainer = new TableTrainer(world, policy, Discount, Rate) { Minibatch = minibatch };
        for (int rollout = 0; rollout < Rollouts; rollout++)
        {
            TableEpisode[] episodes = world.Play(policy, Episodes, ref rng);
            trainer.Learn(episodes, isSimple ? Simple(episodes, rollout) : Shaped(episodes, rollout), ref rng);
        }

        return world.Play(policy, Judged, ref rng).Average(Road.Completion);
    }

    private static double[][] Simple(TableEpisode[] episodes, int rollout)
    {
        IRewardCombinator simple = new RouteProgress(new RouteProgressOptions { Completion = "completion", Penalty = "infraction" });
        return new EpisodeBatch(episodes).Combine(simple, EpisodeBatch.Context(rollout),
            ("completion", 1, (n, step) => Road.Completion(episodes[n].States[step + 1])),
            ("infraction", Road.Fine, (n, step) => Road.IsWreck(episodes[n].States[step + 1]) ? 1 : 0),
            ("lane", 1, (n, step) => Road.LaneFactor(episodes[n].States[step + 1])));
    }

    private static double[][] Shaped(TableEpisode[] episodes, int rollout) =>
        new EpisodeBatch(episodes).Combine(new WeightedSum(), EpisodeBatch.Context(rollout),
            ("progress", 1, (n, step) =>
                Road.Completion(episodes[n].States[step + 1]) - Road.Completion(episodes[n].States[step])),
            ("heading", Road.Shape, (n, step) => Road.IsStraight(episodes[n].Actions[step]) ? 1 : 0),
            ("centering", Road.Shape, (n, step) => Road.IsCentered(episodes[n].States[step + 1]) ? 1 : 0),
            ("crash", -Road.Fine, (n, step) => Road.IsWreck(episodes[n].States[step + 1]) ? 1 : 0));

    /// <summary>
    /// By how much returns of episodes without infraction, all in the best lane, differ from the completion; the least that is paid
    /// before a
    /// last step.
    /// </summary>
    private static (double Apart, double Least) Exactness(ulong seed)
    {
        var world = new Road();
        var rng = Rng.For(seed, "S51-exactness");
        TableEpisode[] episodes = world.Play(new SoftmaxPolicy(world.Observations, world.Actions), 500, ref rng);
        double[][] whole = new EpisodeBatch(episodes).Combine(
            new RouteProgress(new RouteProgressOptions { Completion = "completion", Penalty = "infraction" }), EpisodeBatch.Context(0),
            ("completion", 1, (n, step) => Road.Completion(episodes[n].States[step + 1])),
            ("infraction", Road.Fine, (n, step) => Road.IsWreck(episodes[n].States[step + 1]) ? 1 : 0));
        double apart = 0, least = double.PositiveInfinity;
        for (int n = 0; n < episodes.Length; n++)
        {
            if (!Road.IsWreck(episodes[n].Final)) apart = Math.Max(apart, Math.Abs(whole[n].Sum() - Road.Completion(episodes[n])));
            for (int step = 0; step < whole[n].Length - 1; step++) least = Math.Min(least, whole[n][step]);
        }

        return (apart, least);
    }

    /// <summary>Cells of three lanes; a state is place * 3 + lane, then what was completed before a wreck.</summary>
    private sealed class Road() : TableWorld((Length + 1) * Lanes, actions: 4, Steps)
    {
        public const float Fine = 20, Shape = 0.9f;

        private const int Length = 25, Lanes = 3, Middle = 1, Stay = 0, Left = 2, Right = 3, Steps = 50, Wrecks = (Length + 1) * Lanes;
        private const double Slip = 0.02;

        private static readonly (int Place, int Lane)[] Obstacles = [(6, 0), (6, 1), (12, 1), (12, 2), (18, 0), (18, 1)];

        public static bool IsWreck(int state) => state >= Wrecks;

        public static double Completion(int state) => 100.0 * (IsWreck(state) ? state - Wrecks : state / Lanes) / Length;

        public static double Completion(TableEpisode episode) => Completion(episode.Final);

        public static double LaneFactor(int state) => IsWreck(state) || IsCentered(state) ? 1 : 0.9;

        public static bool IsCentered(int state) => !IsWreck(state) && state % Lanes == Middle;

        public static bool IsStraight(int action) => action is not (Left or Right);

        /// <summary>What the shaped reward pays in sum for driving around all obstacles, or for standing before the first.</summary>
        public static double ShapedReturn(bool isDriving) => isDriving
            ? 100 + (Shape * ((2 * Length) - (1.5 * Obstacles.Length)))
            : (100.0 * (Obstacles[0].Place - 1) / Length) + (Shape * 2 * Steps);

        public override int Start(ref Rng rng) => Middle;

        public override int Step(int state, int action, ref Rng rng)
        {
            (int place, int lane) = (state / Lanes, state % Lanes);
            double slip = rng.NextDouble();
            if (action == Stay) return state;
            lane += action == Left ? -1 : action == Right ? 1 : 0;
            if (slip < Slip) lane += slip < Slip / 2 ? -1 : 1;
            bool isWreck = lane is < 0 or >= Lanes || Obstacles.Contains((place + 1, lane));
            return isWreck ? Wrecks + place : ((place + 1) * Lanes) + lane;
        }

        public override bool Ends(int state) => IsWreck(state) || state / Lanes == Length;
    }
}
