using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Sources;

namespace EmbodiedRL.Rewards.Tests.Diagnostics;

public class GoalCheckTests
{
    private const int States = 200;

    [Fact]
    public void A_phrase_the_model_knows_is_judged_and_trusted()
    {
        GoalDiagnostics verdict = Judge("a lamp shining");
        Assert.Equal(CaptionKind.Trained, verdict.Kind);
        Assert.Equal(["bright"], verdict.Measures);
        Assert.Empty(verdict.Warnings);
        Assert.True(verdict.Agreement > 0.95, $"correlation {verdict.Agreement}");
        Assert.InRange(verdict.Response, 0.5, 2);
    }

    [Fact]
    public void A_held_out_wording_is_marked_as_such() => Assert.Equal(CaptionKind.Paraphrase, Judge("a lamp brightly shining").Kind);

    [Fact]
    public void Words_never_seen_are_named_and_known_phrases_offered()
    {
        GoalDiagnostics verdict = Judge("a luminous lantern");
        Assert.Equal(CaptionKind.Unseen, verdict.Kind);
        Assert.Contains(verdict.Warnings, warning => warning.Contains("'luminous', 'lantern'", StringComparison.Ordinal));
        Assert.Contains("a lamp shining", verdict.KnownPhrases);
        Assert.Empty(verdict.Measures);
    }

    [Fact]
    public void What_a_model_was_trained_on_is_for_the_model_to_say()
    {
        var stranger = new LampModel { Record = TrainingRecord.Of([Lamp() with { Name = "torch" }]) };
        GoalDiagnostics verdict = Judge("a lamp shining", model: stranger);
        Assert.Equal(CaptionKind.Unseen, verdict.Kind);
        Assert.Empty(verdict.KnownPhrases);
        Assert.Equal(["bright"], verdict.Measures);
        Assert.Equal(["lamp-model was never shown 'lamp', only 'torch': what it says of these pictures is a guess."], verdict.Warnings);
        Assert.True(verdict.Agreement > 0.95, $"correlation {verdict.Agreement}");

        Assert.Contains("keeps no record",
            Assert.Single(Judge("a lamp shining", model: new LampModel { Record = TrainingRecord.None }).Warnings),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_phrase_that_was_added_to_the_environment_later_is_unseen()
    {
        EnvironmentInfo grown = Lamp() with { Facts = [.. Lamp().Facts, new Fact("dim", "lamp", ["dimmed"], [], state => 1 - state[0])] };
        Assert.Equal(CaptionKind.Unseen, Judge("a lamp dimmed", grown).Kind);
        Assert.Equal(CaptionKind.Trained, Judge("a lamp dark", grown).Kind);
    }

    [Fact]
    public void Where_nothing_can_be_said_of_a_scene_no_known_phrase_is_made_up()
    {
        GoalDiagnostics verdict = Judge("a lamp shining", Lamp() with { Facts = [], Subjects = [], Measures = [] });
        string warning = Assert.Single(verdict.Warnings);
        Assert.Contains("never shown 'lamp'", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("nearest", warning, StringComparison.Ordinal);
        Assert.Empty(verdict.KnownPhrases);
    }

    [Fact]
    public void A_flat_answer_is_found_out_though_the_words_are_known()
    {
        GoalDiagnostics verdict = Judge("shining lamp a");
        Assert.True(verdict.Response < 0.3, $"response {verdict.Response}");
        Assert.Contains(verdict.Warnings, warning => warning.Contains("hardly tells states apart", StringComparison.Ordinal));
    }

    [Fact]
    public void An_inverted_answer_is_found_out()
    {
        GoalDiagnostics verdict = Judge("a lamp gone out");
        Assert.True(verdict.Agreement < 0, $"correlation {verdict.Agreement}");
    }

    [Fact]
    public void A_sentence_that_no_state_makes_true_has_no_agreement() =>
        Assert.Equal(double.NaN, Judge("a lamp on fire", Lamp() with { Falsehoods = ["a lamp on fire"] }).Agreement);

    [Fact]
    public void Correlation_is_Pearsons() // by hand: deviations (-1, 0, 1) and (-4/3, 5/3, -1/3): 1 / sqrt(2 * 14/3)
        => Assert.Equal(1 / Math.Sqrt(28.0 / 3), GoalCheck.Correlation([1, 2, 3], [0, 3, 1]), 12);

    private static GoalDiagnostics Judge(string goal, EnvironmentInfo? info = null, LampModel? model = null)
    {
        var rng = Rng.For(1, "lamps");
        float[] states = new float[States];
        var frames = new FrameBatch(FrameSpec.Square(1), States);
        for (int i = 0; i < States; i++)
        {
            states[i] = (float)rng.NextDouble();
            frames.Pixels.Slice(i * LampModel.Pixels, LampModel.Pixels).Fill((byte)(255 * states[i]));
        }

        using var reward = new GoalBaselineReward("vlm", model ?? new LampModel(), [goal], ["a lamp"], 0.5f);
        return GoalCheck.Diagnose(reward, info ?? Lamp(), frames, states);
    }

    private static EnvironmentInfo Lamp() => new()
    {
        Name = "lamp",
        Summary = "",
        Observations = new ObservationSpec(new FieldSpec("x")),
        Actions = ActionSpec.Discrete("switch", 2),
        State = new StateSpec(new FieldSpec("brightness", 1, 0, 1)),
        Scene = new SceneDescription { Geoms = [], Cameras = [], Lights = [] },
        Camera = "front",
        EpisodeSteps = 1,
        ControlTimestep = 1,
        Baseline = "a lamp",
        DefaultGoal = "a lamp shining",
        Measures = [new SuccessMeasure("bright", "bright", state => state[0] > 0.5f ? 1 : 0)],
        Subjects = [new Subject("lamp", ["a lamp"])],
        Facts =
        [
            new Fact("bright", "lamp", ["shining"], ["brightly shining"], state => state[0], "bright"),
            new Fact("dark", "lamp", ["dark", "gone out"], [], state => 1 - state[0]),
        ],
    };

    /// <summary>
    /// A picture is an angle, its brightness; it has learned "gone out" the wrong way round, and makes nothing of most sentences.
    /// </summary>
    private sealed class LampModel : IImageTextModel
    {
        public const int Pixels = 3;

        public string Name => "lamp-model";

        public int ImageSize => 1;

        public int EmbeddingSize => 3;

        public TrainingRecord Record { get; init; } = TrainingRecord.Of([Lamp()]);

        public void EncodeImages(ReadOnlySpan<byte> frames, int width, int height, Span<float> embeddings)
        {
            for (int i = 0; i < frames.Length / Pixels; i++)
            {
                (float sine, float cosine) = MathF.SinCos(frames[i * Pixels] / 255f * MathF.PI / 2);
                (embeddings[3 * i], embeddings[(3 * i) + 1], embeddings[(3 * i) + 2]) = (sine, cosine, 0);
            }
        }

        public void EncodeTexts(IReadOnlyList<string> texts, Span<float> embeddings)
        {
            for (int i = 0; i < texts.Count; i++)
            {
                float[] embedding = texts[i] switch
                {
                    "a lamp shining" or "a lamp brightly shining" or "brightly a lamp" or "a lamp gone out" => [1, 0, 0],
                    "a lamp dark" => [0, 1, 0],
                    "a lamp" => [MathF.Sqrt(0.5f), MathF.Sqrt(0.5f), 0],
                    _ => [0, 0, 1],
                };
                embedding.CopyTo(embeddings[(3 * i)..]);
            }
        }

        public IReadOnlyList<string> UnknownWords(string text) =>
            [.. Sentence.Words(text).Except(["a", "lamp", "shining", "brightly", "dark", "gone", "out"])];

        public void Dispose()
        {
        }
    }
}
