using System.CommandLine;
using System.Globalization;
using EmbodiedRL.App.Commands;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Exploration;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>
/// <c>bench S41</c>: global and episodic bonuses in small. Is their product good whether an environment stays the same from
/// episode to episode or not, where each alone is not?
/// </summary>
/// <remarks>
/// arXiv 2306.03236, sections 4 and 5, with counts in place of networks: <see cref="RoomsWorld"/> with 1, 5 and unlimited maps, tabular
/// Q-learning on the task's reward and a bonus divided by its running deviation. Sizes, rates and the bonus' weight were chosen among about
/// thirty with another program, on 60 seeds of its own. Single runs mostly learn or do not, so a mean over 40 seeds scatters by 0.15: a
/// first trial with 10 (discount 0.97) had the product 0.4 below the episodic bonus in unlimited maps and did not hold. Hence 40 seeds
/// here, none of them looked at before.
/// </remarks>
internal sealed class GlobalEpisodicProof : ICommand
{
    private const int Seeds = 40, Rollouts = 500;
    private const ulong FirstSeed = 1001;
    private const float Weight = 0.01f;
    private const double Near = 0.1; // "never far from the better one"
    private const double Exact = 1e-9;
    private const string Reference = "the better of both alone, in its worst number of maps";

    private static readonly int[] Maps = [1, 5, 0];

    private static readonly (string Name, string Episodic, string Global)[] Bonuses =
        [("none", "", ""), ("global", "none", "count"), ("episodic", "first-visit", "none"), ("product", "first-visit", "count")];

    public Command Build(CommandServices services)
    {
        var json = new Measuring.JsonFile();
        var command = new Command("S41",
            "Prove global times episodic bonuses: their product explores whether the map changes from episode to episode or not.\n\n"
            + "Figure: share of episodes, of the last quarter, that reach the last of 8 rooms, by tabular Q-learning with the product of a "
            + "count bonus of the run and a first-visit bonus of the episode, in the worst of 1, 5 and unlimited maps, mean over 40 seeds. "
            + "Reference: the better of both bonuses alone, each in its worst number of maps. It holds if the global bonus falls from 1 "
            + "map to unlimited ones, the episodic one is below it at 1 map, the product is nowhere more than 0.1 below the better one, "
            + "and the updated inverse of the elliptical bonus is the inverse.\n\n"
            + "Exit code 3 if it does not hold.\n\nExample: ./embodied bench S41 --json S41.json");
        json.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            string load = Machine.Load();
            BenchRow row = await ProveAsync(services.Cancel);
            return json.Answer(parsed, services, new BenchReport(Machine.Describe(load, ("libtorch", TorchRuntime.Version)), [row]));
        });
        return command;
    }

    private static async Task<BenchRow> ProveAsync(CancellationToken cancel)
    {
        var success = new Dictionary<string, double[]>(); // by bonus, [maps]
        foreach ((string name, string episodic, string global) in Bonuses)
        {
            success[name] = new double[Maps.Length];
            for (int m = 0; m < Maps.Length; m++)
                for (ulong seed = FirstSeed; seed < FirstSeed + Seeds; seed++)
                    success[name][m] += await RunAsync(Maps[m], episodic, global, seed, cancel) / Seeds;
        }

        double[] run = success["global"], episode = success["episodic"], product = success["product"];
        double error = InverseError(), behind = Enumerable.Range(0, Maps.Length).Max(m => Math.Max(run[m], episode[m]) - product[m]);
        return new BenchRow("S41/proof", product.Min(), "share", Reference, Math.Max(run.Min(), episode.Min()))
        {
            Holds = run[0] - run[^1] > Near && run[0] - episode[0] > Near && behind <= Near
                && product.Min() > Math.Max(run.Min(), episode.Min()) && error < Exact,
            More =
            {
                ["seeds"] = Seeds,
                ["steps"] = Rollouts * RoomsWorld.EpisodeSteps * RoomsWorld.Environments,
                ["behindTheBetter"] = behind,
                ["inverseError"] = error,
                ["byMaps"] = success.ToDictionary(pair => pair.Key, pair => Maps.Zip(pair.Value).ToDictionary(
                    place => place.First > 0 ? place.First.ToString(CultureInfo.InvariantCulture) : "unlimited", place => place.Second)),
            },
        };
    }

    /// <summary>Share of the last quarter's episodes that arrive.</summary>
    private static async Task<double> RunAsync(int maps, string episodic, string global, ulong seed, CancellationToken cancel)
    {
        var world = new RoomsWorld(maps, seed);
        RewardTermSettings[] terms = [new RewardTermSettings { Name = "task", Source = RewardRegistries.Task }];
        if (episodic.Length > 0)
        {
            var options = new GlobalEpisodicOptions { Episodic = episodic, Global = global, Width = [1], Discount = 0 };
            terms = [.. terms, new RewardTermSettings { Name = "bonus", Source = "global-episodic", Options = options, Weight = Weight }];
        }

        using RewardStack reward = RewardRegistries.Shipped.Build(new RewardStackSettings { Terms = terms },
            new RewardContext { Info = RoomsWorld.Info });
        float[] scores = new float[world.Batch.Rows];
        (int episodes, int arrivals) = (0, 0);
        for (int rollout = 0; rollout < Rollouts; rollout++)
        {
            cancel.ThrowIfCancellationRequested();
            if (rollout == Rollouts * 3 / 4) (episodes, arrivals) = (world.Episodes, world.Arrivals);
            world.Play();
            var context = new ScoreContext((long)rollout * scores.Length, (double)rollout / Rollouts, Frozen: false,
                NullMetricSink.Instance, cancel);
            await reward.ScoreAsync(world.Batch, scores, context);
            await reward.LearnAsync(world.Batch, context);
            world.Learn(scores);
        }

        return (double)(world.Arrivals - arrivals) / (world.Episodes - episodes);
    }

    /// <summary>By how much C times the updated C^-1 of the elliptical bonus differs from the unit matrix.</summary>
    private static double InverseError()
    {
        const int size = 8;
        const double ridge = 0.1;
        var memory = new EllipticalMemory(size, ridge);
        var rng = Rng.For(FirstSeed, "features");
        double[] matrix = new double[size * size];
        for (int i = 0; i < size; i++) matrix[(i * size) + i] = ridge;
        for (int step = 0; step < 500; step++)
        {
            float[] features = [.. Enumerable.Range(0, size).Select(_ => (float)rng.Normal())];
            memory.Add(features);
            for (int i = 0; i < matrix.Length; i++) matrix[i] += (double)features[i / size] * features[i % size];
        }

        double worst = 0;
        for (int i = 0; i < matrix.Length; i++)
        {
            double sum = i / size == i % size ? -1 : 0;
            for (int k = 0; k < size; k++) sum += matrix[(i / size * size) + k] * memory.Inverse[(k * size) + (i % size)];
            worst = Math.Max(worst, Math.Abs(sum));
        }

        return worst;
    }
}
