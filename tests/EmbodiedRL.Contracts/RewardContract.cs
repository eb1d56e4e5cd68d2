using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Contracts;

/// <summary>What every source of rewards must obey. Inherit it, say how to make the reward, and all of this is tested.</summary>
public abstract class RewardContract
{
    private const int Steps = 3;
    private const int Count = 5;

    /// <summary>A fresh reward for trajectories of <see cref="FastEnv"/>.</summary>
    protected abstract IReward Create();

    [Fact]
    public void It_has_a_name_and_a_range_and_says_what_it_reads()
    {
        using IReward reward = Create();
        Assert.NotEmpty(reward.Spec.Name);
        Assert.True(reward.Spec.Minimum < reward.Spec.Maximum);
        Assert.Equal(reward.Spec.Reads.HasFlag(BatchFields.Frames), reward.Spec.Frames is not null);
    }

    [Fact]
    public void It_names_its_paper_or_says_why_it_has_none()
    {
        using IReward reward = Create();
        Assert.True(reward.GetType().IsDefined(typeof(PaperAttribute), false) || reward.GetType().IsDefined(typeof(NoPaperAttribute), false));
    }

    [Fact]
    public async Task Scores_are_within_the_range_it_promises_and_written_in_full()
    {
        using IReward reward = Create();
        float[] scores = await Score(reward, Batch(reward));
        Assert.All(scores, score => Assert.True(float.IsNaN(score) || (score >= reward.Spec.Minimum - 1e-5f && score <= reward.Spec.Maximum + 1e-5f)));
        Assert.DoesNotContain(Untouched, scores);
    }

    [Fact]
    public async Task An_environment_alone_is_scored_as_among_others()
    {
        using IReward many = Create(), alone = Create();
        if (many.Spec.Scope.HasFlag(ScoreScope.Group) || many.Spec.Scope.HasFlag(ScoreScope.History)) return; // see Scores_depend_on_nothing_outside_their_scope
        TrajectoryBatch batch = Batch(many);
        float[] scores = await Score(many, batch);
        for (int environment = 0; environment < Count; environment++)
        {
            float[] single = await Score(alone, Choose(batch, [environment]));
            for (int step = 0; step < Steps; step++) AssertSame(scores[(step * Count) + environment], single[step]);
        }
    }

    [Fact]
    public async Task Scores_depend_on_nothing_outside_their_scope()
    {
        using IReward reward = Create(), other = Create();
        TrajectoryBatch batch = Batch(reward), changed = Batch(reward);
        for (int step = 0; step < Steps; step++) Garble(changed, (step * Count) + Count - 1);
        float[] scores = await Score(reward, batch), again = await Score(other, changed);
        int untouched = reward.Spec.Scope.HasFlag(ScoreScope.Group) ? Groups.Count(group => group != Groups[^1]) : Count - 1;
        if (reward.Spec.Scope.HasFlag(ScoreScope.History)) return; // the last environment's past is part of what scores depend on
        for (int step = 0; step < Steps; step++)
            for (int environment = 0; environment < untouched; environment++) AssertSame(scores[(step * Count) + environment], again[(step * Count) + environment]);
    }

    [Fact]
    public async Task Frozen_scoring_repeats_and_adapts_nothing()
    {
        using IReward reward = Create();
        TrajectoryBatch batch = Batch(reward);
        await Score(reward, batch);
        SortedDictionary<string, byte[]> before = Entries(reward);
        float[] first = await Score(reward, batch, frozen: true), second = await Score(reward, batch, frozen: true);
        Assert.Equal(first, second);
        Assert.Equal(before, Entries(reward));
    }

    [Fact]
    public async Task Scores_follow_when_environments_change_places()
    {
        using IReward reward = Create(), other = Create();
        int[] order = [3, 0, 4, 1, 2];
        if (reward.Spec.Scope.HasFlag(ScoreScope.History)) return; // the order of what came before is part of its history
        TrajectoryBatch batch = Batch(reward);
        float[] scores = await Score(reward, batch), moved = await Score(other, Choose(batch, order));
        for (int step = 0; step < Steps; step++)
            for (int place = 0; place < Count; place++) AssertSame(scores[(step * Count) + order[place]], moved[(step * Count) + place]);
    }

    [Fact]
    public async Task What_it_does_not_read_does_not_matter()
    {
        using IReward reward = Create(), other = Create();
        TrajectoryBatch batch = Batch(reward), garbled = Batch(reward);
        BatchFields reads = reward.Spec.Reads;
        if (!reads.HasFlag(BatchFields.Observations)) Array.Fill(garbled.Observations, float.NaN);
        if (!reads.HasFlag(BatchFields.Actions)) Array.Fill(garbled.Actions, float.NaN);
        if (!reads.HasFlag(BatchFields.States)) Array.Fill(garbled.States, float.NaN);
        if (!reads.HasFlag(BatchFields.TaskRewards)) Array.Fill(garbled.TaskRewards, float.NaN);
        Assert.Equal(await Score(reward, batch), await Score(other, garbled));
    }

    [Fact]
    public async Task It_leaves_the_batch_as_it_was()
    {
        using IReward reward = Create();
        TrajectoryBatch batch = Batch(reward), before = Batch(reward);
        await Score(reward, batch);
        Assert.Equal(before.Observations, batch.Observations);
        Assert.Equal(before.Actions, batch.Actions);
        Assert.Equal(before.States, batch.States);
        Assert.Equal(before.TaskRewards, batch.TaskRewards);
        if (reward.Spec.Frames is { } spec)
            for (int i = 0; i < batch.Frames(spec).Frames; i++) Assert.Equal(before.Frames(spec).Frame(i).ToArray(), batch.Frames(spec).Frame(i).ToArray());
    }

    [Fact]
    public async Task A_snapshot_brings_it_back()
    {
        using IReward reward = Create(), other = Create();
        TrajectoryBatch batch = Batch(reward);
        await Score(reward, batch);
        var snapshot = new Snapshot();
        reward.Save(snapshot);
        other.Load(snapshot);
        Assert.Equal(await Score(reward, batch), await Score(other, batch));
    }

    [Fact]
    public async Task Memory_of_the_wrong_length_is_refused()
    {
        using IReward reward = Create();
        await Assert.ThrowsAsync<SpecMismatchException>(async () => await reward.ScoreAsync(Batch(reward), new float[2], ScoreContext.Preview()));
    }

    private const float Untouched = -12345.5f;

    private static readonly long[] Groups = [0, 0, 0, 1, 1];

    private static async Task<float[]> Score(IReward reward, TrajectoryBatch batch, bool frozen = false)
    {
        float[] scores = new float[batch.Rows];
        Array.Fill(scores, Untouched);
        await reward.ScoreAsync(batch, scores, new ScoreContext(0, 0, frozen, NullMetricSink.Instance, CancellationToken.None));
        return scores;
    }

    private static SortedDictionary<string, byte[]> Entries(IReward reward)
    {
        var snapshot = new Snapshot();
        reward.Save(snapshot);
        return new(snapshot.Entries.ToDictionary(), StringComparer.Ordinal);
    }

    /// <summary>A rollout of noise, the same each time.</summary>
    private static TrajectoryBatch Batch(IReward reward)
    {
        TrajectoryBatch batch = Empty(Count, reward.Spec);
        batch.SetGroups(Groups);
        var rng = Rng.For(7, "batch");
        foreach (float[] block in new[] { batch.Observations, batch.Actions, batch.States, batch.TaskRewards })
            for (int i = 0; i < block.Length; i++) block[i] = (float)rng.Normal();
        foreach (FrameBlock block in batch.FrameBlocks)
            for (int i = 0; i < block.Frames; i++)
                foreach (ref byte pixel in block.Frame(i)) pixel = (byte)rng.Below(256);
        Array.Fill(batch.Kinds, StepKind.Mid);
        return batch;
    }

    private static TrajectoryBatch Empty(int count, RewardSpec spec) =>
        new(Steps, count, FastEnv.Describe(), spec.Frames is { } frames ? [frames] : []);

    private static void Garble(TrajectoryBatch batch, int row)
    {
        foreach (float[] block in new[] { batch.Observations, batch.Actions, batch.States, batch.TaskRewards })
        {
            int width = block.Length / batch.Rows;
            for (int i = 0; i < width; i++) block[(row * width) + i] = -block[(row * width) + i] - 1;
        }

        foreach (FrameBlock block in batch.FrameBlocks)
            if (block.Spec.Renders(row / batch.Count))
                foreach (ref byte pixel in block.Frame((row / batch.Count / block.Spec.Every * batch.Count) + (row % batch.Count))) pixel = (byte)(255 - pixel);
    }

    private static TrajectoryBatch Choose(TrajectoryBatch batch, int[] environments)
    {
        var chosen = new TrajectoryBatch(batch.Steps, environments.Length, batch.Info, [.. batch.FrameBlocks.Select(block => block.Spec)]);
        chosen.SetGroups([.. environments.Select(environment => Groups[environment])]);
        for (int step = 0; step < batch.Steps; step++)
            for (int place = 0; place < environments.Length; place++)
            {
                int from = (step * batch.Count) + environments[place], to = (step * environments.Length) + place;
                Copy(batch.Observations, chosen.Observations, batch.Rows, chosen.Rows, from, to);
                Copy(batch.Actions, chosen.Actions, batch.Rows, chosen.Rows, from, to);
                Copy(batch.States, chosen.States, batch.Rows, chosen.Rows, from, to);
                Copy(batch.TaskRewards, chosen.TaskRewards, batch.Rows, chosen.Rows, from, to);
                Copy(batch.Kinds, chosen.Kinds, batch.Rows, chosen.Rows, from, to);
                foreach (FrameBlock block in batch.FrameBlocks)
                {
                    if (!block.Spec.Renders(step)) continue;
                    int rendered = step / block.Spec.Every;
                    block.Frame((rendered * batch.Count) + environments[place]).CopyTo(chosen.Frames(block.Spec).Frame((rendered * environments.Length) + place));
                }
            }

        return chosen;
    }

    private static void Copy<T>(T[] source, T[] target, int sourceRows, int targetRows, int from, int to)
    {
        int width = source.Length / sourceRows;
        Assert.Equal(width, target.Length / targetRows);
        source.AsSpan(from * width, width).CopyTo(target.AsSpan(to * width));
    }

    private static void AssertSame(float expected, float found)
    {
        if (float.IsNaN(expected)) Assert.True(float.IsNaN(found));
        else Assert.Equal(expected, found, 1e-5f);
    }
}
