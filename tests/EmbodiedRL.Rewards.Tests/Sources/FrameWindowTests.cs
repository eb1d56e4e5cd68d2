using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards.Combinators;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Rewards.Transforms;

namespace EmbodiedRL.Rewards.Tests.Sources;

/// <summary>Windows over the frames of an episode, and several cameras.</summary>
public sealed class FrameWindowTests
{
    private const int Values = 11; // picture i has score i / 10

    [Theory]
    [InlineData("mean", new[] { 0.4f, 0.3f, 0.3f, 0.3f, 0.4f })]   // 4; 4 2; 4 2 3; 2 3 4; 3 4 5
    [InlineData("max", new[] { 0.4f, 0.4f, 0.4f, 0.4f, 0.5f })]
    [InlineData("min", new[] { 0.4f, 0.2f, 0.2f, 0.2f, 0.3f })]
    public async Task A_step_has_the_mean_the_greatest_or_the_least_of_its_last_frames(string over, float[] expected)
    {
        using CosineReward reward = Windowed(3, over);
        RewardFormulas.AssertNear(expected, await Score(reward, Rollout("-----", 4, 2, 3, 4, 5)));
    }

    [Fact]
    public async Task A_window_ends_with_its_episode()
    {
        using CosineReward reward = Windowed(3, "mean");
        RewardFormulas.AssertNear([1, 0.9f, 0.2f, 0.3f], await Score(reward, Rollout("-x--", 10, 8, 2, 4)));
    }

    [Fact]
    public async Task It_goes_on_into_the_next_rollout_unless_scoring_is_frozen_and_after_a_resume()
    {
        using CosineReward reward = Windowed(3, "mean"), resumed = Windowed(3, "mean");
        await Score(reward, Rollout("---", 1, 2, 6));
        var snapshot = new Snapshot();
        reward.Save(snapshot);
        resumed.Load(snapshot);
        TrajectoryBatch next = Rollout("--", 4, 2);                           // 2 6 4; 6 4 2
        RewardFormulas.AssertNear([0.4f, 0.3f], await Score(reward, next, frozen: true));
        RewardFormulas.AssertNear([0.4f, 0.4f], await Score(reward, next));
        RewardFormulas.AssertNear([0.4f, 0.4f], await Score(resumed, next));
        Assert.Equal(NoiseBatches.Entries(reward), NoiseBatches.Entries(resumed));
    }

    [Fact]
    public async Task Steps_without_a_frame_stay_without_a_score_and_take_no_place()
    {
        using CosineReward reward = Windowed(2, "mean", every: 2);
        float[] scores = await Score(reward, Rollout("-----", every: 2, [4, 0, 2, 0, 8]));
        RewardFormulas.AssertNear([0.4f, float.NaN, 0.3f, float.NaN, 0.5f], scores);
    }

    [Fact]
    public void A_window_of_more_than_a_frame_depends_on_its_episode()
    {
        using CosineReward one = Windowed(1, "mean"), three = Windowed(3, "mean");
        Assert.Equal(ScoreScope.Row, one.Spec.Scope);
        Assert.Equal(ScoreScope.Episode, three.Spec.Scope);
        Assert.Contains("over", string.Concat(new CosineOptions { Over = "median" }.Violations()), StringComparison.Ordinal);
        Assert.Throws<SettingsException>(() => Windowed(2, "median"));
    }

    /// <summary>Several cameras are terms of their own: a combinator joins what they see.</summary>
    [Fact]
    public async Task Cameras_are_terms_whose_scores_a_combinator_joins()
    {
        FrameSpec front = new(1, 1, "front"), side = new(1, 1, "side");
        var batch = new TrajectoryBatch(1, 3, FastEnv.Describe(), front, side);
        (int Front, int Side)[] seen = [(9, 1), (5, 5), (0, 10)];
        for (int n = 0; n < 3; n++)
            (batch.Frames(front).Frame(n)[0], batch.Frames(side).Frame(n)[0]) = ((byte)seen[n].Front, (byte)seen[n].Side);
        float[] mean = new float[3], both = new float[3];
        using (RewardStack stack = Stack(0.5f, new WeightedSum()))
        {
            Assert.Equal([front, side], stack.Frames);
            await stack.ScoreAsync(batch, mean, NoiseBatches.Context());
        }

        using (RewardStack stack = Stack(1, new Product())) await stack.ScoreAsync(batch, both, NoiseBatches.Context());
        RewardFormulas.AssertNear([0.5f, 0.5f, 0.5f], mean);
        RewardFormulas.AssertNear([0.09f, 0.25f, 0], both);
    }

    private static RewardStack Stack(float weight, IRewardCombinator combinator) => new(
        [.. new[] { "front", "side" }.Select(camera => new RewardTerm(
            new CosineReward(camera, Graded(), ["goal"], ["base"], new FrameReading { Camera = camera }), [], weight))],
        BatchFields.Frames, combinator);

    private static CosineReward Windowed(int window, string over, int every = 1) =>
        new("vlm", Graded(), ["goal"], ["base"], new FrameReading { Window = window, Over = over, Every = every });

    private static TableModel Graded() => new(2,
        [.. Enumerable.Range(0, Values).SelectMany(i => new[] { i / 10f, MathF.Sqrt(1 - (i * i / 100f)) })],
        ("goal", [1, 0]), ("base", [0, 1]));

    private static TrajectoryBatch Rollout(string kinds, params int[] pictures) => Rollout(kinds, 1, pictures);

    private static TrajectoryBatch Rollout(string kinds, int every, int[] pictures)
    {
        var spec = new FrameSpec(1, 1, "", every);
        var batch = new TrajectoryBatch(kinds.Length, 1, FastEnv.Describe(), spec);
        var buffer = new StepBuffer(1, batch.Info);
        for (int step = 0; step < kinds.Length; step++)
        {
            buffer.Kinds[0] = kinds[step] == 'x' ? StepKind.Terminated : StepKind.Mid;
            batch.Record(step, new(new float[2]), new float[1], new float[1], buffer);
            if (spec.Renders(step)) batch.Frames(spec).Frame(step / every)[0] = (byte)pictures[step];
        }

        return batch;
    }

    private static async Task<float[]> Score(CosineReward reward, TrajectoryBatch batch, bool frozen = false)
    {
        float[] scores = new float[batch.Rows];
        await reward.ScoreAsync(batch, scores, NoiseBatches.Context(frozen));
        return scores;
    }
}
