using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Learned;

namespace EmbodiedRL.Rewards.Tests.Learned;

public sealed class StepwisePerceptualContract : RewardContract
{
    protected override IReward Create() => new StepwisePerceptualReward("steps", new ColorModel(), [Demonstration(1), Demonstration(2)],
        new StepwisePerceptualOptions { File = "-", LeastFrames = 2, Features = 2 });

    /// <summary>Red, then green, then blue, a little different in every frame.</summary>
    private static DemonstrationFrames Demonstration(ulong seed)
    {
        var rng = Rng.For(seed, "demonstration");
        byte[] pixels = new byte[12 * 4 * 4 * 3];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = (byte)(rng.Below(60) + (i % 3 == i / (4 * 4 * 3) / 4 ? 150 : 40));
        return new DemonstrationFrames(pixels, 4, 4);
    }
}

public sealed class StepDiscoveryTests
{
    [Fact]
    public void Cuts_are_where_the_features_jump()
    {
        float[] features = [0, 0, 0.1f, 5, 5.1f, 5, 5, 9, 9.1f, 9];
        Assert.Equal([0, 3, 7], StepDiscovery.Split(features, 1, 3, 1));
        Assert.Equal([0], StepDiscovery.Split(features, 1, 1, 1));
    }

    [Fact]
    public void It_is_the_best_of_all_cuts()
    {
        var rng = Rng.For(5, "features");
        for (int trial = 0; trial < 20; trial++)
        {
            float[] features = new float[11 * 2];
            for (int i = 0; i < features.Length; i++) features[i] = (float)rng.Normal() + (i / 2 > 4 ? 1 : 0);
            double least = double.PositiveInfinity;
            for (int first = 2; first <= 7; first++)
                for (int second = first + 2; second <= 9; second++)
                    least = Math.Min(least, Cost(features, [0, first, second]));
            int[] found = StepDiscovery.Split(features, 2, 3, 2);
            Assert.Equal(least, Cost(features, found), 1e-9);
        }
    }

    /// <summary>Rests of 8 frames and a move of 4: counted once a segment, a cut about the move alone would cost less.</summary>
    [Fact]
    public void A_movement_is_no_step_of_its_own()
    {
        float[] features = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 5, 5, 5, 5, 5, 5, 5];
        Assert.InRange(StepDiscovery.Split(features, 1, 2, 3)[1], 9, 11);
    }

    [Fact]
    public void A_step_has_its_fewest_frames_and_a_demonstration_too_short_is_refused()
    {
        Assert.Equal([0, 3], StepDiscovery.Split([0, 9, 9, 9, 9, 9], 1, 2, 3)); // the jump is after the first frame
        var error = Assert.Throws<SpecMismatchException>(() => StepDiscovery.Split([0, 1, 2, 3, 4], 1, 2, 3));
        Assert.Contains("6 frames", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Mean over two features of the population deviation, summed over frames, by the textbook's two passes.</summary>
    private static double Cost(float[] features, int[] starts)
    {
        double sum = 0;
        for (int i = 0; i < starts.Length; i++)
            for (int j = 0; j < 2; j++)
            {
                double[] values = [.. Enumerable.Range(starts[i], (i + 1 < starts.Length ? starts[i + 1] : features.Length / 2) - starts[i])
                    .Select(frame => (double)features[(frame * 2) + j])];
                sum += Math.Sqrt(values.Average(value => (value - values.Average()) * (value - values.Average()))) * values.Length / 2;
            }

        return sum;
    }
}

public sealed class StepwisePerceptualTests
{
    /// <summary>Feature 0 says little of step 2 and feature 1 all; feature 2 is the same always.</summary>
    private static readonly float[] Pictures =
    [
        0, 0, 1,   0.2f, 0.1f, 1,   0, 0.1f, 1,   0.2f, 0, 1,        // step 1: pictures 0 to 3
        0.1f, 1, 1,   0.3f, 1.2f, 1,   0.1f, 1.2f, 1,   0.3f, 1, 1,  // step 2
    ];

    [Fact]
    public async Task A_step_is_known_by_the_feature_that_tells_it_apart_and_scored_by_its_normalized_distance()
    {
        // Of feature 1, own: mean 1.1, deviation 0.1; other: mean 0.05, deviation 0.05. z = (5 * 1.05 - 0.15) / 0.53, against
        // (5 * 0.1 - 0.2) / 0.11 of feature 0. R = -((s - 1.1) / 0.1)^2: own frames have -1, others -121 or -100 (median -110.5).
        using StepwisePerceptualReward reward = Reward(Pictures, features: 1);
        Assert.Equal([0, 4], Assert.Single(reward.Borders));
        double Expected(double s) => Math.Clamp((110.5 - Math.Pow((s - 1.1) / 0.1, 2)) / 109.5, 0, 1);
        float[] scores = new float[8];
        await reward.ScoreAsync(Model(Pictures).All(), scores, ScoreContext.Preview());
        for (int i = 0; i < 8; i++) Assert.Equal(Expected(Pictures[(3 * i) + 1]), scores[i], 1e-4);
        Assert.Equal(Expected(0.5), reward.StepScore(1, [9, 0.5f, 9]), 1e-4);
    }

    /// <summary>The pitfall: without a common range the loud second step would outweigh the quiet last one.</summary>
    [Fact]
    public async Task An_early_loud_step_does_not_outweigh_the_goal()
    {
        float[] pictures = new float[12 * 3];
        for (int i = 0; i < 12; i++)
            (pictures[3 * i], pictures[(3 * i) + 1], pictures[(3 * i) + 2]) =
                (i is >= 4 and < 8 ? 100 : 0, i >= 8 ? 0.3f : 0, 1);
        using StepwisePerceptualReward reward = Reward(pictures, features: 1, steps: 3);
        float[] scores = new float[12];
        await reward.ScoreAsync(Model(pictures).All(), scores, ScoreContext.Preview());
        RewardFormulas.AssertNear([0, 0, 0, 0, 1 / 3f, 1 / 3f, 1 / 3f, 1 / 3f, 2 / 3f, 2 / 3f, 2 / 3f, 2 / 3f], scores);
        using StepwisePerceptualReward last = Reward(pictures, features: 1, steps: 3, lastOnly: true);
        await last.ScoreAsync(Model(pictures).All(), scores, ScoreContext.Preview());
        RewardFormulas.AssertNear([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1], scores);
    }

    /// <summary>The pitfall: a feature that never moves within a step would have an infinite weight.</summary>
    [Fact]
    public void A_feature_that_does_not_move_has_a_floor_under_its_deviation()
    {
        float[] pictures = [.. Enumerable.Range(0, 8).SelectMany(i => new float[] { i < 4 ? 0 : 1, i % 2, 1 })];
        using StepwisePerceptualReward reward = Reward(pictures, features: 1);
        // deviation over all frames 0.5, floor 0.1 of it: others lie 20 deviations away, and 5 away is 1 - 25 / 400
        Assert.Equal(1 - (25 / 400.0), reward.StepScore(1, [0.75f, 0, 1]), 1e-6);
    }

    [Fact]
    public void Steps_that_look_alike_are_refused()
    {
        float[] pictures = [.. Enumerable.Range(0, 8).SelectMany(_ => new float[] { 1, 1, 1 })];
        Assert.Contains("steps", Assert.Throws<SettingsException>(() => Reward(pictures, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_composed_by_settings_from_a_file_of_demonstrations()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            DemonstrationFrames.Write(Path.Combine(folder, "demos.safetensors"), [Demonstration(8)]);
            var settings = new RewardStackSettings
            {
                Terms = [new RewardTermSettings { Name = "steps", Source = "stepwise-perceptual", Options = Options(1, 2) }],
            };
            var context = new RewardContext { Folder = folder, Models = _ => Model(Pictures) };
            using RewardStack stack = RewardRegistries.Shipped.Build(settings, context);
            using StepwisePerceptualReward direct = Reward(Pictures, 1);
            float[] scores = new float[8], expected = new float[8];
            await stack.ScoreAsync(Model(Pictures).All(), scores, NoiseBatches.Context());
            await direct.ScoreAsync(Model(Pictures).All(), expected, NoiseBatches.Context());
            Assert.Equal(expected, scores);
            File.WriteAllText(Path.Combine(folder, "demos.safetensors"), "no such thing");
            Assert.ThrowsAny<EmbodiedException>(() => RewardRegistries.Shipped.Build(settings, context));
            File.Delete(Path.Combine(folder, "demos.safetensors"));
            Assert.Throws<AssetMissingException>(() => RewardRegistries.Shipped.Build(settings, context));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static StepwisePerceptualOptions Options(int features, int steps, bool lastOnly = false) =>
        new() { File = "demos.safetensors", Features = features, Steps = steps, LeastFrames = 2, LastOnly = lastOnly };

    private static StepwisePerceptualReward Reward(float[] pictures, int features, int steps = 2, bool lastOnly = false) =>
        new("steps", Model(pictures), [Demonstration(pictures.Length / 3)], Options(features, steps, lastOnly));

    private static TableModel Model(float[] pictures) => new(3, pictures);

    /// <summary>The pictures in their order.</summary>
    private static DemonstrationFrames Demonstration(int frames) =>
        new([.. Enumerable.Range(0, frames).SelectMany(i => new byte[] { (byte)i, 0, 0 })], 1, 1);
}
