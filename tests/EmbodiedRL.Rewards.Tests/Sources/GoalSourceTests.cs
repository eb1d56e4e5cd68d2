using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Rewards.Transforms;

namespace EmbodiedRL.Rewards.Tests.Sources;

public sealed class CosineContract : RewardContract
{
    protected override IReward Create() => new CosineReward("vlm", new ColorModel(), ["red", "blue"], ["gray"]);
}

/// <summary>Windows over three frames of every second step, into the next rollout.</summary>
public sealed class CosineWindowContract : RewardContract
{
    protected override IReward Create() => new CosineReward("vlm", new ColorModel(), ["red"], ["gray"],
        new FrameReading { Window = 3, Over = "max", Every = 2 });
}

public sealed class ClassificationContract : RewardContract
{
    protected override IReward Create() => new ClassificationReward("vlm", new ColorModel(), ["red"], ["gray"],
        new ClassificationOptions { Contrasts = ["green", "blue"], LogitScale = 5 });
}

public sealed class ClassificationOddsContract : RewardContract
{
    protected override IReward Create() => new ClassificationReward("vlm", new ColorModel(), ["red"], ["gray"],
        new ClassificationOptions { Contrasts = ["green"], Output = "log-odds" });
}

public sealed class SuccessDetectorContract : RewardContract
{
    protected override IReward Create() => new SuccessDetectorReward("vlm", new ColorModel(), ["red"], ["gray"],
        new SuccessDetectorOptions { Misses = ["green", "blue"], LogitScale = 5, Output = "probability" });
}

public sealed class CaptionSimilarityContract : RewardContract
{
    protected override IReward Create() =>
        new CaptionSimilarityReward("vlm", new ColorModel(), ["red"], ["gray"], ["red", "green", "blue"]);
}

public sealed class GoalSourceTests
{
    private static readonly float[] Red = [1, 0, 0], Green = [0, 1, 0], Blue = [0, 0, 1], Between = [0.6f, 0.8f, 0];

    public static TheoryData<string> Goals => [.. RewardRegistries.Shipped.Sources.Names.Where(RewardRegistries.Shipped.ReadsGoal)];

    /// <summary>With defaults, on an environment with facts: what score, view and the check of rewards do with each.</summary>
    [Theory, MemberData(nameof(Goals))]
    public async Task Every_goal_source_works_by_its_defaults_and_scores_other_goals_as_a_reward_of_their_own_would(string name)
    {
        var context = new RewardContext { Info = Lights(), Goals = ["a light red"], Baselines = ["a light"], Models = _ => Lamps() };
        using IGoalReward reward = RewardRegistries.Shipped.BuildGoal(null, context, name);
        FrameBatch frames = Lamps().All();
        float[] scores = new float[4], others = new float[8], own = new float[4];
        await reward.ScoreAsync(frames, scores, ScoreContext.Preview());
        Assert.True(scores[0] > scores[1], $"{scores[0]} for red, {scores[1]} for green");
        reward.ScoreGoals(frames, ["a light green", "a light red"], others, CancellationToken.None);
        Assert.Equal(scores, others[4..]);
        using IGoalReward green = RewardRegistries.Shipped.BuildGoal(null, context with { Goals = ["a light green"] }, name);
        await green.ScoreAsync(frames, own, ScoreContext.Preview());
        Assert.Equal(own, others[..4]);
        Assert.Null(reward.Violation("a light green"));
    }

    [Theory, MemberData(nameof(Goals))]
    public void A_goal_source_without_a_goal_or_a_baseline_is_refused(string name)
    {
        var context = new RewardContext { Info = Lights(), Models = _ => Lamps() };
        Assert.Contains("baseline", Assert.Throws<SettingsException>(() => RewardRegistries.Shipped.BuildGoal(null,
            context with { Goals = ["a light red"] }, name)).Message, StringComparison.Ordinal);
        Assert.Contains("goal", Assert.Throws<SettingsException>(() => RewardRegistries.Shipped.BuildGoal(null,
            context with { Baselines = ["a light"] }, name)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_base_leaves_goal_baselines_numbers_as_the_projection_gives_them_bit_for_bit()
    {
        using var reward = new GoalBaselineReward("vlm", new ColorModel(), ["red", "blue"], ["gray"], 0.37f, framesAtOnce: 7);
        TrajectoryBatch batch = NoiseBatches.Rollout(FrameSpec.Square(4));
        float[] scores = new float[batch.Rows], embedding = new float[3], gray = new float[3];
        await reward.ScoreAsync(batch, scores, ScoreContext.Preview());
        new ColorModel().EncodeTexts(["gray"], gray);
        var projection = new GoalBaselineProjection([.. Red, .. Blue], gray, 3, 0.37f);
        for (int row = 0; row < batch.Rows; row++)
        {
            new ColorModel().EncodeImages(batch.Frames(FrameSpec.Square(4)).Frame(row), 4, 4, embedding);
            Assert.Equal(projection.Score(embedding), scores[row]);
        }
    }

    public static TheoryData<string> Files() => [.. Fixtures.Family("contrastive/vlm-reward", "rewards*.safetensors")];

    /// <summary>The released implementation at alpha 0 and with one sentence is plain cosine.</summary>
    [Theory, Trait("Category", "Parity"), MemberData(nameof(Files))]
    public async Task Cosine_agrees_with_the_released_reward_without_regularization(string file)
    {
        var tensors = new FixtureTensors(file);
        string[] cases = [.. tensors.Names.Where(name => name.EndsWith("t1b1.alpha0.0.reward", StringComparison.Ordinal))];
        Assert.NotEmpty(cases);
        foreach (string name in cases)
        {
            string stem = name[..name.IndexOf(".alpha", StringComparison.Ordinal)];
            int size = (int)tensors.Shape($"{stem}.frames")[1];
            float[] text = Unit(tensors.Floats($"{stem}.text"), size);
            var model = new TableModel(size, Unit(tensors.Floats($"{stem}.frames"), size), ("goal", text[..size]), ("base", text[size..]));
            using var reward = new CosineReward("vlm", model, ["goal"], ["base"]);
            float[] expected = tensors.Floats(name), scores = new float[expected.Length];
            await reward.ScoreAsync(model.All(), scores, ScoreContext.Preview());
            RewardFormulas.AssertNear(expected, scores, 3e-6f);
        }
    }

    [Fact]
    public async Task Cosine_of_several_sentences_is_that_of_their_direction()
    {
        // mean of red and green: (1, 1, 0) / 2, at unit length (1, 1, 0) / sqrt 2; goal-baseline would give 0.5 less a constant
        float[] scores = await Score(new CosineReward("vlm", Colors(), ["red", "green"], ["gray"]));
        RewardFormulas.AssertNear([MathF.Sqrt(0.5f), MathF.Sqrt(0.5f), 0, 1.4f * MathF.Sqrt(0.5f)], scores);
        Assert.Throws<SettingsException>(() => new CosineReward("vlm", Colors(), ["red", "anti-red"], ["gray"]));
    }

    [Fact]
    public async Task Classification_is_the_softmax_of_scaled_cosines()
    {
        // scale 2, classes red, green, blue; (0.6, 0.8, 0) has logits 1.2, 1.6, 0
        var options = new ClassificationOptions { Contrasts = ["green", "blue"], LogitScale = 2 };
        double e = Math.Exp(2), between = Math.Exp(1.2) / (Math.Exp(1.2) + Math.Exp(1.6) + 1);
        RewardFormulas.AssertNear([(float)(e / (e + 2)), (float)(1 / (e + 2)), (float)(1 / (e + 2)), (float)between],
            await Score(new ClassificationReward("vlm", Colors(), ["red"], ["gray"], options)));
        float[] odds = await Score(new ClassificationReward("vlm", Colors(), ["red"], ["gray"], options with { Output = "log-odds" }));
        RewardFormulas.AssertNear([(float)(2 - Math.Log(2)), (float)-Math.Log(e + 1), (float)-Math.Log(e + 1),
            (float)Math.Log(between / (1 - between))], odds);
    }

    [Fact]
    public async Task Log_odds_still_tell_states_apart_where_the_probability_is_full()
    {
        var options = new ClassificationOptions { Contrasts = ["blue"], LogitScale = 1000 };
        float[] probabilities = await Score(new ClassificationReward("vlm", Colors(), ["red"], ["gray"], options)),
            odds = await Score(new ClassificationReward("vlm", Colors(), ["red"], ["gray"], options with { Output = "log-odds" }));
        Assert.Equal(1, probabilities[0]);
        Assert.Equal(1, probabilities[3]);
        Assert.Equal(1000, odds[0], 1e-3f);
        Assert.Equal(600, odds[3], 1e-3f);
    }

    [Fact]
    public async Task Contrasts_are_the_other_facts_of_the_goals_subject_and_never_the_goal_in_other_words()
    {
        // classes red against green and blue: "glowing red" is red itself and "lit" is of another subject
        var context = new RewardContext
        {
            Info = Lights(),
            Goals = ["a light glowing red"],
            Baselines = ["a light"],
            Models = _ => Lamps(),
        };
        using IGoalReward reward = RewardRegistries.Shipped.BuildGoal(new ClassificationOptions { LogitScale = 2 }, context,
            "classification");
        double e = Math.Exp(2);
        float[] scores = new float[4];
        await reward.ScoreAsync(Lamps().All(), scores, ScoreContext.Preview());
        Assert.Equal(e / (e + 2), scores[0], 1e-6);
        using IGoalReward room = RewardRegistries.Shipped.BuildGoal(new ClassificationOptions { LogitScale = 2 },
            context with { Goals = ["the room lit"] }, "classification"); // the only fact of its subject: against all three colors
        await room.ScoreAsync(Lamps().All(), scores, ScoreContext.Preview());
        Assert.Equal(1 / (e + 3), scores[0], 1e-6);
    }

    [Fact]
    public void A_classification_without_contrasts_says_what_to_do()
    {
        var error = Assert.Throws<SettingsException>(() =>
            new ClassificationReward("vlm", Colors(), ["red"], ["gray"], new ClassificationOptions()));
        Assert.Contains("contrasts", error.Message, StringComparison.Ordinal);
        using var reward = new ClassificationReward("vlm", Colors(), ["red"], ["gray"], new ClassificationOptions { Contrasts = ["blue"] });
        Assert.Contains("contrasts", reward.Violation("blue"), StringComparison.Ordinal); // its own only contrast
        Assert.Null(reward.Violation("green"));
    }

    [Fact]
    public async Task A_success_detector_is_a_threshold_on_the_two_way_probability()
    {
        var options = new SuccessDetectorOptions { Misses = ["green"], LogitScale = 2 };
        // margins 1, -1, 0, -0.2
        RewardFormulas.AssertNear([1, -1, 0, -0.2f], await Score(Detector(options with { Output = "margin" })));
        RewardFormulas.AssertNear([.. new[] { 1, -1, 0, -0.2 }.Select(margin => (float)(1 / (1 + Math.Exp(-2 * margin))))],
            await Score(Detector(options with { Output = "probability" })));
        Assert.Equal(new float[] { 1, 0, 1, 0 }, await Score(Detector(options)));
        Assert.Equal(new float[] { 1, 0, 1, 1 }, await Score(Detector(options with { Threshold = 0.4 })));
    }

    [Fact]
    public async Task Calibration_turns_margins_into_the_shares_that_were_seen()
    {
        // At margin 0.4 half of the known frames are successes, so the calibrated probability crosses 1/2 there and not at 0.
        double[] successes = [0.9, 0.7, 0.5, 0.3], misses = [0.5, 0.3, 0.1, -0.1];
        var options = new SuccessDetectorOptions
        {
            Misses = ["green"],
            Output = "probability",
            CalibrationSuccesses = successes,
            CalibrationMisses = misses,
        };
        PlattScaling platt = PlattScaling.Fit([.. successes, .. misses], [true, true, true, true, false, false, false, false]);
        Assert.Equal(0.5, platt.Probability(0.4), 1e-6);
        RewardFormulas.AssertNear([.. new[] { 1, -1, 0, -0.2 }.Select(margin => (float)platt.Probability(margin))],
            await Score(Detector(options)));
        Assert.Equal(new float[] { 1, 0, 0, 0 }, await Score(Detector(options with { Output = "success" })));
        Assert.Contains("does not tell", Assert.Throws<SettingsException>(() => Detector(options with
        {
            CalibrationSuccesses = misses,
            CalibrationMisses = successes,
        })).Message, StringComparison.Ordinal);
        Assert.Contains("of misses", string.Concat((options with { CalibrationMisses = [] }).Violations()), StringComparison.Ordinal);
    }

    /// <summary>The transform that exists does it: the probability trembles about 1/2 and the reward switches twice instead of at every
    /// step.</summary>
    [Fact]
    public async Task Hysteresis_of_the_probability_does_not_tremble()
    {
        float[] reds = [0, 0.45f, 0.55f, 0.45f, 0.55f, 0.9f, 0.55f, 0.45f, 0.55f, 0.1f];
        float[] pictures = [.. reds.SelectMany(red => new[] { MathF.Sqrt(red), MathF.Sqrt(1 - red), 0 })];
        var batch = new TrajectoryBatch(reds.Length, 1, FastEnv.Describe(), FrameSpec.Square(1));
        for (int step = 0; step < reds.Length; step++) batch.Frames(FrameSpec.Square(1)).Frame(step)[0] = (byte)step;
        var model = new TableModel(3, pictures, ("red", Red), ("green", Green), ("gray", Blue));
        var source = new SuccessDetectorReward("seen", model, ["red"], ["gray"],
            new SuccessDetectorOptions { Misses = ["green"], LogitScale = 2, Output = "probability" });
        using var term = new RewardTerm(source, [new Hysteresis(new HysteresisOptions { Low = 0.4f, High = 0.6f })], 1);
        float[] rewards = new float[reds.Length], plain = new float[reds.Length];
        await term.ScoreAsync(batch, rewards, NoiseBatches.Context());
        Assert.Equal([0, 0, 0, 0, 0, 1, 1, 1, 1, 0], rewards);
        await source.ScoreAsync(batch, plain, ScoreContext.Preview());
        Assert.Equal([false, false, true, false, true, true, true, false, true, false], plain.Select(score => score >= 0.5f));
    }

    [Fact]
    public async Task A_miss_is_by_default_the_denial_of_the_goal_and_else_the_baseline()
    {
        var context = new RewardContext { Info = Lights(), Goals = ["a light red"], Baselines = ["a light"], Models = _ => Lamps() };
        var options = new SuccessDetectorOptions { Output = "margin" };
        float[] scores = new float[4];
        using (IGoalReward denied = RewardRegistries.Shipped.BuildGoal(options, context, "success-detector"))
            await denied.ScoreAsync(Lamps().All(), scores, ScoreContext.Preview());
        RewardFormulas.AssertNear([1, -MathF.Sqrt(0.5f), -MathF.Sqrt(0.5f)], scores[..3]); // "a light not red" is (0, 1, 1) / sqrt 2
        using (IGoalReward unknown = RewardRegistries.Shipped.BuildGoal(options, context with { Info = null }, "success-detector"))
            await unknown.ScoreAsync(Lamps().All(), scores, ScoreContext.Preview());
        float third = MathF.Sqrt(1 / 3f);
        RewardFormulas.AssertNear([1 - third, -third, -third], scores[..3]);
        Assert.Throws<SettingsException>(() => Detector(new SuccessDetectorOptions { Misses = ["red too"] }));
    }

    [Fact]
    public async Task Caption_similarity_compares_the_best_captions_text_with_the_goal()
    {
        // (0.6, 0.8, 0) is called green; green and the goal "yellow" = (0.8, 0.6, 0) have cosine 0.6, red and yellow 0.8
        using var reward = new CaptionSimilarityReward("vlm", Colors(), ["yellow"], ["gray"], ["red", "green", "blue"]);
        RewardFormulas.AssertNear([0.8f, 0.6f, 0, 0.6f], await Score(reward));
        Assert.Equal(1, reward.Best(Between));
        Assert.Equal(0, reward.Best([0.5f, 0.5f, 0.5f])); // the first of equals
    }

    [Fact]
    public void Captions_that_tell_nothing_apart_are_refused()
    {
        Assert.Throws<SettingsException>(() => new CaptionSimilarityReward("vlm", Colors(), ["red"], ["gray"], ["green"]));
        Assert.Throws<SettingsException>(() => new CaptionSimilarityReward("vlm", Colors(), ["red"], ["gray"], ["green", "blue"]));
    }

    [Fact]
    public async Task Frames_are_shared_as_goal_baseline_shares_them()
    {
        TableModel model = Colors();
        using var reward = new CosineReward("vlm", model, ["red"], ["gray"]);
        var batch = new TrajectoryBatch(6, 2, FastEnv.Describe(), FrameSpec.Square(1)); // all frames alike
        await reward.ScoreAsync(batch, new float[12], ScoreContext.Preview());
        Assert.Equal(2, model.Encoded);
    }

    private static SuccessDetectorReward Detector(SuccessDetectorOptions options) => new("vlm", Colors(), ["red"], ["gray"], options);

    private static async Task<float[]> Score(GoalReward reward)
    {
        float[] scores = new float[4];
        using (reward) await reward.ScoreAsync(Colors().All(), scores, ScoreContext.Preview());
        return scores;
    }

    private static TableModel Colors() => new(3, [.. Red, .. Green, .. Blue, .. Between], ("red", Red), ("green", Green), ("blue", Blue),
        ("yellow", [0.8f, 0.6f, 0]), ("anti-red", [-1, 0, 0]), ("red too", Red), ("gray", [0, 0, 1]));

    private static TableModel Lamps()
    {
        float half = MathF.Sqrt(0.5f), third = MathF.Sqrt(1 / 3f);
        return new TableModel(4, [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, half, half, 0, 0], ("a light red", [1, 0, 0, 0]),
            ("a light glowing red", [1, 0, 0, 0]), ("a light green", [0, 1, 0, 0]), ("a light blue", [0, 0, 1, 0]),
            ("the room lit", [0, 0, 0, 1]), ("a light", [third, third, third, 0]), ("a light not red", [0, half, half, 0]),
            ("a light not green", [half, 0, half, 0]));
    }

    private static EnvironmentInfo Lights() => FastEnv.Describe() with
    {
        Baseline = "a light",
        Subjects = [new Subject("light", ["a light"]), new Subject("room", ["the room"])],
        Facts =
        [
            .. new[] { "red", "green", "blue" }.Select(color => new Fact(color, "light", [color, $"glowing {color}"], [], _ => 0)),
            new Fact("lit", "room", ["lit"], [], _ => 0),
        ],
    };

    private static float[] Unit(float[] rows, int size)
    {
        foreach (int start in Enumerable.Range(0, rows.Length / size).Select(row => row * size))
        {
            double length = Math.Sqrt(rows.AsSpan(start, size).ToArray().Sum(value => (double)value * value));
            for (int i = start; i < start + size; i++) rows[i] = (float)(rows[i] / length);
        }

        return rows;
    }
}
