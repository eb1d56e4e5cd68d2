using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Contracts;

/// <summary>Batches of noise for contracts: rollouts of <see cref="FastEnv"/>'s shape with episodes that end anywhere, and completions;
/// the same each time.</summary>
public static class NoiseBatches
{
    public const int Steps = 6, Count = 5, Prompts = 3, Completions = 4;

    private static readonly long[] Groups = [0, 0, 0, 1, 1];

    /// <summary>Rollouts that follow each other, of which episodes go on from one into the next.</summary>
    /// <param name="frames">Which frames they hold.</param>
    /// <param name="firstEpisode">Id of the first episode.</param>
    /// <param name="seed">Of the noise.</param>
    public static IEnumerable<TrajectoryBatch> Rollouts(IReadOnlyList<FrameSpec> frames, long firstEpisode = 0, ulong seed = 7)
    {
        EnvironmentInfo info = FastEnv.Describe();
        var running = new Snapshot();
        running.Put<long>("episodes", [.. Enumerable.Range(0, Count).Select(n => firstEpisode + n)]);
        var rng = Rng.For(seed, "batch");
        while (true)
        {
            var batch = new TrajectoryBatch(Steps, Count, info, frames);
            batch.Load(running);
            batch.SetGroups(Groups);
            for (int step = 0; step < Steps; step++) Record(batch, step, ref rng);
            foreach (FrameBlock block in batch.FrameBlocks)
                for (int i = 0; i < block.Frames; i++)
                    foreach (ref byte pixel in block.Frame(i)) pixel = (byte)rng.Below(256);
            batch.Save(running);
            yield return batch;
        }
    }

    /// <summary>The first of them.</summary>
    public static TrajectoryBatch Rollout(params IReadOnlyList<FrameSpec> frames) => Rollouts(frames).First();

    /// <summary>A rollout whose episodes stand in no relation to those of <see cref="Rollout"/>.</summary>
    public static TrajectoryBatch Elsewhere(params IReadOnlyList<FrameSpec> frames) => Rollouts(frames, 1_000_000, seed: 8).First();

    /// <summary>Completions with everything that a reward may read.</summary>
    /// <param name="seed">Of the noise.</param>
    /// <param name="firstSample">Id of the first row.</param>
    public static CompletionBatch Answers(ulong seed = 7, long firstSample = 0)
    {
        var rng = Rng.For(seed, "completions");
        string[] prompts = [.. Enumerable.Range(0, Prompts).Select(b => $"What is {b} + {b}?")];
        string?[] answers = new string?[Prompts * Completions];
        for (int row = 0; row < answers.Length; row++) answers[row] = rng.Below(4) is > 0 and int digit ? $"{digit}" : null;
        float[][] logProbabilities = [.. answers.Select((_, row) => new float[1 + (row % 3)])];
        foreach (float[] tokens in logProbabilities)
            for (int i = 0; i < tokens.Length; i++) tokens[i] = -(float)rng.Uniform(0.1, 2);
        return new CompletionBatch(prompts, Completions, [.. answers.Select(answer => $"<answer>{answer}</answer>")], firstSample)
        {
            Images = [.. prompts.Select((_, b) => new[] { new RgbImage([(byte)b, 1, 2], 1, 1) })],
            Tokens = [.. logProbabilities.Select(tokens => Enumerable.Range(1, tokens.Length).ToArray())],
            LogProbabilities = logProbabilities,
            Answers = answers,
            References = [.. Enumerable.Range(0, Prompts).Select(b => $"{b + b}")],
        };
    }

    /// <summary>Changes everything in a row of a rollout, its frame included.</summary>
    public static void Garble(TrajectoryBatch batch, int row)
    {
        foreach (float[] block in new[] { batch.Observations, batch.Actions, batch.States, batch.TaskRewards, batch.LogProbabilities })
        {
            int width = block.Length / batch.Rows;
            for (int i = 0; i < width; i++) block[(row * width) + i] = -block[(row * width) + i] - 1;
        }

        foreach (FrameBlock block in batch.FrameBlocks)
            if (block.Spec.Renders(row / batch.Count))
                foreach (ref byte pixel in block.Frame(FrameOf(block, row / batch.Count, row % batch.Count))) pixel = (byte)(255 - pixel);
    }

    /// <summary>The same completions, some of them with other words.</summary>
    /// <param name="batch">Stays as it is.</param>
    /// <param name="isGarbled">Which rows.</param>
    public static CompletionBatch Garbled(CompletionBatch batch, Func<int, bool> isGarbled) =>
        new(batch.Prompts, batch.Completions, [.. batch.Texts.Select((text, row) => isGarbled(row) ? text + " or not" : text)],
            batch.Episode[0])
        {
            Images = batch.Images,
            Tokens = batch.Tokens?.Select((tokens, row) => isGarbled(row) ? [.. tokens, 77] : tokens).ToArray(),
            LogProbabilities = batch.LogProbabilities?.Select((values, row) => isGarbled(row) ? [.. values, -3] : values).ToArray(),
            Answers = batch.Answers?.Select((answer, row) => isGarbled(row) ? (answer is null ? "0" : answer + answer) : answer).ToArray(),
            References = batch.References,
            Questions = batch.Questions,
        };

    /// <summary>The rollout of some of its environments, in that order.</summary>
    public static TrajectoryBatch Choose(TrajectoryBatch batch, int[] environments)
    {
        var chosen = new TrajectoryBatch(batch.Steps, environments.Length, batch.Info, [.. batch.FrameBlocks.Select(block => block.Spec)]);
        var buffer = new StepBuffer(environments.Length, batch.Info);
        for (int step = 0; step < batch.Steps; step++)
        {
            T[] Of<T>(T[] block) => [.. environments.SelectMany(n => Row(block, batch.Rows, (step * batch.Count) + n).ToArray())];
            Of(batch.States).CopyTo(buffer.States, 0);
            Of(batch.TaskRewards).CopyTo(buffer.Rewards, 0);
            Of(batch.Kinds).CopyTo(buffer.Kinds, 0);
            for (int place = 0; place < environments.Length; place++) CopyNext(batch, step, environments[place], buffer, place);
            chosen.Record(step, new(Of(batch.Observations)), Of(batch.Actions), Of(batch.LogProbabilities), buffer);
            foreach (FrameBlock block in batch.FrameBlocks)
                for (int place = 0; place < environments.Length && block.Spec.Renders(step); place++)
                {
                    FrameBlock into = chosen.Frames(block.Spec);
                    block.Frame(FrameOf(block, step, environments[place])).CopyTo(into.Frame(FrameOf(into, step, place)));
                }
        }

        chosen.SetGroups([.. environments.Select(environment => Groups[environment])]);
        return chosen;
    }

    /// <summary>Whether the score of one row may depend on another row of its batch.</summary>
    public static bool MayDepend(RewardBatch batch, ScoreScope scope, int row, int other) => row == other
        || scope.HasFlag(ScoreScope.Batch)
        || (scope.HasFlag(ScoreScope.Episode) && batch.Episode[row] == batch.Episode[other])
        || (scope.HasFlag(ScoreScope.Group) && batch.Group[row] == batch.Group[other]);

    /// <summary>A context of training, or a frozen one.</summary>
    public static ScoreContext Context(bool frozen = false, CancellationToken cancel = default) =>
        new(0, 0, frozen, NullMetricSink.Instance, cancel);

    /// <summary>All that a part saves.</summary>
    public static SortedDictionary<string, byte[]> Entries(ISnapshot part)
    {
        var snapshot = new Snapshot();
        part.Save(snapshot);
        return new(snapshot.Entries.ToDictionary(), StringComparer.Ordinal);
    }

    /// <summary>Equal up to rounding; NaN equals NaN.</summary>
    public static void AssertSame(float expected, float found, string where)
    {
        if (float.IsNaN(expected) && float.IsNaN(found)) return;
        Assert.True(Math.Abs(expected - found) <= 1e-5f * Math.Max(1, Math.Abs(expected)), $"{where}: expected {expected}, found {found}.");
    }

    private static void Record(TrajectoryBatch batch, int step, ref Rng rng)
    {
        var buffer = new StepBuffer(Count, batch.Info);
        float[] observations = new float[Count * batch.Info.Observations.Length], actions = new float[Count * batch.Info.Actions.Length],
            logProbabilities = new float[Count];
        foreach (float[] block in new[] { observations, actions, logProbabilities, buffer.States, buffer.Rewards,
            buffer.FinalObservations })
            for (int i = 0; i < block.Length; i++) block[i] = (float)rng.Normal();
        for (int n = 0; n < Count; n++)
            buffer.Kinds[n] = rng.Below(8) switch { 0 => StepKind.Terminated, 1 => StepKind.Truncated, _ => StepKind.Mid };
        batch.Record(step, new(observations), actions, logProbabilities, buffer);
    }

    /// <summary>What follows a step: the last observation of an episode that ends, or what follows the rollout.</summary>
    private static void CopyNext(TrajectoryBatch batch, int step, int environment, StepBuffer buffer, int place)
    {
        int width = batch.Info.Observations.Length, row = (step * batch.Count) + environment;
        if (batch.EndsEpisode(row)) batch.FinalObservation(row).CopyTo(buffer.FinalObservations.AsSpan(place * width, width));
        if (step == batch.Steps - 1)
            batch.NextObservations.AsSpan(environment * width, width).CopyTo(buffer.Observations.AsSpan(place * width, width));
    }

    private static int FrameOf(FrameBlock block, int step, int environment) => (step / block.Spec.Every * block.Count) + environment;

    private static Span<T> Row<T>(T[] block, int rows, int row) => block.AsSpan(row * (block.Length / rows), block.Length / rows);
}
