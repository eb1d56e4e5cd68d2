using System.Diagnostics;
using EmbodiedRL.Benchmarks.Exploration;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Benchmarks.Stacks;

/// <summary>What a step costs in each part of a reward stack that needs no model.</summary>
/// <remarks>One batch of 64 steps of 64 environments with random actions is scored again and again, as a run would, adapting.</remarks>
internal static class StackCost
{
    public const int Rows = Steps * Environments;

    /// <summary>A row holds below this, in microseconds a step.</summary>
    public const double Most = 2;

    private const int Steps = 64, Environments = 64;
    private const string Formula = "x * y - 0.1 * Math.Abs(x)", Reference = "the most that is claimed", Whole = "whole";

    private static readonly string[] Transforms = ["standardize", "clip", "scale", "potential-shaping", "temporal-difference"];
    private static readonly string[] Combinators =
        ["sum", "product", "harmonic-mean", "signed-geometric-mean", "logical-and", "pareto", "decision-hierarchy"];

    /// <summary>A row for each part alone, and one for all together.</summary>
    /// <param name="effort">How long and how often.</param>
    /// <param name="cancel">Stops between two measurements.</param>
    public static IEnumerable<BenchRow> Measure(Effort effort, CancellationToken cancel)
    {
        string folder = Directory.CreateTempSubdirectory("reward-stack").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "formula.reward.cs"), Formula);
            TrajectoryBatch batch = Play();
            List<BenchRow> rows = [];
            foreach ((string name, RewardStackSettings settings) in Stacks())
            {
                using RewardStack stack = RewardRegistries.Shipped.Build(settings,
                    new RewardContext { Info = batch.Info, Folder = folder, Discount = 0.99f });
                double cost = Comparison.Median(
                    Enumerable.Range(0, effort.Repeats).Select(_ => Cost(stack, batch, effort.Seconds, cancel)));
                rows.Add(new BenchRow($"{RewardStackBench.Verb}/{name}", cost, "us/step", Reference, Most) { Holds = cost < Most });
            }

            return rows;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<(string Name, RewardStackSettings Settings)> Stacks()
    {
        yield return (Whole, Of("sum", Term("program", "standardize", "clip"), Term("program", "potential-shaping"),
            Term("task", "temporal-difference"), Term("task")));
        yield return ("task", Of("sum", Term("task")));
        yield return ("program", Of("sum", Term("program")));
        foreach (string transform in Transforms) yield return (transform, Of("sum", Term("task", transform)));
        foreach (string combinator in Combinators) yield return (combinator, Of(combinator, Term("task"), Term("task"), Term("task")));
    }

    private static RewardStackSettings Of(string combine, params RewardTermSettings[] terms) => new()
    {
        Combine = combine,
        Terms = [.. terms.Select((term, i) => term with { Name = $"{term.Source}-{i}" })],
    };

    private static RewardTermSettings Term(string source, params string[] transforms) => new()
    {
        Source = source,
        Options = source == RewardRegistries.Program ? new ProgramOptions { File = "formula.reward.cs" } : null,
        Transforms = [.. transforms.Select(name => new TransformSettings { Name = name })],
    };

    /// <summary>Microseconds a step, over about so many seconds.</summary>
    private static double Cost(RewardStack stack, TrajectoryBatch batch, double seconds, CancellationToken cancel)
    {
        float[] rewards = new float[batch.Rows];
        var context = new ScoreContext(0, 0, Frozen: false, NullMetricSink.Instance, cancel);
        Score(); // what is made once
        long rounds = 0, begin = Stopwatch.GetTimestamp();
        for (; Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds; rounds++) Score();
        return Stopwatch.GetElapsedTime(begin).TotalMicroseconds / (rounds * (double)batch.Rows);

        void Score() => stack.ScoreAsync(batch, rewards, context).AsTask().GetAwaiter().GetResult();
    }

    /// <summary>A rollout of random actions, whose task reward is a number of its own at every step, above 0 for the means.</summary>
    private static TrajectoryBatch Play()
    {
        using var environment = new RoomsEnv(Environments, map: 1);
        var buffer = new StepBuffer(Environments, environment.Info);
        var batch = new TrajectoryBatch(Steps, Environments, environment.Info);
        var rng = Rng.For(1, "reward-stack");
        environment.Reset(1, StartDistribution.Task, buffer);
        float[] actions = new float[Environments], none = new float[Environments];
        for (int step = 0; step < Steps; step++)
        {
            float[] before = [.. buffer.Observations];
            foreach (ref float action in actions.AsSpan()) action = rng.Below(5);
            environment.Step(actions, buffer);
            foreach (ref float reward in buffer.Rewards.AsSpan()) reward = 0.1f + (float)rng.NextDouble();
            batch.Record(step, new ObservationRows(before), actions, none, buffer);
        }

        return batch;
    }
}
