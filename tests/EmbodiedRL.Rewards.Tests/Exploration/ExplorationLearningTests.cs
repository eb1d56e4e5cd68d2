using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Exploration;

namespace EmbodiedRL.Rewards.Tests.Exploration;

/// <summary>What bonuses are for: a goal far along a corridor, which tabular Q-learning alone does not find in the same steps.</summary>
public sealed class ExplorationLearningTests
{
    private const int Length = 20, Steps = 40, Count = 4, Rollouts = 200;
    private const double Rate = 0.3, Discount = 0.9, Random = 0.1;

    [Theory]
    [InlineData("counts", 0.03f)]
    [InlineData("global-episodic", 0.02f)]
    public async Task A_bonus_finds_a_goal_that_the_task_alone_does_not(string source, float weight)
    {
        var bonus = new RewardTermSettings { Name = source, Source = source, Options = OptionsOf(source), Weight = weight };
        foreach (ulong seed in (ulong[])[1, 2, 3])
        {
            Assert.Equal(0, await Arrivals(null, seed));
            double late = await Arrivals(bonus, seed);
            Assert.True(late > 0.5, $"{source}, seed {seed}: {late:0.00} of the last episodes arrived");
        }
    }

    private static Options OptionsOf(string source) => source == "counts"
        ? new CountOptions { Width = [1] }
        : new GlobalEpisodicOptions { Episodic = "first-visit", Global = "count", Width = [1] };

    /// <summary>Share of the last quarter's episodes that arrive at the end; the learner sees task reward and bonus.</summary>
    private static async Task<double> Arrivals(RewardTermSettings? bonus, ulong seed)
    {
        EnvironmentInfo info = Walk.Line(1, ActionSpec.Discrete("move", 3));
        RewardTermSettings[] terms = [new RewardTermSettings { Name = "task", Source = "task" }, .. bonus is null ? [] : new[] { bonus }];
        using RewardStack stack = RewardRegistries.Shipped.Build(new RewardStackSettings { Terms = terms },
            new RewardContext { Info = info });
        var walk = new Walk(Count, info);
        var rng = Rng.For(seed, "moves");
        double[,] values = new double[Length + 1, 3];
        int late = 0;
        for (int rollout = 0; rollout < Rollouts; rollout++)
        {
            int[,] places = new int[Steps + 1, Count], moves = new int[Steps, Count];
            bool[] arrived = new bool[Count];
            TrajectoryBatch batch = walk.Rollout(Steps, (t, n) =>
            {
                moves[t, n] = Choose(values, places[t, n], ref rng);
                int reached = arrived[n] ? Length : Math.Clamp(places[t, n] + (moves[t, n] switch { 0 => -1, 1 => 0, _ => 1 }), 0, Length);
                places[t + 1, n] = reached;
                arrived[n] |= reached == Length;
                return [reached];
            }, (t, _) => t == Steps - 1, (t, n) => moves[t, n]);
            for (int row = 0; row < batch.Rows; row++) batch.TaskRewards[row] = batch.States[row] == Length ? 1 : 0;
            float[] rewards = await Walk.ScoreAndLearn(stack, batch);
            for (int n = 0; n < Count; n++)
                for (int t = Steps - 1; t >= 0; t--)
                {
                    if (places[t, n] == Length) continue;
                    int next = places[t + 1, n];
                    double best = next == Length ? 0 : Math.Max(values[next, 0], Math.Max(values[next, 1], values[next, 2]));
                    ref double value = ref values[places[t, n], moves[t, n]];
                    value += Rate * (rewards[(t * Count) + n] + (Discount * best) - value);
                }

            if (rollout >= Rollouts * 3 / 4) late += arrived.Count(has => has);
        }

        return late / (double)(Count * (Rollouts - (Rollouts * 3 / 4)));
    }

    private static int Choose(double[,] values, int place, ref Rng rng)
    {
        if (rng.NextDouble() < Random) return rng.Below(3);
        int[] best = [.. Enumerable.Range(0, 3).Where(move =>
            values[place, move] >= Math.Max(values[place, 0], Math.Max(values[place, 1], values[place, 2])))];
        return best[rng.Below(best.Length)];
    }
}
