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
        Assert.Equal(reward.Spec.Reads.HasFlag(BatchFields.Frames), reward.Spec.FrameSize > 0);
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
        TrajectoryBatch batch = Batch(many);
        float[] scores = await Score(many, batch);
        for (int environment = 0; environment < Count; environment++)
        {
            float[] single = await Score(alone, Choose(batch, [environment]));
            for (int step = 0; step < Steps; step++) AssertSame(scores[(step * Count) + environment], single[step]);
        }
    }

    [Fact]
    public async Task Scores_follow_when_environments_change_places()
    {
        using IReward reward = Create(), other = Create();
        int[] order = [3, 0, 4, 1, 2];
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
        Assert.Equal(before.Frames, batch.Frames);
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
        await Assert.ThrowsAsync<SpecMismatchException>(async () => await reward.ScoreAsync(Batch(reward), new float[2], CancellationToken.None));
    }

    private const float Untouched = -12345.5f;

    private static async Task<float[]> Score(IReward reward, TrajectoryBatch batch)
    {
        float[] scores = new float[batch.Rows];
        Array.Fill(scores, Untouched);
        await reward.ScoreAsync(batch, scores, CancellationToken.None);
        return scores;
    }

    /// <summary>A rollout of noise, the same each time.</summary>
    private static TrajectoryBatch Batch(IReward reward)
    {
        var batch = new TrajectoryBatch(Steps, Count, FastEnv.Describe(), reward.Spec.FrameSize);
        var rng = Rng.For(7, "batch");
        foreach (float[] block in new[] { batch.Observations, batch.Actions, batch.States, batch.TaskRewards })
            for (int i = 0; i < block.Length; i++) block[i] = (float)rng.Normal();
        for (int i = 0; i < batch.Frames?.Length; i++) batch.Frames[i] = (byte)rng.Below(256);
        Array.Fill(batch.Kinds, StepKind.Mid);
        return batch;
    }

    private static TrajectoryBatch Choose(TrajectoryBatch batch, int[] environments)
    {
        var chosen = new TrajectoryBatch(batch.Steps, environments.Length, batch.Info, batch.FrameSize);
        for (int step = 0; step < batch.Steps; step++)
            for (int place = 0; place < environments.Length; place++)
            {
                int from = (step * batch.Count) + environments[place], to = (step * environments.Length) + place;
                Copy(batch.Observations, chosen.Observations, batch.Rows, chosen.Rows, from, to);
                Copy(batch.Actions, chosen.Actions, batch.Rows, chosen.Rows, from, to);
                Copy(batch.States, chosen.States, batch.Rows, chosen.Rows, from, to);
                Copy(batch.TaskRewards, chosen.TaskRewards, batch.Rows, chosen.Rows, from, to);
                Copy(batch.Kinds, chosen.Kinds, batch.Rows, chosen.Rows, from, to);
                if (batch.Frames is not null) Copy(batch.Frames, chosen.Frames!, batch.Rows, chosen.Rows, from, to);
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
