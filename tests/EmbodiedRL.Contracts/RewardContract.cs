using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Contracts;

/// <summary>What every source of rewards must obey on rollouts. Inherit it, say how to make the reward, and all of this is
/// tested.</summary>
/// <remarks>Scores may depend on other rows as far as the reward's <see cref="ScoreScope"/> says; that they depend on nothing else is
/// tested in every scope.</remarks>
public abstract class RewardContract
{
    private const float Untouched = -12345.5f;

    /// <summary>A fresh reward for rollouts of <see cref="FastEnv"/>.</summary>
    protected abstract IReward Create();

    [Fact]
    public void It_has_a_name_and_a_range_and_says_what_it_reads()
    {
        using IReward reward = Create();
        Assert.NotEmpty(reward.Spec.Name);
        Assert.True(reward.Spec.Minimum < reward.Spec.Maximum);
        Assert.Equal(reward.Spec.Reads.HasFlag(BatchFields.Frames), reward.Spec.Frames is not null);
        Assert.Empty(reward.Spec.Frames?.Violations() ?? []);
    }

    [Fact]
    public void It_names_its_paper_or_says_why_it_has_none()
    {
        using IReward reward = Create();
        Assert.True(reward.GetType().IsDefined(typeof(PaperAttribute), false)
            || reward.GetType().IsDefined(typeof(NoPaperAttribute), false));
    }

    [Fact]
    public async Task Scores_are_within_the_range_it_promises_and_written_in_full()
    {
        using IReward reward = Create();
        float[] scores = await Score(reward, Batch(reward));
        Assert.All(scores, score => Assert.True(float.IsNaN(score)
            || (score >= reward.Spec.Minimum - 1e-5f && score <= reward.Spec.Maximum + 1e-5f)));
        Assert.DoesNotContain(Untouched, scores);
    }

    /// <summary>Frozen, and after other rollouts were scored and learned from, so that state is no excuse: for each row, all others that
    /// it may not depend on change.</summary>
    [Fact]
    public async Task Scores_depend_on_nothing_outside_their_scope()
    {
        using IReward reward = Create();
        await Warm(reward);
        TrajectoryBatch batch = Batch(reward);
        float[] scores = await Score(reward, batch, frozen: true);
        for (int row = 0; row < batch.Rows; row++)
        {
            TrajectoryBatch changed = Batch(reward);
            for (int other = 0; other < batch.Rows; other++)
                if (!NoiseBatches.MayDepend(batch, reward.Spec.Scope, row, other)) NoiseBatches.Garble(changed, other);
            NoiseBatches.AssertSame(scores[row], (await Score(reward, changed, frozen: true))[row], batch.Describe(row));
        }
    }

    [Fact]
    public async Task Without_history_it_does_not_matter_what_was_scored_before()
    {
        using IReward fresh = Create(), used = Create();
        if (fresh.Spec.Scope.HasFlag(ScoreScope.History)) return; // allowed where it is declared
        await Warm(used);
        TrajectoryBatch batch = Batch(fresh);
        Assert.Equal(await Score(fresh, batch), await Score(used, batch));
    }

    [Fact]
    public async Task An_environment_alone_is_scored_as_among_others()
    {
        using IReward reward = Create();
        if ((reward.Spec.Scope & (ScoreScope.Group | ScoreScope.Batch)) != 0) return; // the others are what it is compared with
        TrajectoryBatch batch = Batch(reward);
        float[] scores = await Score(reward, batch, frozen: true);
        for (int environment = 0; environment < batch.Count; environment++)
        {
            float[] single = await Score(reward, NoiseBatches.Choose(batch, [environment]), frozen: true);
            for (int step = 0; step < batch.Steps; step++)
                NoiseBatches.AssertSame(scores[(step * batch.Count) + environment], single[step],
                    batch.Describe((step * batch.Count) + environment));
        }
    }

    [Fact]
    public async Task Scores_follow_when_environments_change_places()
    {
        using IReward reward = Create();
        int[] order = [3, 0, 4, 1, 2];
        TrajectoryBatch batch = Batch(reward);
        float[] scores = await Score(reward, batch, frozen: true),
            moved = await Score(reward, NoiseBatches.Choose(batch, order), frozen: true);
        for (int step = 0; step < batch.Steps; step++)
            for (int place = 0; place < order.Length; place++)
                NoiseBatches.AssertSame(scores[(step * batch.Count) + order[place]], moved[(step * batch.Count) + place],
                    batch.Describe((step * batch.Count) + order[place]));
    }

    [Fact]
    public async Task Frozen_scoring_repeats_and_adapts_nothing()
    {
        using IReward reward = Create();
        await Warm(reward);
        TrajectoryBatch batch = Batch(reward);
        SortedDictionary<string, byte[]> before = NoiseBatches.Entries(reward);
        float[] first = await Score(reward, batch, frozen: true), second = await Score(reward, batch, frozen: true);
        Assert.Equal(first, second);
        Assert.Equal(before, NoiseBatches.Entries(reward));
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
        if (!reads.HasFlag(BatchFields.LogProbabilities)) Array.Fill(garbled.LogProbabilities, float.NaN);
        Assert.Equal(await Score(reward, batch), await Score(other, garbled));
    }

    [Fact]
    public async Task It_leaves_the_batch_as_it_was()
    {
        using IReward reward = Create();
        TrajectoryBatch batch = Batch(reward), before = Batch(reward);
        await Score(reward, batch);
        if (reward is ILearnedReward learner) await learner.LearnAsync(batch, NoiseBatches.Context());
        Assert.Equal(before.Observations, batch.Observations);
        Assert.Equal(before.Actions, batch.Actions);
        Assert.Equal(before.States, batch.States);
        Assert.Equal(before.TaskRewards, batch.TaskRewards);
        Assert.Equal(before.LogProbabilities, batch.LogProbabilities);
        if (reward.Spec.Frames is { } spec)
            for (int i = 0; i < batch.Frames(spec).Frames; i++)
                Assert.Equal(before.Frames(spec).Frame(i).ToArray(), batch.Frames(spec).Frame(i).ToArray());
    }

    /// <summary>Into the middle of episodes: the second of two rollouts goes on with those of the first.</summary>
    [Fact]
    public async Task A_snapshot_brings_it_back()
    {
        using IReward reward = Create(), other = Create();
        TrajectoryBatch[] batches = [.. Rollouts(reward).Take(3)];
        foreach (TrajectoryBatch batch in batches[..2]) await ScoreAndLearn(reward, batch);
        var snapshot = new Snapshot();
        reward.Save(snapshot);
        other.Load(snapshot);
        Assert.Equal(await ScoreAndLearn(reward, batches[2]), await ScoreAndLearn(other, batches[2]));
        Assert.Equal(NoiseBatches.Entries(reward), NoiseBatches.Entries(other));
    }

    [Fact]
    public async Task Memory_of_the_wrong_length_is_refused()
    {
        using IReward reward = Create();
        await Assert.ThrowsAsync<SpecMismatchException>(async () =>
            await reward.ScoreAsync(Batch(reward), new float[2], ScoreContext.Preview()));
    }

    [Fact]
    public async Task A_batch_that_lacks_what_it_reads_is_refused()
    {
        using IReward reward = Create();
        if (reward.Spec.Reads == BatchFields.None) return;
        var nothing = new CompletionBatch(["Say yes."], 2, ["yes", "no"]);
        await Assert.ThrowsAsync<SpecMismatchException>(async () => await reward.ScoreAsync(nothing, new float[2], ScoreContext.Preview()));
    }

    /// <summary>Whoever looks at pictures is slow and stops; what is done at once may as well be done. Nothing half-done is left either
    /// way.</summary>
    [Fact]
    public async Task A_canceled_scoring_stops_or_is_done_and_adapts_nothing_when_it_stops()
    {
        using IReward reward = Create(), other = Create();
        TrajectoryBatch batch = Batch(reward);
        SortedDictionary<string, byte[]> before = NoiseBatches.Entries(reward);
        float[] scores = new float[batch.Rows];
        try
        {
            await reward.ScoreAsync(batch, scores, NoiseBatches.Context(cancel: new CancellationToken(canceled: true)));
        }
        catch (OperationCanceledException)
        {
            Assert.Equal(before, NoiseBatches.Entries(reward));
            return;
        }

        Assert.False(reward.Spec.Reads.HasFlag(BatchFields.Frames), "A reward that looks at frames did not stop.");
        Assert.Equal(await Score(other, batch), scores);
    }

    private protected static async Task<float[]> Score(IReward reward, RewardBatch batch, bool frozen = false)
    {
        float[] scores = new float[batch.Rows];
        Array.Fill(scores, Untouched);
        await reward.ScoreAsync(batch, scores, NoiseBatches.Context(frozen));
        return scores;
    }

    private protected static async Task<float[]> ScoreAndLearn(IReward reward, RewardBatch batch)
    {
        float[] scores = await Score(reward, batch);
        if (reward is ILearnedReward learner) await learner.LearnAsync(batch, NoiseBatches.Context());
        return scores;
    }

    private protected static IEnumerable<TrajectoryBatch> Rollouts(IReward reward) => NoiseBatches.Rollouts(FramesOf(reward));

    private protected static TrajectoryBatch Batch(IReward reward) => NoiseBatches.Rollout(FramesOf(reward));

    private static FrameSpec[] FramesOf(IReward reward) => reward.Spec.Frames is { } frames ? [frames] : [];

    private static async Task Warm(IReward reward) => await ScoreAndLearn(reward, NoiseBatches.Elsewhere(FramesOf(reward)));
}

/// <summary>What every learned reward must obey beside <see cref="RewardContract"/>.</summary>
public abstract class LearnedRewardContract : RewardContract
{
    [Fact]
    public void It_declares_that_scores_depend_on_what_was_learned()
    {
        using IReward reward = Create();
        Assert.IsAssignableFrom<ILearnedReward>(reward);
        Assert.True(reward.Spec.Scope.HasFlag(ScoreScope.History));
    }

    [Fact]
    public async Task Learning_changes_its_state_and_repeats_bit_for_bit()
    {
        using IReward first = Create(), second = Create();
        SortedDictionary<string, byte[]> before = NoiseBatches.Entries(first);
        await ScoreAndLearn(first, Batch(first));
        await ScoreAndLearn(second, Batch(second));
        Assert.NotEqual(before, NoiseBatches.Entries(first));
        Assert.Equal(NoiseBatches.Entries(first), NoiseBatches.Entries(second));
    }

    /// <summary>So that a batch is scored by what was known before it, whoever asks first.</summary>
    [Fact]
    public async Task Scoring_alone_does_not_learn()
    {
        using IReward reward = Create();
        TrajectoryBatch batch = Batch(reward);
        Assert.Equal(await Score(reward, batch, frozen: true), await Score(reward, batch, frozen: true));
        float[] before = await Score(reward, batch, frozen: true);
        await ScoreAndLearn(reward, batch);
        Assert.NotEqual(before, await Score(reward, batch, frozen: true));
    }

    [Fact]
    public void A_snapshot_that_lacks_what_was_learned_is_refused()
    {
        using IReward reward = Create();
        Assert.Throws<SpecMismatchException>(() => reward.Load(new Snapshot()));
    }
}
