using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Combinators;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Rewards.Transforms;

namespace EmbodiedRL.Rewards.Tests;

/// <summary>What a stack does with batches: frames of several sizes, rows without scores, sums of terms, learned sources.</summary>
public sealed class RewardStackBatchTests
{
    private readonly RecordedMetrics _metrics = new();

    /// <summary>One term sees 4 x 4 pixels through the run's camera at every step, the other 8 x 8 through another at every third; each
    /// must score its own frames.</summary>
    [Fact]
    public async Task Terms_read_frames_of_their_own_size_camera_and_steps()
    {
        using RewardStack stack = Stack(Term(Vision("near", 4), 1), Term(Vision("far", 8, "side", every: 3), 1, new Hold()));
        Assert.Equal([new FrameSpec(4, 4), new FrameSpec(8, 8, "side", 3)], stack.Frames);
        TrajectoryBatch batch = NoiseBatches.Rollout(stack.Frames);
        float[] rewards = await Score(stack, batch);

        using GoalBaselineReward near = Vision("near", 4), far = Vision("far", 8, "side", every: 3);
        float[] fromNear = new float[batch.Rows], fromFar = new float[batch.Rows];
        await near.ScoreAsync(batch, fromNear, ScoreContext.Preview());
        await far.ScoreAsync(batch, fromFar, ScoreContext.Preview());
        for (int row = 0; row < batch.Rows; row++) Assert.Equal(row / batch.Count % 3 != 0, float.IsNaN(fromFar[row]));
        new Hold().Apply(batch, fromFar, NoiseBatches.Context());
        for (int row = 0; row < batch.Rows; row++) Assert.Equal(fromNear[row] + (float.IsNaN(fromFar[row]) ? 0 : fromFar[row]),
            rewards[row], 1e-6f);
        Assert.Equal(4 / 6.0, _metrics["reward/far/raw/missing"], 1e-9);
    }

    [Fact]
    public async Task Frames_that_nobody_asked_the_batch_for_are_named()
    {
        using RewardStack stack = Stack(Term(Vision("far", 8, "side", every: 3), 1));
        var error = await Assert.ThrowsAsync<SpecMismatchException>(() => Score(stack, NoiseBatches.Rollout(new FrameSpec(4, 4))));
        Assert.Contains("'side', every 3 steps", error.Message, StringComparison.Ordinal);
        Assert.Contains("4 x 4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weighted_terms_add_up_to_the_mean_reward_also_where_rows_lack_one()
    {
        using RewardStack stack = Stack(Term(Vision("vlm", 4, every: 4), 0.5f), Term(new TaskReward("task"), -2, new Standardize()));
        float[] rewards = await Score(stack, NoiseBatches.Rollout(stack.Frames));
        double sum = 0;
        foreach (RewardTerm term in stack.Terms)
            sum += term.Weight * _metrics[$"reward/{term.Name}/shaped/mean"] * (1 - _metrics[$"reward/{term.Name}/shaped/missing"]);
        Assert.Equal(sum, _metrics["reward/mean"], 1e-6);
        Assert.Equal(rewards.Average(reward => (double)reward), _metrics["reward/mean"], 1e-9);
        for (int row = 0; row < rewards.Length; row++)
        {
            float seen = stack.ScoresOf(0).Span[row];
            Assert.Equal((float.IsNaN(seen) ? 0 : 0.5f * seen) - (2 * stack.ScoresOf(1).Span[row]), rewards[row], 1e-5f);
        }
    }

    [Fact]
    public async Task A_step_that_no_term_scores_is_named_with_what_fills_it()
    {
        using RewardStack stack = Stack(Term(Vision("vlm", 4, every: 2), 1));
        var error = await Assert.ThrowsAsync<NonFiniteException>(() => Score(stack, NoiseBatches.Rollout(stack.Frames)));
        foreach (string named in new[] { "step 1 of environment 0", "vlm = NaN", "'hold'", "'interpolate'" })
            Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_stack_scores_batches_of_any_size_in_turn()
    {
        using RewardStack stack = Stack(Term(new TaskReward("task"), 2));
        foreach (TrajectoryBatch batch in new[] { NoiseBatches.Rollout(), NoiseBatches.Choose(NoiseBatches.Rollout(), [2]),
            NoiseBatches.Rollout() })
            Assert.Equal(batch.TaskRewards.Select(reward => 2 * reward), await Score(stack, batch));
    }

    [Fact]
    public async Task A_canceled_stack_scores_nothing()
    {
        using RewardStack stack = Stack(Term(new TaskReward("task"), 1, new Standardize()));
        SortedDictionary<string, byte[]> before = NoiseBatches.Entries(stack);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await stack.ScoreAsync(NoiseBatches.Rollout(), new float[30], NoiseBatches.Context(cancel: new(canceled: true))));
        Assert.Equal(before, NoiseBatches.Entries(stack));
    }

    [Fact]
    public async Task Learned_sources_learn_once_a_batch_and_never_where_scoring_is_frozen()
    {
        var learner = new Counter();
        using RewardStack stack = Stack(Term(learner, 1), Term(new TaskReward("task"), 1));
        Assert.Equal(ScoreScope.History, stack.Spec.Scope);
        TrajectoryBatch batch = NoiseBatches.Rollout();
        await stack.LearnAsync(batch, NoiseBatches.Context());
        await stack.LearnAsync(batch, NoiseBatches.Context(frozen: true));
        Assert.Equal(1, learner.Learned);
    }

    private static GoalBaselineReward Vision(string name, int size, string camera = "", int every = 1) =>
        new(name, new ColorModel(size), ["red"], ["gray"], 0.5f, camera, every);

    private static RewardTerm Term(IReward source, float weight, params IRewardTransform[] transforms) => new(source, transforms, weight);

    private static RewardStack Stack(params RewardTerm[] terms) =>
        new(terms, BatchFields.Frames | BatchFields.TaskRewards | BatchFields.States, new WeightedSum());

    private async Task<float[]> Score(RewardStack stack, RewardBatch batch)
    {
        float[] rewards = new float[batch.Rows];
        await stack.ScoreAsync(batch, rewards, new ScoreContext(0, 0, Frozen: false, _metrics, CancellationToken.None));
        return rewards;
    }

    /// <summary>Counts what it is asked.</summary>
    private sealed class Counter() : Reward(new RewardSpec("counter", BatchFields.None, Scope: ScoreScope.History)), ILearnedReward
    {
        public int Learned { get; private set; }

        public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
        {
            scores.Span.Fill(Learned);
            return ValueTask.CompletedTask;
        }

        public ValueTask LearnAsync(RewardBatch batch, ScoreContext context)
        {
            Learned++;
            return ValueTask.CompletedTask;
        }
    }
}
