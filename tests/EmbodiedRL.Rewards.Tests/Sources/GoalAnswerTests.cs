using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Rewards.Tests.Sources;

public sealed class GoalAnswerContract : RewardContract
{
    protected override IReward Create() => new GoalAnswerReward("answer", new ColorAnswerer(), "red", new GoalAnswerOptions());
}

/// <summary>Skips all it may: every row has the score of its episode's first one, and of no other episode's.</summary>
public sealed class GoalAnswerSkippingContract : RewardContract
{
    protected override IReward Create() =>
        new GoalAnswerReward("answer", new ColorAnswerer(), "red", new GoalAnswerOptions { SkipBelow = 255 });
}

/// <summary>Windows over three frames of every second step, into the next rollout.</summary>
public sealed class GoalAnswerWindowContract : RewardContract
{
    protected override IReward Create() => new GoalAnswerReward("answer", new ColorAnswerer(), "green",
        new GoalAnswerOptions { Window = 3, Over = "min", Every = 2, Reasoning = "generated" });
}

public sealed class GoalAnswerTests : IDisposable
{
    private const string Red = "Goal: the light red. Is it reached?", Green = "Goal: the light green. Is it reached?";

    private readonly string _folder = Directory.CreateTempSubdirectory("goal-answer").FullName;

    private string CalibrationPath => Path.Combine(_folder, "a.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_pays_the_probability_of_yes()
    {
        // 4 of a channel of 255 is one unit of log-odds
        using var reward = new GoalAnswerReward("answer", new ColorAnswerer(), "red", new GoalAnswerOptions());
        float[] scores = await Score(reward, Frames((104, 100), (100, 100), (92, 100), (255, 0)));
        RewardFormulas.AssertNear([Sigmoid(1), 0.5f, Sigmoid(-2), 1], scores);
        Assert.Equal((0, 1), (reward.Spec.Minimum, reward.Spec.Maximum));
    }

    [Fact]
    public async Task A_goal_is_asked_in_the_words_of_training_questions_whatever_its_wording()
    {
        foreach (string sentence in new[] { "a light red", "a light glowing red" })
        {
            var model = new ColorAnswerer();
            using var reward = new GoalAnswerReward("answer", model, sentence, new GoalAnswerOptions(), Lights());
            await Score(reward, Frames((104, 100)));
            Assert.Equal([Red], model.Asked.Select(asked => asked.Text));
            Assert.Equal(Red, GoalQuestion.Of(Lights().Facts[0]));
        }
    }

    [Fact]
    public async Task A_denied_claim_is_paid_for_the_no_and_several_by_their_product()
    {
        FrameBatch frames = Frames((104, 100), (92, 100));
        using var denied = new GoalAnswerReward("answer", new ColorAnswerer(), "a light not red", new GoalAnswerOptions(), Lights());
        RewardFormulas.AssertNear([Sigmoid(-1), Sigmoid(2)], await Score(denied, frames));
        Assert.Equal($"{Red} no", $"{denied.Asked}");

        var model = new ColorAnswerer();
        using var both = new GoalAnswerReward("answer", model, "a light red and green", new GoalAnswerOptions(), Lights());
        RewardFormulas.AssertNear([Sigmoid(1) * Sigmoid(-1), Sigmoid(-2) * Sigmoid(2)], await Score(both, frames));
        Assert.Equal([Red, Green], model.Asked.Select(asked => asked.Text));
    }

    /// <summary>All that may be so of the subject, what the model writes, or nothing.</summary>
    [Fact]
    public async Task Reasoning_says_what_goes_before_the_answer()
    {
        var model = new ColorAnswerer();
        foreach (string reasoning in new[] { "weighed", "generated", "none" })
        {
            var options = new GoalAnswerOptions { Reasoning = reasoning };
            using var reward = new GoalAnswerReward("answer", model, "a light red", options, Lights());
            await Score(reward, Frames((104, 100)));
        }

        using var unknown = new GoalAnswerReward("answer", model, "red", new GoalAnswerOptions());
        await Score(unknown, Frames((104, 100)));
        Assert.Equal([["the light red", "the light green"], null, [""], null], model.Asked.Select(asked => asked.Thoughts));
    }

    [Fact]
    public void Log_odds_stay_finite_where_probabilities_are_0_or_1_to_a_double()
    {
        var goal = new AskedGoal([new AskedClaim("one", false, []), new AskedClaim("other", false, [])]);
        Assert.Equal(50, goal.LogOdds([1000, 1000]));
        Assert.Equal(-50, goal.LogOdds([-1000, 1000]));
        Assert.Equal(2, goal.LogOdds([2, 1000]), 1e-9);
        Assert.Equal(50, new AskedGoal([new AskedClaim("one", false, [])]).LogOdds([1000]));
    }

    [Fact]
    public async Task Equal_frames_of_an_episode_are_asked_about_once_and_large_batches_in_parts()
    {
        var model = new ColorAnswerer();
        using var reward = new GoalAnswerReward("answer", model, "red", new GoalAnswerOptions());
        var batch = new TrajectoryBatch(2, 300, FastEnv.Describe(), FrameSpec.Square(4));
        FrameBlock frames = batch.Frames(FrameSpec.Square(4));
        for (int frame = 0; frame < frames.Frames; frame++) frames.Frame(frame).Fill((byte)(frame % 300));
        float[] scores = new float[batch.Rows];
        await reward.ScoreAsync(batch, scores, ScoreContext.Preview());
        Assert.Equal((300, 256), (model.Frames, model.LargestBatch));
        Assert.Equal(scores[..300], scores[300..]);
    }

    [Fact]
    public async Task A_calibration_maps_log_odds_and_is_refused_for_anything_else_than_it_was_fitted_to()
    {
        var fitted = new AnswerCalibration
        {
            Model = "colors",
            Question = "Goal: red. Is it reached? yes",
            Reasoning = "weighed",
            Slope = 0.5,
            Intercept = -1,
        };
        fitted.Write(CalibrationPath);
        AnswerCalibration read = AnswerCalibration.Read(CalibrationPath);
        Assert.Equal(fitted, read);
        using var reward = new GoalAnswerReward("answer", new ColorAnswerer(), "red", new GoalAnswerOptions(), calibration: read);
        FrameBatch frames = Frames((108, 100), (92, 100));
        RewardFormulas.AssertNear([Sigmoid(0), Sigmoid(-2)], await Score(reward, frames));
        float[] odds = new float[2];
        reward.LogOdds(frames, odds, CancellationToken.None);
        RewardFormulas.AssertNear([2, -2], odds);

        foreach ((string found, AnswerCalibration other) in new[]
        {
            ("'others'", fitted with { Model = "others" }), ("Goal: green", fitted with { Question = "Goal: green. Is it reached? yes" }),
            ("'generated'", fitted with { Reasoning = "generated" }),
        })
            Assert.Contains(found, Assert.Throws<SettingsException>(() => new GoalAnswerReward("answer", new ColorAnswerer(), "red",
                new GoalAnswerOptions(), calibration: other)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{ "model": "m", "question": "q", "reasoning": "weighed", "slope": -1, "intercept": 0 }""")]
    [InlineData("""{ "model": "m", "question": "q", "reasoning": "weighed", "slope": 1, "intercept": 0, "other": 1 }""")]
    [InlineData("""{ "model": "", "question": "q", "reasoning": "weighed", "slope": 1, "intercept": 0 }""")]
    [InlineData("""{ "model": "m", "question": "q", "reasoning": "weighed", "slope": 1e999, "intercept": 0 }""")]
    public void A_damaged_calibration_is_one_clear_error(string text)
    {
        File.WriteAllText(CalibrationPath, text);
        Assert.Contains("a.json", Assert.Throws<CorruptFileException>(() => AnswerCalibration.Read(CalibrationPath)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Goals_that_cannot_be_asked_are_refused_by_term_and_reason()
    {
        Assert.Contains("'purple' in 'purple'", Refused("purple", null), StringComparison.Ordinal);
        Assert.Contains("found nothing", Refused(" ", null), StringComparison.Ordinal);
        Assert.Contains("every state", Refused("a light", Lights()), StringComparison.Ordinal);
        Assert.Contains("'lit'", Refused("the room lit", Lights()), StringComparison.Ordinal);
        Assert.Contains("reasoning: expected", Assert.Throws<SettingsException>(() =>
            new GoalAnswerReward("answer", new ColorAnswerer(), "red", new GoalAnswerOptions { Reasoning = "long" })).Message,
            StringComparison.Ordinal);
    }

    /// <summary>As settings name it: the run's goal, unless the term says its own; a model that nobody lends is named.</summary>
    [Fact]
    public async Task Settings_name_it_with_the_runs_goal_or_its_own()
    {
        var model = new ColorAnswerer();
        var context = new RewardContext { Info = Lights(), Goals = ["a light green"], VisualAnswerers = _ => model };
        using (RewardStack own = Build(new GoalAnswerOptions { Goal = "a light red" }, context)) await ScoreStack(own);
        using (RewardStack runs = Build(new GoalAnswerOptions(), context)) await ScoreStack(runs);
        Assert.Equal([Red, Green], model.Asked.Select(asked => asked.Text));

        string error = Assert.Throws<SettingsException>(() => Build(new GoalAnswerOptions(), new RewardContext
        {
            Info = Lights(),
            Goals = ["a light red"]
        })).Message;
        Assert.Contains("model of the reward term 'answer'", error, StringComparison.Ordinal);
        Assert.Contains("'scene-reasoner'", error, StringComparison.Ordinal);
        Assert.Throws<AssetMissingException>(() => Build(new GoalAnswerOptions { Calibration = "none.json" }, context));
    }

    [Fact]
    public void Brier_score_and_expected_calibration_error_are_those_reckoned_by_hand()
    {
        // errors 0.1, 0.2, 0.4, 0: (0.01 + 0.04 + 0.16 + 0) / 4. Bins: [0.8, 0.9) holds 0.8 (right), the last 0.9 and 1 (both right),
        // [0.4, 0.5) holds 0.4 (wrong): (|0.8 - 1| + |1.9 - 2| + |0.4 - 0|) / 4
        double[] said = [0.9, 0.8, 0.4, 1];
        bool[] right = [true, true, false, true];
        Assert.Equal(0.0525, CalibrationMeasures.Brier(said, right), 1e-12);
        Assert.Equal(0.175, CalibrationMeasures.ExpectedError(said, right), 1e-12);
        // over-confident and under-confident answers of one bin cancel: that is what the measure does
        Assert.Equal(0, CalibrationMeasures.ExpectedError([0.5, 0.5], [true, false]), 1e-12);
        Assert.Equal(1, CalibrationMeasures.ExpectedError([1, 0], [false, true]), 1e-12);
        Assert.Throws<SpecMismatchException>(() => CalibrationMeasures.Brier([1.5], [true]));
        Assert.Throws<SpecMismatchException>(() => CalibrationMeasures.Brier([0.5], [true, false]));
    }

    private static string Refused(string goal, EnvironmentInfo? info) => Assert.Throws<SettingsException>(() =>
        new GoalAnswerReward("answer", new ColorAnswerer(), goal, new GoalAnswerOptions(), info)).Message;

    private static RewardStack Build(GoalAnswerOptions options, RewardContext context) => RewardRegistries.Shipped.Build(
        new RewardStackSettings { Terms = [new() { Name = "answer", Source = "goal-answer", Options = options }] }, context);

    private static async Task ScoreStack(RewardStack stack)
    {
        var batch = new TrajectoryBatch(1, 1, Lights(), FrameSpec.Square(4));
        await stack.ScoreAsync(batch, new float[1], ScoreContext.Preview());
    }

    private static async Task<float[]> Score(IReward reward, FrameBatch frames)
    {
        float[] scores = new float[frames.Rows];
        await reward.ScoreAsync(frames, scores, ScoreContext.Preview());
        return scores;
    }

    private static FrameBatch Frames(params (byte Red, byte Green)[] colors)
    {
        var frames = new FrameBatch(FrameSpec.Square(4), colors.Length);
        for (int i = 0; i < frames.Pixels.Length; i++)
            frames.Pixels[i] = (i % 3) switch { 0 => colors[i / 48].Red, 1 => colors[i / 48].Green, _ => 0 };
        return frames;
    }

    private static float Sigmoid(double x) => (float)(1 / (1 + Math.Exp(-x)));

    private static EnvironmentInfo Lights() => FastEnv.Describe() with
    {
        Baseline = "a light",
        Subjects = [new Subject("light", ["a light"]), new Subject("room", ["the room"])],
        Facts =
        [
            .. new[] { "red", "green" }.Select(color => new Fact(color, "light", [color, $"glowing {color}"], [], _ => 0)),
            new Fact("lit", "room", ["lit"], [], _ => 0),
        ],
    };
}

/// <summary>Answers whether a picture is red, or green: a quarter of the difference of its mean channels, as log-odds.</summary>
internal sealed class ColorAnswerer : IVisualAnswerer
{
    private static readonly string[] Known = ["Goal:", "the", "light", "red.", "green.", "Is", "it", "reached?"];

    public string Name => "colors";

    public int ImageSize => 4;

    public List<FrameQuestion> Asked { get; } = [];

    public int Frames { get; private set; }

    public int LargestBatch { get; private set; }

    public IReadOnlyList<string> UnknownWords(string text) =>
        [.. text.Split(' ').Except(Known).Select(word => word.TrimEnd('.'))];

    public void Answer(ReadOnlySpan<byte> frames, int width, int height, FrameQuestion question, Span<float> logOdds,
        CancellationToken cancel)
    {
        Asked.Add(question);
        Assert.Equal(("yes", "no"), (question.Yes, question.No));
        (Frames, LargestBatch) = (Frames + logOdds.Length, Math.Max(LargestBatch, logOdds.Length));
        int pixels = width * height;
        Assert.Equal(logOdds.Length * pixels * 3, frames.Length);
        for (int i = 0; i < logOdds.Length; i++)
        {
            double difference = 0;
            for (int pixel = i * pixels; pixel < (i + 1) * pixels; pixel++) difference += frames[pixel * 3] - frames[(pixel * 3) + 1];
            logOdds[i] = (float)(difference / pixels / 4) * (question.Text.Contains("red", StringComparison.Ordinal) ? 1 : -1);
        }
    }
}
