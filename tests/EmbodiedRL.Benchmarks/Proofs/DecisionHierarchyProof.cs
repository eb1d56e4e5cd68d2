using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Combinators;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary><c>bench S84</c>: ranking the factors of a reward in place of weighing them.</summary>
/// <remarks>
/// arXiv 2309.02632. A mass on a line that is to be brought to a place and kept there, by a softmax table and PPO's objective. Factors in
/// order: distance, speed, control. The weights of the sum are tuned for their scale. As the combinator does, the comparisons within a
/// batch are the reward; the paper trains a preference model on them.
/// </remarks>
internal sealed class DecisionHierarchyProof() : Proof("S84",
    "HERON: ranked factors teach as much as tuned weights do, and go on doing so where a factor's scale changes.",
    "Figure: share of steps near the place after training on the hierarchy, where the speed factor is multiplied by 100, mean of 5 seeds. "
    + "Reference: the tuned weighted sum of the same factors. It holds if in every seed the hierarchy is above that by 0.2, is "
    + "unchanged by the multiplication, and in the mean is within 10% of the tuned sum of factors as they were; margins of 0 give the "
    + "lexicographic order, "
    + "and a larger first margin sends more pairs to the second factor.")
{
    private const int Seeds = 5, Updates = 120, Episodes = 24, Judged = 200;
    private const double Rate = 0.05, Discount = 0.9, Gain = 0.2, Within = 0.1, Scale = 100;

    private static readonly float[] Margins = [0.25f, 0.5f, 0.5f];

    protected override BenchRow Prove(ulong firstSeed, CancellationToken cancel)
    {
        double[] Run(bool isRanked, double scale) => ForSeeds(firstSeed, Seeds, seed => Train(isRanked, scale, seed), cancel);
        double[] ranked = Run(true, 1), rankedScaled = Run(true, Scale), sum = Run(false, 1), sumScaled = Run(false, Scale);
        double leastGain = rankedScaled.Zip(sumScaled, (left, right) => left - right).Min();
        double change = ranked.Zip(rankedScaled, (left, right) => Math.Abs(left - right)).Max();
        double ratio = ranked.Average() / sum.Average();
        (bool isLexicographic, double[] decided) = Exactness(firstSeed);
        bool isPassedOn = decided.Zip(decided.Skip(1), (narrow, wide) => narrow > wide).All(less => less);
        bool holds = leastGain >= Gain && change == 0 && ratio >= 1 - Within && isLexicographic && isPassedOn;
        return Row(rankedScaled.Average(), "share of steps near the place", "the weighted sum, speed multiplied by 100",
            sumScaled.Average(), holds,
            ("leastGain", leastGain), ("asTheyWere", ranked.Average()), ("tunedSum", sum.Average()), ("ofTunedSum", ratio),
            ("changeByScale", change), ("isLexicographicWithoutMargin", isLexicographic),
            ("decidedByFirst", decided[0]), ("decidedByFirstWithWideMargin", decided[^1]));
    }

    private static double Train(bool isRanked, double scale, ulong seed)
    {
        var world = new Line();
        var rng = Rng.For(seed, "S84");
        var policy = new SoftmaxPolicy(world.Observations, world.Actions);
        var trainer = new TableTrainer(world, policy, Discount, Rate);
        IRewardCombinator combinator = isRanked
            ? new DecisionHierarchy(new DecisionHierarchyOptions { Over = "batch", Margins = Margins })
            : new WeightedSum();
        for (int update = 0; update < Updates; update++)
        {
            TableEpisode[] episodes = world.Play(policy, Episodes, ref rng);
            trainer.Learn(episodes, new EpisodeBatch(episodes).Combine(combinator, EpisodeBatch.Context(update),
                ("distance", 1, (n, step) => -Line.Distance(episodes[n].States[step + 1])),
                ("speed", 0.3f, (n, step) => -scale * Line.Speed(episodes[n].States[step + 1])),
                ("control", 0.1f, (n, step) => -Line.Control(episodes[n].Actions[step]))), ref rng);
        }

        return world.Play(policy, Judged, ref rng)
            .Average(episode => episode.States.Skip(1).Average(state => Line.Distance(state) <= 1 ? 1.0 : 0));
    }

    /// <summary>
    /// Whether margins of 0 rank as sorting by one factor after the other does; the mean size of what the first factor alone decides, by
    /// its margin.
    /// </summary>
    private static (bool IsLexicographic, double[] DecidedByFirst) Exactness(ulong seed)
    {
        const float never = 1e6f;
        var world = new Line();
        var rng = Rng.For(seed, "S84-exactness");
        TableEpisode[] episodes = world.Play(new SoftmaxPolicy(world.Observations, world.Actions), 6, ref rng);
        var batch = new EpisodeBatch(episodes);
        double[][] ranks = Ranks(0);
        (double[] Key, double Rank)[] rows = [.. episodes.SelectMany((episode, n) => Enumerable.Range(0, episode.Length).Select(step =>
            (Factors(episode, step), ranks[n][step])))];
        bool isLexicographic = rows.All(row => rows.All(other =>
            Math.Sign(Compare(row.Key, other.Key)) == Math.Sign(row.Rank.CompareTo(other.Rank))));
        float[] margins = [0, 0.5f, 1, 2];
        return (isLexicographic, [.. margins.Select(margin => Ranks(margin, never).Average(row => row.Average(Math.Abs)))]);

        double[][] Ranks(params float[] margin) => batch.Combine(
            new DecisionHierarchy(new DecisionHierarchyOptions { Over = "batch", Margins = margin, Rivals = 100_000 }),
            EpisodeBatch.Context(0),
            ("distance", 1, (n, step) => -Line.Distance(episodes[n].States[step + 1])),
            ("speed", 1, (n, step) => -Line.Speed(episodes[n].States[step + 1])),
            ("control", 1, (n, step) => -Line.Control(episodes[n].Actions[step])));
    }

    private static double[] Factors(TableEpisode episode, int step) =>
        [-Line.Distance(episode.States[step + 1]), -Line.Speed(episode.States[step + 1]), -Line.Control(episode.Actions[step])];

    private static double Compare(double[] left, double[] right)
    {
        for (int i = 0; i < left.Length; i++)
            if (left[i] != right[i]) return left[i] - right[i];
        return 0;
    }

    /// <summary>Places 0 to 20 and speeds -2 to 2; the place to be is 10.</summary>
    private sealed class Line() : TableWorld(Places * Speeds, actions: 3, horizon: 40)
    {
        private const int Places = 21, Speeds = 5, Target = 10, Fastest = 2;

        public static double Distance(int state) => Math.Abs((state / Speeds) - Target);

        public static double Speed(int state) => Math.Abs((state % Speeds) - Fastest);

        public static double Control(int action) => Math.Abs(action - 1);

        public override int Start(ref Rng rng) => (rng.Below(Places) * Speeds) + rng.Below(Speeds);

        public override int Step(int state, int action, ref Rng rng)
        {
            int speed = Math.Clamp((state % Speeds) - Fastest + action - 1, -Fastest, Fastest), place = (state / Speeds) + speed;
            if (place is < 0 or >= Places) (place, speed) = (Math.Clamp(place, 0, Places - 1), 0);
            return (place * Speeds) + speed + Fastest;
        }

        public override bool Ends(int state) => false;
    }
}
