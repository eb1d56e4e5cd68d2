using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards.Shaping;
using TorchSharp;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;

namespace EmbodiedRL.Rewards.Tests.Shaping;

/// <summary>Tests that count tensors, which no other may make meanwhile.</summary>
[CollectionDefinition(nameof(AloneWithTensors), DisableParallelization = true)]
public sealed class AloneWithTensors;

[Collection(nameof(AloneWithTensors)), NoTensorLeaks]
public sealed class ProgressAttributionContract : LearnedRewardContract
{
    protected override IReward Create() => new ProgressAttributionReward("progress",
        new() { Episodes = 4, Refit = 2, Epochs = 2, Minibatch = 2, Hidden = 8, Grounded = "point/velocity" }, FastEnv.Describe());
}

[Collection(nameof(AloneWithTensors)), NoTensorLeaks]
public sealed class ProgressAttributionTests
{
    private const int Count = 8, Steps = 40;

    private static readonly EnvironmentInfo Info = FastEnv.Describe(discrete: true);

    [Fact, Trait("Category", "Parity")]
    public void Fit_and_reward_of_a_step_match_a_second_implementation()
    {
        JsonElement entry = Expected("S82 progress attribution");
        double[] contributions = entry.GetProperty("contribution").Numbers(), grounded = entry.GetProperty("grounded").Numbers(),
            rewards = entry.GetProperty("step_reward").Numbers(), gradient = entry.GetProperty("grad").Numbers();
        double alpha = entry.GetProperty("alpha").Number(), beta = entry.GetProperty("beta").Number();
        for (int t = 0; t < rewards.Length; t++)
            Assert.Equal(rewards[t], StepwiseProgressAttribution.StepReward(contributions[t], alpha, grounded[t], beta), 1e-12);

        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor steps = torch.tensor(contributions, requires_grad: true);
        torch.Tensor loss = StepwiseProgressAttribution.FitLoss(steps, torch.zeros(contributions.Length, torch.ScalarType.Int64),
            torch.tensor(new[] { entry.GetProperty("final_reward").Number() }));
        Assert.Equal(entry.GetProperty("fit_loss").Number(), loss.ToDouble(), 1e-12);
        loss.backward();
        double[] found = steps.grad!.data<double>().ToArray();
        for (int t = 0; t < found.Length; t++) Assert.Equal(gradient[t], found[t], 1e-12);
    }

    /// <summary>Two episodes of 2 and 1 steps: ((1 + 2 - 2)^2 + (5 - 2)^2) / 2 = 5.</summary>
    [Fact]
    public void The_fit_is_the_mean_over_episodes()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Assert.Equal(5, StepwiseProgressAttribution.FitLoss(torch.tensor(new double[] { 1, 2, 5 }), torch.tensor(new long[] { 0, 0, 1 }),
            torch.tensor(new double[] { 2, 2 })).ToDouble(), 1e-12);
    }

    /// <summary>
    /// The return, paid at the end alone, is how often choice 2 was made left of the middle: the estimator finds those steps, and what it
    /// pays over an episode is the fitted return, not twice that (the pitfall of paying success on top).
    /// </summary>
    [Fact]
    public async Task A_delayed_reward_is_split_over_the_steps_that_earned_it()
    {
        using var reward = new ProgressAttributionReward("progress", new() { Episodes = 160, Epochs = 150, LearningRate = 3e-3 }, Info);
        TrajectoryBatch[] batches = [.. Rollouts(12)];
        foreach (TrajectoryBatch batch in batches[..6])
        {
            float[] before = await Score(reward, batch);
            Assert.True(reward.IsFitted || before.SequenceEqual(batch.TaskRewards), "Before it is fitted it passes the reward on.");
            await reward.LearnAsync(batch, NoiseBatches.Context());
        }

        Assert.True(reward.IsFitted);
        double worst = 0, paid = 0, earned = 0;
        foreach (TrajectoryBatch batch in batches[6..])
        {
            float[] scores = await Score(reward, batch);
            for (int row = 0; row < batch.Rows; row++)
                if (Math.Abs(batch.Observations[row * 2]) > 0.1f) worst = Math.Max(worst, Math.Abs(scores[row] - Earned(batch, row)));
            (paid, earned) = (paid + scores.Sum(), earned + batch.TaskRewards.Sum());
        }

        Assert.True(worst < 0.35, $"a step was paid {worst} too much or too little");
        Assert.InRange(paid / earned, 0.95, 1.05);
    }

    [Fact]
    public async Task The_grounding_is_paid_where_the_named_field_says_that_the_action_was_executed()
    {
        ProgressAttributionOptions options = new() { Episodes = 2, Epochs = 1, Alpha = 2 };
        using var plain = new ProgressAttributionReward("progress", options, Info);
        using var grounded = new ProgressAttributionReward("progress", options with { Grounded = "point/velocity" }, Info);
        TrajectoryBatch batch = Rollouts(1).Single();
        float[] split = await ScoreAfterLearning(plain, batch), with = await ScoreAfterLearning(grounded, batch);
        Assert.Contains(0.5f, Enumerable.Range(0, split.Length).Select(row => MathF.Round(with[row] - split[row], 5)));
        for (int row = 0; row < split.Length; row++)
            Assert.Equal(split[row] + (batch.States[(row * 2) + 1] > 0.5f ? 0.5f : 0), with[row], 1e-5f);
    }

    /// <summary>An estimator of the paper is fitted once; later episodes change nothing unless settings say so.</summary>
    [Fact]
    public async Task It_is_fitted_once_unless_it_is_told_to_refit()
    {
        TrajectoryBatch[] batches = [.. Rollouts(2)];
        using var once = new ProgressAttributionReward("progress", new() { Episodes = 8, Epochs = 1 }, Info);
        using var again = new ProgressAttributionReward("progress", new() { Episodes = 8, Epochs = 1, Refit = 8 }, Info);
        float[] first = await ScoreAfterLearning(once, batches[0]), same = await ScoreAfterLearning(again, batches[0]);
        Assert.Equal(first, same);
        await once.LearnAsync(batches[1], NoiseBatches.Context());
        await again.LearnAsync(batches[1], NoiseBatches.Context());
        Assert.Equal(first, await Score(once, batches[0]));
        Assert.NotEqual(first, await Score(again, batches[0]));
    }

    [Fact]
    public void A_field_that_the_state_lacks_is_refused() =>
        Assert.Contains("point/velocity", Assert.Throws<UnknownNameException>(() =>
            new ProgressAttributionReward("progress", new() { Grounded = "point/velocty" }, Info)).Message, StringComparison.Ordinal);

    private static async Task<float[]> ScoreAfterLearning(ProgressAttributionReward reward, TrajectoryBatch batch)
    {
        await reward.LearnAsync(batch, NoiseBatches.Context());
        Assert.True(reward.IsFitted);
        return await Score(reward, batch);
    }

    private static async Task<float[]> Score(ProgressAttributionReward reward, TrajectoryBatch batch)
    {
        float[] scores = new float[batch.Rows];
        await reward.ScoreAsync(batch, scores, NoiseBatches.Context());
        return scores;
    }

    private static float Earned(TrajectoryBatch batch, int row) => batch.Actions[row] == 2 && batch.Observations[row * 2] < 0 ? 1 : 0;

    /// <summary>Episodes of ten steps at random places with random choices.</summary>
    private static IEnumerable<TrajectoryBatch> Rollouts(int rollouts)
    {
        var rng = Rng.For(9, "choices");
        var running = new Snapshot();
        running.Put<long>("episodes", [.. Enumerable.Range(0, Count).Select(n => (long)n)]);
        for (int rollout = 0; rollout < rollouts; rollout++)
        {
            var batch = new TrajectoryBatch(Steps, Count, Info);
            batch.Load(running);
            var buffer = new StepBuffer(Count, Info);
            float[] observations = new float[Count * 2], actions = new float[Count], sums = new float[Count];
            for (int step = 0; step < Steps; step++)
            {
                for (int n = 0; n < Count; n++)
                {
                    (observations[n * 2], observations[(n * 2) + 1], actions[n]) = ((float)rng.Normal(), (float)rng.Normal(), rng.Below(3));
                    buffer.States[(n * 2) + 1] = (float)rng.NextDouble();
                    sums[n] += actions[n] == 2 && observations[n * 2] < 0 ? 1 : 0;
                    bool ends = step % 10 == 9;
                    (buffer.Kinds[n], buffer.Rewards[n]) = (ends ? StepKind.Terminated : StepKind.Mid, ends ? sums[n] : 0);
                    if (ends) sums[n] = 0;
                }

                batch.Record(step, new(observations), actions, new float[Count], buffer);
            }

            batch.Save(running);
            yield return batch;
        }
    }
}
