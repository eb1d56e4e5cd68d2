using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Rewards.Verifiers;
using EmbodiedRL.Rewards.Verifiers.Checks;
using EmbodiedRL.Rewards.Verifiers.Parsing;
using static EmbodiedRL.Rewards.Tests.RewardFormulas;
using static EmbodiedRL.Rewards.Tests.Verifiers.Verified;

namespace EmbodiedRL.Rewards.Tests.Verifiers;

public sealed class VerifierTests
{
    private static readonly Question Count = new("How many?", "3", AnswerForm.Number) { Kind = "count" };

    [Theory]
    [InlineData("number", "3", "3.0", 1)]
    [InlineData("number", "50%", "0.5", 1)]
    [InlineData("number", "1000", "1,000", 1)]
    [InlineData("number", "3", "three", 1)]
    [InlineData("number", "3", "3.01", 0)]
    [InlineData("same-text", "red cube", " Red  cube. ", 1)]
    [InlineData("same-text", "red cube", "a red cube", 0)]
    [InlineData("text-f1", "red cube", "a red cube", 0.8)]
    [InlineData("label-set", "red, blue", "Blue; green", 1 / 3.0)]
    [InlineData("label-set", "red, blue", "blue, red", 1)]
    [InlineData("boxes", "[[0,0,2,2]]", "[[1,1,3,3],[9,9,10,10]]", 1 / 14.0)]
    [InlineData("boxes-f1", "[[0,0,2,2],[5,5,6,6]]", "[[0,0,2,2]]", 2 / 3.0)]
    [InlineData("box-iou", "[0,0,2,2]", "[1,1,3,3]", 1 / 7.0)]
    [InlineData("box-iou", "[0,0,2,2]", "[[0,0,2,2],[0,0,2,2]]", 0)]
    [InlineData("points", "[[0,0],[50,50]]", "[[6,8],[0,0],[51,50]]", 0.8)]
    [InlineData("mask", """{"size":[1,4],"counts":[1,2,1]}""", """{"size":[1,4],"counts":[2,2]}""", 1 / 3.0)]
    [InlineData("trace", """[{"name":"a"}]""", """[{"name":"a"}]""", 1)]
    [InlineData("trace", """[{"name":"a"}]""", """[{"name":"b"}]""", 0)]
    public void A_check_is_worked_by_hand(string check, string reference, string answer, double score) => Assert.Equal(score,
        AnswerChecks.Shipped[check].Score(answer, new Question("?", reference, AnswerForm.Text), AnswerReading.Plain).Value, 1e-12);

    [Fact]
    public async Task A_question_is_checked_by_its_kind_or_by_the_form_of_its_answer()
    {
        var options = new RoutedVerifierOptions { Format = "none", Checks = ["colors=label-set"] };
        Question colors = new("Which colors?", "red, blue", AnswerForm.Text) { Kind = "colors" };
        var metrics = new RecordedMetrics();
        float[] scores = await ScoreBatch(new RoutedVerifier("v", options), CompletionBatch.Of([Count, colors], 2,
            [Tagged("3"), Tagged("4"), Tagged("blue, red"), Tagged("blue")]), ScoreContext.Preview() with { Metrics = metrics });
        AssertNear([1, 0, 1, 0.5f], scores);
        Assert.Equal(0.5, metrics["reward/v/count"]);
        Assert.Equal(0.75, metrics["reward/v/colors"]);
        Assert.Equal(1, metrics["reward/v/answers"]);
    }

    [Fact]
    public async Task The_format_is_a_term_a_gate_or_nothing()
    {
        string[] texts = [Tagged("3"), "<answer>3</answer>", "3"];
        AssertNear([1, (float)(1.05 / 1.1), 0], await Score(new RoutedVerifier("v", new RoutedVerifierOptions()), Count, texts));
        AssertNear([1, 0, 0], await Score(new RoutedVerifier("v", new RoutedVerifierOptions { Format = "gate" }), Count, texts));
        AssertNear([1, 1, 0], await Score(new RoutedVerifier("v", new RoutedVerifierOptions { Format = "none" }), Count, texts));
    }

    [Fact]
    public async Task A_reference_that_cannot_be_read_is_an_error_that_names_its_question_and_never_a_score()
    {
        var error = await Assert.ThrowsAsync<SpecMismatchException>(() =>
            Score(new RoutedVerifier("v", new RoutedVerifierOptions()), Count with { Reference = "many" }, Tagged("3")));
        Assert.Contains("How many?", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_that_there_is_not_is_named_with_the_nearest_and_a_runs_own_is_taken()
    {
        var error = Assert.Throws<UnknownNameException>(() =>
            new RoutedVerifier("v", new RoutedVerifierOptions { Checks = ["count=nummber"] }));
        Assert.Contains("number", error.Message, StringComparison.Ordinal);
        Assert.Contains("kind=check", string.Concat(new RoutedVerifierOptions { Checks = ["count"] }.Violations()),
            StringComparison.Ordinal);
        var own = new Dictionary<string, AnswerCheck>(AnswerChecks.Shipped)
        {
            ["own"] = new("own", "always right", (_, _, _) => Parsed<double>.Of(1)),
        };
        using var made = new RoutedVerifier("v", new RoutedVerifierOptions { Checks = ["count=own"] }, own);
        Assert.Equal(1, made.Spec.Maximum);
    }

    [Fact]
    public async Task It_is_composed_by_settings_with_transforms_and_a_combinator()
    {
        var settings = new RewardStackSettings
        {
            Combine = "gate",
            Options = new Rewards.Combinators.GateOptions { Term = "format", Threshold = 0.5f },
            Terms =
            [
                new RewardTermSettings
                {
                    Name = "right", Source = "verifier", Options = new RoutedVerifierOptions { Format = "none" },
                    Transforms = [new TransformSettings { Name = "scale", Options = new Rewards.Transforms.ScaleOptions { Factor = 2 } }],
                },
                new RewardTermSettings
                {
                    Name = "format", Source = "verifier", Weight = 1, Options = new RoutedVerifierOptions { Format = "gate" },
                },
            ],
        };
        using RewardStack stack = RewardRegistries.Shipped.Build(settings,
            new RewardContext { Available = BatchFields.Texts | BatchFields.Questions });
        float[] rewards = new float[2];
        await stack.ScoreAsync(CompletionBatch.Of([Count], 2, [Tagged("3"), "<answer>3</answer>"]), rewards, NoiseBatches.Context());
        Assert.True(rewards[0] > rewards[1]);
        Assert.Throws<SettingsException>(() => RewardRegistries.Shipped.Build(settings, new RewardContext()));
    }

    [Theory]
    [InlineData("thousandths", "[[50,100,150,300]]")]
    [InlineData("unit", "[[0.05,0.1,0.15,0.3]]")]
    [InlineData("resized", "[[5,10,15,30]]")]
    [InlineData("pixels", "[[10,40,30,120]]")]
    public async Task Coordinates_are_brought_to_pixels_of_the_image(string unit, string answer)
    {
        Question boxes = new("Where?", "[[10,40,30,120]]", AnswerForm.Boxes) { Images = [new RgbImage([], 200, 400)] };
        var options = new RoutedVerifierOptions { Coordinates = unit, ResizedWidth = 100, ResizedHeight = 100 };
        AssertNear([1], await Score(new RoutedVerifier("v", options), boxes, Tagged(answer)));
    }

    [Fact]
    public async Task Units_other_than_pixels_need_an_image()
    {
        Question boxes = new("Where?", "[[10,40,30,120]]", AnswerForm.Boxes);
        await Assert.ThrowsAsync<SpecMismatchException>(() =>
            Score(new RoutedVerifier("v", new RoutedVerifierOptions { Coordinates = "unit" }), boxes, Tagged("[[0,0,1,1]]")));
        Assert.NotEmpty(new RoutedVerifierOptions { Coordinates = "resized" }.Violations());
        Assert.NotEmpty(new RoutedVerifierOptions { Coordinates = "inches" }.Violations());
    }
}
