using System.Text.RegularExpressions;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Rewards.Tests.Sources;

public sealed class GoalBaselineContract : RewardContract
{
    protected override IReward Create() =>
        new GoalBaselineReward("vlm", new ColorModel(), ["red", "blue"], ["gray"], 0.5f, framesAtOnce: 4);
}

/// <summary>Skips all it may: every row has the score of its episode's first one, and of no other episode's.</summary>
public sealed class GoalBaselineSkippingContract : RewardContract
{
    protected override IReward Create() =>
        new GoalBaselineReward("vlm", new ColorModel(), ["red", "blue"], ["gray"], 0.5f, framesAtOnce: 4, skipBelow: 255);
}

public sealed class GoalBaselineTests
{
    private static readonly float[] Red = [1, 0, 0], Green = [0, 1, 0];

    [Fact]
    public void Without_regularization_and_with_one_sentence_it_is_the_cosine()
    {
        var projection = new GoalBaselineProjection(Red, Green, 3, alpha: 0);
        Assert.Equal(0.6f, projection.Score([0.6f, 0.8f, 0]), 1e-6f);
        Assert.Equal(1, projection.Score(Red), 1e-6f);
        Assert.Equal(-1, projection.Score([-1, 0, 0]), 1e-6f);
    }

    [Fact]
    public void Fully_regularized_it_sees_only_the_line_from_baseline_to_goal()
    {
        // d = (1, -1, 0), |d|^2 = 2. x - g for x = (0, 0, 1) is (-1, 0, 1): (x - g) . d = -1, so y = 1 - (1 / 2) / 2 = 0.75.
        var projection = new GoalBaselineProjection(Red, Green, 3, alpha: 1);
        Assert.Equal(0.75f, projection.Score([0, 0, 1]), 1e-6f);
        Assert.Equal(0.75f, projection.Score([0, 0, -1]), 1e-6f);
        Assert.Equal(0, projection.Score(Green), 1e-6f);                    // (x - g) . d = -2: y = 1 - (4 / 2) / 2
    }

    [Fact]
    public void Several_sentences_are_averaged_and_not_brought_to_unit_length()
    {
        // g = (1/2, 1/2, 0): |red - g|^2 = 1/2, so y = 1 - 1/4. A cosine would give 0.707.
        var projection = new GoalBaselineProjection([1, 0, 0, 0, 1, 0], [0, 0, 1], 3, alpha: 0);
        Assert.Equal(0.75f, projection.Score(Red), 1e-6f);
    }

    [Fact]
    public void A_goal_that_equals_its_baseline_is_refused() =>
        Assert.Throws<SettingsException>(() => new GoalBaselineReward("vlm", new ColorModel(), ["red"], ["red"], 0.5f));

    [Fact]
    public async Task Frames_of_another_size_are_refused_by_name_and_size()
    {
        using var reward = new GoalBaselineReward("vlm", new ColorModel(size: 4), ["red"], ["gray"], 0.5f);
        var batch = new TrajectoryBatch(1, 1, FastEnv.Describe(), FrameSpec.Square(8));
        var error = await Assert.ThrowsAsync<SpecMismatchException>(async () =>
            await reward.ScoreAsync(batch, new float[1], ScoreContext.Preview()));
        Assert.Contains("'vlm'", error.Message, StringComparison.Ordinal);
        Assert.Contains("4 x 4", error.Message, StringComparison.Ordinal);
        Assert.Contains("8 x 8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_model_sees_large_batches_and_is_left_to_its_owner()
    {
        var model = new ColorModel();
        var reward = new GoalBaselineReward("vlm", model, ["red"], ["gray"], 0.5f);
        await reward.ScoreAsync(Distinct(8, 16), new float[128], ScoreContext.Preview());
        reward.Dispose();
        Assert.Equal(128, model.LargestBatch);
        Assert.False(model.IsDisposed);
    }

    [Fact]
    public async Task Equal_frames_of_an_episode_are_scored_once_and_alike()
    {
        var model = new ColorModel();
        using var reward = new GoalBaselineReward("vlm", model, ["red"], ["gray"], 0.5f);
        TrajectoryBatch batch = Distinct(8, 16);
        FrameBlock frames = batch.Frames(FrameSpec.Square(4));
        float[] before = new float[128], after = new float[128];
        for (int n = 0; n < 16; n++) frames.Frame(n).CopyTo(frames.Frame(16 + n));
        await reward.ScoreAsync(batch, after, ScoreContext.Preview());
        Assert.Equal(112, model.LargestBatch);
        Assert.Equal(after[..16], after[16..32]);
        frames.Frame(0)[0] ^= 255; // one byte is enough
        await reward.ScoreAsync(batch, before, ScoreContext.Preview());
        Assert.Equal(113, model.LargestBatch);
        Assert.NotEqual(before[0], before[16]);
    }

    [Fact]
    public async Task Frames_that_hardly_changed_have_the_score_of_the_one_before_and_the_error_is_told()
    {
        var model = new ColorModel();
        using var reward = new GoalBaselineReward("vlm", model, ["red"], ["gray"], 0.5f, skipBelow: 3);
        var batch = new TrajectoryBatch(512, 1, FastEnv.Describe(), FrameSpec.Square(4));
        FrameBlock frames = batch.Frames(FrameSpec.Square(4));
        for (int t = 0; t < 512; t++)
            for (int i = 0; i < frames.FrameBytes; i++) frames.Frame(t)[i] = (byte)(i % 3 == 0 ? 100 + (t / 4) : 60);
        float[] scores = new float[512], exact = new float[512];
        var metrics = new Dictionary<string, double>();
        await reward.ScoreAsync(batch, scores, ScoreContext.Preview() with { Metrics = new DictionarySink(metrics) });
        using var full = new GoalBaselineReward("vlm", model, ["red"], ["gray"], 0.5f);
        await full.ScoreAsync(batch, exact, ScoreContext.Preview());

        // red rises by one every four steps; a frame is new when the mean over three channels has risen by more than three
        Assert.Equal(scores[0], scores[39]);
        Assert.Equal(exact[40], scores[40]);
        Assert.InRange(metrics["reward/vlm/skipped"], 0.9, 0.98);
        Assert.InRange(metrics["reward/vlm/skip-error"], 1e-6, scores.Zip(exact, (a, b) => Math.Abs(a - b)).Max());
        Assert.True(reward.Spec.Scope.HasFlag(ScoreScope.Episode));
    }

    [Fact]
    public async Task Other_sentences_are_scored_as_goals_of_their_own_would_be()
    {
        var frames = new FrameBatch(FrameSpec.Square(4), 6);
        var rng = Rng.For(1, "frames");
        foreach (ref byte value in frames.Pixels) value = (byte)rng.Below(256);
        var model = new ColorModel();
        using var reward = new GoalBaselineReward("vlm", model, ["red"], ["gray"], 0.5f, every: 3, framesAtOnce: 4);
        float[] scores = new float[3 * 6], own = new float[6];
        reward.ScoreGoals(frames, ["blue", "gray", "red"], scores, CancellationToken.None);

        Assert.Contains("mean the same", reward.Violation("gray"), StringComparison.Ordinal);
        Assert.Null(reward.Violation("blue"));
        Assert.All(scores[6..12], score => Assert.Equal(float.NaN, score));
        await reward.ScoreAsync(frames, own, ScoreContext.Preview());
        Assert.Equal(own, scores[12..]);
        using var blue = new GoalBaselineReward("vlm", model, ["blue"], ["gray"], 0.5f);
        await blue.ScoreAsync(frames, own, ScoreContext.Preview());
        Assert.Equal(own, scores[..6]);
        Assert.NotEqual(scores[..6], scores[12..]);
    }

    [Fact]
    public void Images_of_another_size_than_the_models_are_refused_by_both_sizes()
    {
        using var reward = new GoalBaselineReward("vlm", new ColorModel(size: 4), ["red"], ["gray"], 0.5f);
        var error = Assert.Throws<SpecMismatchException>(() =>
            reward.ScoreGoals(new FrameBatch(FrameSpec.Square(8), 1), ["red"], new float[1], CancellationToken.None));
        Assert.Contains("4 x 4", error.Message, StringComparison.Ordinal);
        Assert.Contains("8 x 8", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Files() => [.. Fixtures.Family("contrastive/vlm-reward", "rewards*.safetensors")];

    [Theory, Trait("Category", "Parity"), MemberData(nameof(Files))]
    public void Every_case_agrees_with_the_released_implementation(string file)
    {
        var tensors = new FixtureTensors(file);
        string[] rewards = [.. tensors.Names.Where(name => name.EndsWith(".reward", StringComparison.Ordinal))];
        Assert.NotEmpty(rewards);
        foreach (string name in rewards)
        {
            string[] parts = name.Split(".alpha");                          // d20.t3b2 and 0.25.reward
            float alpha = float.Parse(parts[1][..^".reward".Length], System.Globalization.CultureInfo.InvariantCulture);
            int size = (int)tensors.Shape($"{parts[0]}.frames")[1];
            float[] frames = Unit(tensors.Floats($"{parts[0]}.frames"), size);
            (float[] goals, float[] baselines) = Prompts(tensors, parts[0], size);

            var projection = new GoalBaselineProjection(goals, baselines, size, alpha);
            float[] expected = tensors.Floats(name);
            double[] exact = tensors.Doubles(name + "_f64");
            for (int i = 0; i < expected.Length; i++)
            {
                float found = projection.Score(frames.AsSpan(i * size, size));
                Assert.Equal(expected[i], found, 3e-6f);
                Assert.Equal(exact[i], found, 3e-6);
            }
        }
    }

    /// <summary>The rows of <c>.text</c> are goals first; a case whose name does not count them gives the means.</summary>
    private static (float[] Goals, float[] Baselines) Prompts(FixtureTensors tensors, string name, int size)
    {
        Match counts = Regex.Match(name, @"\bt(\d+)b(\d+)$");
        if (!counts.Success) return (tensors.Floats($"{name}.target"), tensors.Floats($"{name}.baseline"));
        int goals = int.Parse(counts.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) * size;
        float[] text = Unit(tensors.Floats($"{name}.text"), size);
        return (text[..goals], text[goals..]);
    }

    private static float[] Unit(float[] rows, int size)
    {
        for (int start = 0; start < rows.Length; start += size)
        {
            double length = Math.Sqrt(rows.AsSpan(start, size).ToArray().Sum(value => (double)value * value));
            for (int i = start; i < start + size; i++) rows[i] = (float)(rows[i] / length);
        }

        return rows;
    }

    /// <summary>A rollout in which no frame is like another.</summary>
    private static TrajectoryBatch Distinct(int steps, int count)
    {
        var batch = new TrajectoryBatch(steps, count, FastEnv.Describe(), FrameSpec.Square(4));
        FrameBlock frames = batch.Frames(FrameSpec.Square(4));
        for (int frame = 0; frame < frames.Frames; frame++) frames.Frame(frame).Fill((byte)(1 + frame));
        return batch;
    }

    private sealed class DictionarySink(Dictionary<string, double> metrics) : IMetricSink
    {
        public void Write(string name, double value) => metrics[name] = value;
    }
}
