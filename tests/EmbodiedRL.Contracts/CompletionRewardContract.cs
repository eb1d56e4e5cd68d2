using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Contracts;

/// <summary>What every source of rewards must obey on completions. Inherit it, say how to make the reward, and all of this is
/// tested.</summary>
public abstract class CompletionRewardContract
{
    private const float Untouched = -12345.5f;

    /// <summary>A fresh reward.</summary>
    protected abstract IReward Create();

    /// <summary>Completions with everything that the reward reads, some of them better than others.</summary>
    /// <param name="seed">Of the noise.</param>
    /// <param name="firstSample">Id of the first row.</param>
    protected virtual CompletionBatch Batch(ulong seed = 7, long firstSample = 0) => NoiseBatches.Answers(seed, firstSample);

    [Fact]
    public void It_has_a_name_a_range_and_a_paper_or_a_reason()
    {
        using IReward reward = Create();
        Assert.NotEmpty(reward.Spec.Name);
        Assert.True(reward.Spec.Minimum < reward.Spec.Maximum);
        Assert.True(reward.GetType().IsDefined(typeof(PaperAttribute), false)
            || reward.GetType().IsDefined(typeof(NoPaperAttribute), false));
    }

    [Fact]
    public async Task Scores_are_within_the_range_it_promises_written_in_full_and_not_all_equal()
    {
        using IReward reward = Create();
        float[] scores = await Score(reward, Batch());
        Assert.All(scores, score => Assert.True(float.IsNaN(score)
            || (score >= reward.Spec.Minimum - 1e-5f && score <= reward.Spec.Maximum + 1e-5f)));
        Assert.DoesNotContain(Untouched, scores);
        Assert.True(scores.Distinct().Count() > 1);
    }

    [Fact]
    public async Task Scores_depend_on_nothing_outside_their_scope()
    {
        using IReward reward = Create();
        await Score(reward, Batch(8, 1200));
        CompletionBatch batch = Batch();
        float[] scores = await Score(reward, batch, frozen: true);
        for (int row = 0; row < batch.Rows; row++)
        {
            int kept = row;
            CompletionBatch changed = NoiseBatches.Garbled(batch, other => !NoiseBatches.MayDepend(batch, reward.Spec.Scope, kept, other));
            NoiseBatches.AssertSame(scores[row], (await Score(reward, changed, frozen: true))[row], batch.Describe(row));
        }
    }

    [Fact]
    public async Task Without_history_it_does_not_matter_what_was_scored_before()
    {
        using IReward fresh = Create(), used = Create();
        if (fresh.Spec.Scope.HasFlag(ScoreScope.History)) return; // allowed where it is declared
        await Score(used, Batch(8, 1200));
        Assert.Equal(await Score(fresh, Batch()), await Score(used, Batch()));
    }

    [Fact]
    public async Task What_it_does_not_read_does_not_matter()
    {
        using IReward reward = Create(), other = Create();
        CompletionBatch all = Batch();
        BatchFields reads = reward.Spec.Reads;
        IReadOnlyList<string> texts = reads.HasFlag(BatchFields.Texts) ? all.Texts : [.. all.Texts.Select(_ => "")];
        var bare = new CompletionBatch(all.Prompts, all.Completions, texts)
        {
            Images = reads.HasFlag(BatchFields.Images) ? all.Images : null,
            Tokens = reads.HasFlag(BatchFields.Tokens) ? all.Tokens : null,
            LogProbabilities = reads.HasFlag(BatchFields.LogProbabilities) ? all.LogProbabilities : null,
            Answers = reads.HasFlag(BatchFields.Answers) ? all.Answers : null,
            References = reads.HasFlag(BatchFields.References) ? all.References : null,
            Questions = reads.HasFlag(BatchFields.Questions) ? all.Questions : null,
        };
        Assert.Equal(await Score(reward, all), await Score(other, bare));
    }

    [Fact]
    public async Task Frozen_scoring_repeats_and_adapts_nothing()
    {
        using IReward reward = Create();
        await Score(reward, Batch());
        SortedDictionary<string, byte[]> before = NoiseBatches.Entries(reward);
        Assert.Equal(await Score(reward, Batch(), frozen: true), await Score(reward, Batch(), frozen: true));
        Assert.Equal(before, NoiseBatches.Entries(reward));
    }

    [Fact]
    public async Task A_snapshot_brings_it_back()
    {
        using IReward reward = Create(), other = Create();
        await Score(reward, Batch());
        var snapshot = new Snapshot();
        reward.Save(snapshot);
        other.Load(snapshot);
        Assert.Equal(await Score(reward, Batch(9, 120)), await Score(other, Batch(9, 120)));
    }

    [Fact]
    public async Task A_batch_that_lacks_what_it_reads_and_memory_of_the_wrong_length_are_refused()
    {
        using IReward reward = Create();
        await Assert.ThrowsAsync<SpecMismatchException>(async () =>
            await reward.ScoreAsync(Batch(), new float[2], ScoreContext.Preview()));
        var bare = new CompletionBatch(["Say yes."], 2, ["yes", "no"]);
        if ((reward.Spec.Reads & ~bare.Fields) == BatchFields.None) return;
        await Assert.ThrowsAsync<SpecMismatchException>(async () => await reward.ScoreAsync(bare, new float[2], ScoreContext.Preview()));
    }

    [Fact]
    public async Task A_canceled_scoring_stops_or_is_done_and_adapts_nothing_when_it_stops()
    {
        using IReward reward = Create(), other = Create();
        SortedDictionary<string, byte[]> before = NoiseBatches.Entries(reward);
        CompletionBatch batch = Batch();
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

        Assert.Equal(await Score(other, batch), scores);
    }

    private static async Task<float[]> Score(IReward reward, CompletionBatch batch, bool frozen = false)
    {
        float[] scores = new float[batch.Rows];
        Array.Fill(scores, Untouched);
        await reward.ScoreAsync(batch, scores, NoiseBatches.Context(frozen));
        return scores;
    }
}
