using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Rewards.Exploration;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;

namespace EmbodiedRL.Rewards.Tests.Exploration;

public sealed class LearnedBonusTests
{
    private static readonly string[] Names = ["e3b", "global-episodic", "icm", "ngu", "rnd"];

    public static TheoryData<string> All => [.. Names];

    [Fact]
    public async Task A_predictor_errs_less_where_it_has_learned()
    {
        EnvironmentInfo info = Walk.Line(2);
        using var reward = new RandomNetworkDistillation("rnd",
            new RandomNetworkDistillationOptions { Normalize = false, Share = 1, Epochs = 4 }, info);
        var walk = new Walk(16, info);
        var rng = Rng.For(3, "places");
        for (int rollout = 0; rollout < 20; rollout++)
            await Walk.ScoreAndLearn(reward, walk.Rollout(16, (_, n) => [Near(ref rng, n % 2), Near(ref rng, -(n % 2))]));
        float[] errors = await Walk.Score(reward, walk.Rollout(16, (_, n) => n < 8 // visited: (0, 0) and (1, -1)
            ? [Near(ref rng, n % 2), Near(ref rng, -(n % 2))]
            : [Near(ref rng, n % 2), Near(ref rng, 1 - (2 * (n % 2)))]), frozen: true);
        double known = errors.Where((_, row) => row % 16 < 8).Average(), unknown = errors.Where((_, row) => row % 16 >= 8).Average();
        Assert.True(unknown > 5 * known, $"{unknown} where it has not been, {known} where it has");

        static float Near(ref Rng rng, float center) => center + (0.1f * (float)rng.Normal());
    }

    /// <summary>Choices move the first number, noise the second: half of what is observed no action can tell.</summary>
    [Fact]
    public async Task Curiosity_falls_where_actions_tell_what_follows()
    {
        EnvironmentInfo info = Walk.Line(1);
        using var reward = new IntrinsicCuriosity("icm", new IntrinsicCuriosityOptions { Normalize = false, Epochs = 8 }, info);
        var walk = new Walk(16, info);
        var rng = Rng.For(4, "choices");
        float[] places = new float[16];
        (double first, double last) = (0, 0);
        for (int rollout = 0; rollout < 25; rollout++)
        {
            int[] choices = [.. Enumerable.Range(0, 16 * 16).Select(_ => rng.Below(3))];
            TrajectoryBatch batch = walk.Rollout(16, (t, n) =>
                [places[n] = Math.Clamp(places[n] + (0.2f * (choices[(t * 16) + n] - 1)), -1, 1)], action: (t, n) => choices[(t * 16) + n]);
            double bonus = (await Walk.ScoreAndLearn(reward, batch)).Average();
            (first, last) = (rollout == 0 ? bonus : first, bonus);
        }

        var wrong = new Walk(1, info); // the same moves with the choices exchanged
        TrajectoryBatch odd = wrong.Rollout(4, (t, _) => [0.2f * (t + 1)], action: (_, _) => 0);
        double surprise = (await Walk.Score(reward, odd, frozen: true)).Average();
        Assert.True(last < 0.5 * first, $"{first} at first, {last} after learning");
        Assert.True(surprise > 3 * last, $"{surprise} against {last}");
    }

    [Fact]
    public async Task Elliptical_bonus_of_a_first_row_exceeds_1_and_every_episode_begins_anew()
    {
        EnvironmentInfo info = Walk.Line(2);
        using var reward = new EllipticalEpisodicBonus("e3b",
            new EllipticalEpisodicOptions { Encoder = "identity", Ridge = 0.5, Normalize = false }, info);
        var walk = new Walk(2, info);
        await Walk.Score(reward, walk.Rollout(64, (t, _) => [t % 2, (t / 2) % 2], (t, _) => t == 63)); // moments
        TrajectoryBatch batch = walk.Rollout(4, (_, _) => [1, 0], (t, n) => t == 1 && n == 0);
        float[] bonus = await Walk.Score(reward, batch, frozen: true);
        // standardized to about (1, -1): |phi|^2 / ridge is 4, then b / (1 + k b)
        float first = bonus[0];
        Assert.Equal(4, first, 0.1);
        AssertNear([first, first, first / (1 + first), first / (1 + first), first, first / (1 + (2 * first)), first / (1 + first),
            first / (1 + (3 * first))], bonus, 1e-4f);
    }

    [Fact]
    public void The_updated_inverse_is_the_inverse()
    {
        const int size = 5;
        var memory = new EllipticalMemory(size, 0.1);
        var rng = Rng.For(5, "features");
        double[,] matrix = new double[size, size];
        for (int i = 0; i < size; i++) matrix[i, i] = 0.1;
        for (int step = 0; step < 200; step++)
        {
            float[] features = [.. Enumerable.Range(0, size).Select(_ => (float)rng.Normal())];
            memory.Add(features);
            for (int i = 0; i < size; i++)
                for (int j = 0; j < size; j++) matrix[i, j] += (double)features[i] * features[j];
        }

        for (int i = 0; i < size; i++)
            for (int j = 0; j < size; j++)
            {
                double product = 0;
                for (int k = 0; k < size; k++) product += matrix[i, k] * memory.Inverse[(k * size) + j];
                Assert.Equal(i == j ? 1 : 0, product, 1e-9);
            }
    }

    /// <summary>The next episode's first observation is not what an episode's last action led to.</summary>
    [Fact]
    public async Task Transitions_end_at_the_final_observation()
    {
        using var reward = new GlobalEpisodicBonus("both",
            new GlobalEpisodicOptions { Episodic = "none", Global = "count", Width = [1], Normalize = false }, Walk.Line());
        var walk = new Walk(1, Walk.Line());
        // episodes begin at 0, which no transition reaches
        AssertNear([1, 1, 1], await Walk.Score(reward, walk.Rollout(3, (t, _) => [t + 1], (t, _) => t == 1)));
        AssertNear([1], await Walk.Score(reward, walk.Rollout(1, (_, _) => [0]), frozen: true));
    }

    [Fact]
    public async Task Global_times_episodic_is_the_product_of_both_alone()
    {
        GlobalEpisodicOptions Options(string episodic, string global) => new()
        {
            Episodic = episodic,
            Global = global,
            Encoder = "identity",
            Normalize = false,
            Hidden = 8,
        };

        (string, string)[] pairs = [("elliptical", "distillation"), ("first-visit", "count"), ("elliptical", "count")];
        foreach ((string episodic, string global) in pairs)
        {
            float[][] scores = new float[3][];
            (string, string)[] parts = [(episodic, global), (episodic, "none"), ("none", global)];
            for (int i = 0; i < parts.Length; i++)
            {
                using var reward = new GlobalEpisodicBonus("both", Options(parts[i].Item1, parts[i].Item2), FastEnv.Describe());
                foreach (TrajectoryBatch batch in NoiseBatches.Rollouts([]).Take(3)) scores[i] = await Walk.ScoreAndLearn(reward, batch);
            }

            Assert.True(scores[0].Distinct().Count() > 1);
            AssertNear([.. scores[1].Zip(scores[2], (e, g) => e * g)], scores[0], 1e-5f);
        }

        Assert.Contains("found neither", Options("none", "none").Violations().Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Never_give_up_bounds_the_factor_of_the_run()
    {
        Assert.Equal(1, NeverGiveUp.GlobalFactor(0.5, 1, 2, 5));
        Assert.Equal(2, NeverGiveUp.GlobalFactor(3, 1, 2, 5));
        Assert.Equal(5, NeverGiveUp.GlobalFactor(100, 1, 2, 5));
    }

    [Fact]
    public void A_kernel_forgets_the_oldest_and_a_repeated_vector_earns_nothing()
    {
        var memory = new EpisodicKernel(1, new EpisodicKernelSettings { Neighbors = 100, Capacity = 80 });
        Assert.Equal(0, memory.Add([1]));
        Assert.True(memory.Add([2]) > 1);
        double last = 1;
        for (int i = 0; i < 200; i++) last = memory.Add([1]);
        Assert.Equal(0, last); // sqrt(80) > 8
        Assert.Equal(80, memory.Count);
    }

    [Fact]
    public void The_filter_runs_along_time_and_over_ends_of_episodes()
    {
        var scale = new DiscountedSumScale(0.5);
        float[] rewards = [1, 0, 1, 2]; // [2 steps, 2 environments]: sums 1, 0, 1.5, 2
        scale.Apply(rewards, 2, frozen: false);
        double variance = new[] { 1, 0, 1.5, 2 }.Select(sum => Math.Pow(sum - 1.125, 2)).Average();
        Assert.Equal(Math.Sqrt(variance), scale.Deviation, 1e-3);
        AssertNear([(float)(1 / scale.Deviation), 0, (float)(1 / scale.Deviation), (float)(2 / scale.Deviation)], rewards);
        double before = scale.Deviation;
        scale.Apply(rewards, 2, frozen: true);
        Assert.Equal(before, scale.Deviation);
    }

    [Theory, MemberData(nameof(All))]
    public void An_environment_without_numbers_is_refused_with_both_names(string source)
    {
        var context = new RewardContext { Info = GridEnv.Describe(seesImages: true), Term = "curious" };
        Assert.Equal("reward 'curious' in environment 'grid': expected a vector of observation numbers, found none.",
            Assert.Throws<SpecMismatchException>(() => RewardRegistries.Shipped.Sources.Create(source, null, context)).Message);
        Assert.Contains("reward 'curious': expected trajectories", Assert.Throws<SpecMismatchException>(() =>
            RewardRegistries.Shipped.Sources.Create(source, null, context with { Info = null })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_matrix_that_would_be_too_large_is_refused()
    {
        string message = Assert.Throws<SpecMismatchException>(() => new EllipticalEpisodicBonus("e3b",
            new EllipticalEpisodicOptions { Encoder = "identity" }, Walk.Line(600))).Message;
        Assert.Contains("at most 512 observed numbers without an encoder", message, StringComparison.Ordinal);
        Assert.Contains("encoder: expected inverse-dynamics or identity",
            new EllipticalEpisodicOptions { Encoder = "cnn" }.Violations().Single(), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(All))]
    public async Task Choices_are_learned_from_as_well_as_real_valued_actions(string source)
    {
        EnvironmentInfo info = FastEnv.Describe(discrete: true);
        using IReward reward = RewardRegistries.Shipped.Sources.Create(source, null, new RewardContext { Info = info, Term = source });
        var walk = new Walk(4, info);
        var rng = Rng.For(6, "choices");
        float[] scores = [];
        for (int rollout = 0; rollout < 3; rollout++)
            scores = await Walk.ScoreAndLearn(reward, walk.Rollout(8, (_, _) => [(float)rng.Normal(), (float)rng.Normal()],
                (_, _) => rng.Below(6) == 0, (_, _) => rng.Below(3)));
        Assert.True(scores.Distinct().Count() > 4);
        Assert.All(scores, score => Assert.True(score >= 0 && float.IsFinite(score)));
    }
}

/// <summary>Nothing is left behind after scoring, learning, saving and disposal.</summary>
[Collection(SerialCollection.Name)]
public sealed class BonusLeakTests
{
    public static TheoryData<string> All => LearnedBonusTests.All;

    [Theory, MemberData(nameof(All)), NoTensorLeaks]
    public async Task A_bonus_leaves_no_tensors(string source)
    {
        var context = new RewardContext { Info = FastEnv.Describe(), Term = source };
        for (int round = 0; round < 2; round++)
        {
            using IReward reward = RewardRegistries.Shipped.Sources.Create(source, null, context);
            foreach (TrajectoryBatch batch in NoiseBatches.Rollouts([]).Take(4)) await Walk.ScoreAndLearn(reward, batch);
            var snapshot = new Snapshot();
            reward.Save(snapshot);
            reward.Load(snapshot);
        }
    }
}
