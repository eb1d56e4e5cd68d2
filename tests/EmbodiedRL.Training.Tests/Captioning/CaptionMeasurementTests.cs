using System.Collections.Immutable;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Tests.Captioning;

[Collection(Serial.Name)]
[NoTensorLeaks]
public sealed class CaptionMeasurementTests
{
    private static readonly MeasurementSettings Settings = new()
    {
        Images = 98, // 20 of each source
        Players = 8,
        Rollouts = 2,
        Player = SpokenPoint.Small.Player,
    };

    private static readonly SentenceFile Written = new("ball.json", "ball",
    [
        new WrittenSentence("A red ball on the left!", [("left", false)]),
        new WrittenSentence("The red ball, right", [("left", true)]),
        new WrittenSentence("a red ball on the left", [("right", false)]),
        new WrittenSentence("a red ball in the middle", [("left", false)]),
        new WrittenSentence("a red ball on the left", null),
        new WrittenSentence("the ball that my aunt gave me", null),
        new WrittenSentence("over to where the heart beats", [("left", false)]),
        new WrittenSentence("a red ball", null),
    ]);

    private static readonly Lazy<ModelFigures> Perfect = new(() => Measure(new PositionModel(), Settings));

    [Fact]
    public void A_model_that_reads_the_state_ranks_every_trained_sentence_rightly()
    {
        ModelFigures figures = Perfect.Value;
        KindFigure trained = figures.Kinds.Single(kind => kind is { Environment: "ball", Kind: "trained" });
        Assert.Equal(5, trained.Sentences);
        Assert.InRange(trained.Rank!.Least, 0.97, 1);
        Assert.InRange(trained.Best!.Least, 0.9, 1);
        Assert.Equal(1, trained.Auroc!.Count); // of the middle alone
        Assert.InRange(trained.Auroc.Least, 0.98, 1);
        Assert.InRange(trained.CalibrationError!.Most, 0, 0.2);
        Assert.InRange(trained.FalsePositives!.Most, 0, 0.05);
        Assert.InRange(figures.Kinds.Single(kind => kind is { Environment: "ball", Kind: "denial" }).Rank!.Least, 0.97, 1);
        Assert.Equal(["trained", "paraphrase", "composition", "denial"],
            figures.Sentences.Where(figure => figure.Environment == "ball").Select(figure => figure.Kind).Distinct());
    }

    [Fact]
    public void Figures_are_told_by_source_condition_and_picture()
    {
        EnvironmentFigure ball = Perfect.Value.Environments.Single(figure => figure.Environment == "ball");
        Assert.Equal(100, ball.Images);
        Assert.Equal(["uniform", "keyframes", "hard negatives", "random play", "learning policy"],
            ball.BySource.Select(source => source.Name));
        Assert.All(ball.BySource, source => Assert.InRange(source.Rank!.Median, 0.95, 1));
        Assert.Equal(
        [
            "plain", "backgrounds", "light", "camera shift", "camera roll", "body colors", "black square", "gray square", "pixel noise",
            "twice as many pixels a side",
        ], ball.ByCondition.Select(condition => condition.Name));
        Assert.All(ball.ByCondition, condition => Assert.InRange(condition.Rank!.Median, 0.8, 1));
        Assert.Equal(["black picture", "white picture", "noise", "the scene without what moves", "box"],
            ball.Negatives.Select(negative => negative.Name));
        // Without red the embedding is the baseline's, whose reward for left is that of about x = 0.2: some 40 % are farther right.
        Assert.InRange(ball.Negatives[0].Percentile, 0.15, 0.5);
        foreach (int same in new[] { 1, 3, 4 }) Assert.Equal(ball.Negatives[0].Percentile, ball.Negatives[same].Percentile, 9);
    }

    [Fact]
    public void Sentences_of_people_are_obeyed_inverted_astray_or_refused()
    {
        Assert.Equal(
        [
            WrittenOutcome.Obeyed, WrittenOutcome.Obeyed, WrittenOutcome.Inverted, WrittenOutcome.Astray, WrittenOutcome.Astray,
            WrittenOutcome.Refused, WrittenOutcome.Refused, WrittenOutcome.Refused,
        ], Perfect.Value.Written.Select(figure => figure.Outcome));
        Assert.InRange(Perfect.Value.Written[2].Agreement!.Value, -1, -0.97);
        Assert.Equal(["not left"], Perfect.Value.Written[1].Facts);
        Assert.Equal([new WrittenCount("ball", 8, 2, 1, 2, 3, WithoutFact: 3, Right: 4)], Perfect.Value.WrittenCounts);
    }

    [Fact]
    public void A_model_that_takes_left_for_right_is_found_out_and_its_sentences_refused()
    {
        ModelFigures figures = Measure(new PositionModel(inverted: true), Settings);
        KindFigure trained = figures.Kinds.Single(kind => kind is { Environment: "ball", Kind: "trained" });
        Assert.InRange(trained.Rank!.Least, -1, -0.97);
        Assert.InRange(trained.Rank.Most, 0.97, 1); // the middle is where it was
        Assert.Equal(WrittenOutcome.Refused, figures.Written[0].Outcome);
    }

    [Fact]
    public void Equal_settings_give_equal_figures_and_another_seed_gives_others()
    {
        Assert.Equal(RunJson.Of(Perfect.Value), RunJson.Of(Measure(new PositionModel(), Settings)));
        Assert.NotEqual(RunJson.Of(Perfect.Value), RunJson.Of(Measure(new PositionModel(), Settings with { Seed = 2 })));
    }

    [Fact]
    public void What_cannot_be_measured_is_refused_before_anything_is_drawn()
    {
        Assert.Contains("images",
            Assert.Throws<SettingsException>(() => Measure(new PositionModel(), Settings with { Images = 10 })).Message,
            StringComparison.Ordinal);
        SentenceFile strange = Written with { Sentences = [new WrittenSentence("it floats", [("floating", false)])] };
        string message = Assert.Throws<CorruptFileException>(() => Measure(new PositionModel(), Settings, strange)).Message;
        Assert.Contains("ball.json", message, StringComparison.Ordinal);
        Assert.Contains("'floating' in \"it floats\"", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_very_many_facts_a_seeded_choice_is_measured()
    {
        using var ball = new SpokenPoint("ball", 1);
        EnvironmentInfo info = ball.Info with
        {
            Facts = [.. Enumerable.Range(0, 250).Select(i => new Fact($"at-{i}", "thing", [$"at place {i}", $"near place {i}"], [$"by {i}"],
                _ => 0) { IsVisible = i > 0 })],
        };
        var grammar = new CaptionGrammar(info);
        IReadOnlyList<MeasuredSentence> chosen = MeasuredSentences.Of(grammar, info, 1);
        Assert.Equal([200, 200, 100, 200], chosen.GroupBy(sentence => sentence.Kind).Select(kind => kind.Count()));
        string[] trained = [.. chosen.Where(one => one.Kind == "trained").Select(one => one.Caption.Claims[0].Fact.Name)];
        Assert.Equal(trained.Distinct(), trained);
        Assert.DoesNotContain(chosen, one => one.Caption.Claims.Any(claim => claim.Fact.Name == "at-0")); // no image shows it
        Assert.Equal(Texts(chosen), Texts(MeasuredSentences.Of(grammar, info, 1)));
        Assert.NotEqual(Texts(chosen), Texts(MeasuredSentences.Of(grammar, info, 2)));
    }

    private static ImmutableArray<string> Texts(IEnumerable<MeasuredSentence> sentences) =>
        [.. sentences.Select(sentence => sentence.Caption.Text)];

    private static ModelFigures Measure(PositionModel model, MeasurementSettings settings, SentenceFile? file = null) =>
        new CaptionMeasurement(settings, SpokenPoint.Services).Measure(model, ["ball", "box"], [file ?? Written], null,
            CancellationToken.None);
}
