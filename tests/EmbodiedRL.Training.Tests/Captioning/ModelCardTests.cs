using EmbodiedRL.Core;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Tests.Captioning;

public sealed class ModelCardTests : IDisposable
{
    private static readonly SentenceFigure[] Figures =
    [
        new("ball", "trained", "a red ball on the left", 0.98, 0.96, 1, null),
        new("ball", "trained", "a red ball in the middle", 0.94, 0.9, 0.99, new SuccessFigure(0.97, 0.05, 0.02)),
        new("ball", "paraphrase", "a red ball | at the left", -0.5, -0.4, 1, new SuccessFigure(0.3, null, null)),
        new("ball", "composition", "a red ball on the left and on the right", null, null, null, null),
    ];

    private static readonly EnvironmentFigure[] Environments =
    [
        new("ball", 260, [new ConditionFigure("uniform", new GoalSummary(2, 0.96, 0.94, 0.98)), new ConditionFigure("keyframes", null)],
            [new ConditionFigure("plain", new GoalSummary(2, 0.95, 0.93, 0.97)),
                new ConditionFigure("black square", new GoalSummary(2, 0.5, -0.25, 0.6))],
            [new NegativeFigure("black picture", 0.875)]),
    ];

    private static readonly WrittenFigure[] Written =
    [
        new("ball", "To the left!", ["left"], WrittenOutcome.Inverted, -0.75),
        new("ball", "What a day.", null, WrittenOutcome.Refused, null),
    ];

    private static readonly ModelCard Card = new()
    {
        Edition = ModelCard.LatestEdition,
        Name = "scene-clip",
        Command = "./embodied models train scene-clip --envs ball --steps 20 --seed 3",
        Environments = ["ball"],
        Seed = 3,
        Steps = 20,
        Pictures = 32,
        Sentences = 32,
        Measured = 260,
        Threads = 1,
        Vocabulary = 17,
        Parameters = 12345,
        Seconds = new Dictionary<string, double> { ["teach"] = 3, ["draw"] = 1 },
        Versions = new Dictionary<string, string> { [".NET"] = "10.0.0" },
        Figures = KindFigure.Of(Figures),
        BySentence = Figures,
        ByEnvironment = Environments,
        Written = Written,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Kinds_are_summed_up_over_what_could_be_measured()
    {
        Assert.Equal(["trained", "paraphrase", "composition"], Card.Figures.Select(figure => figure.Kind));
        KindFigure trained = Card.Figures[0];
        Assert.Equal((2, 2, 0.94, 0.98), (trained.Sentences, trained.Rank!.Count, trained.Rank.Least, trained.Rank.Most));
        Assert.Equal(0.96, trained.Rank.Median, 9);
        Assert.Equal(0.93, trained.RankVaried!.Median, 9);
        Assert.Equal(new GoalSummary(1, 0.97, 0.97, 0.97), trained.Auroc);
        Assert.Null(Card.Figures[1].CalibrationError);
        Assert.Equal((1, null), (Card.Figures[2].Sentences, Card.Figures[2].Rank));
    }

    [Fact]
    public void The_page_says_what_it_is_and_how_it_was_made()
    {
        string page = ModelCardPage.Of(Card);
        Assert.Contains("not** a\nzero-shot model", page, StringComparison.Ordinal);
        Assert.Contains(Card.Command, page, StringComparison.Ordinal);
        Assert.Contains("License: MIT", page, StringComparison.Ordinal);
        Assert.Contains("trained by this project", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("| ball | trained | 2 | 0.960 | 0.940 | 0.995 | 0.965 | 0.949 | 0.930 | 0.900 |")]
    [InlineData("| ball | composition | 1 | - | - | - | - | - | - | - |")]
    [InlineData("| ball | trained | 1 | 0.970 | 0.970 | 0.050 | 0.050 | 0.020 | 0.020 |")]
    [InlineData("because their truth hardly varies over the states: 1 of 4 sentences.")]
    [InlineData("| uniform | 0.960 (0.940) |\n| keyframes | - |")]
    [InlineData("| black square | 0.500 (-0.250) |")]
    [InlineData("| ball | black picture | 0.875 |")]
    [InlineData("| ball | 2 | 0 | 1 | 0 | 1 | 1 | 1 |")]
    [InlineData("| ball | To the left! | left | inverted | -0.750 |\n| ball | What a day. | no fact | refused | - |")]
    public void The_page_holds_every_table(string row) => Assert.Contains($"{row}\n", ModelCardPage.Of(Card), StringComparison.Ordinal);

    [Fact]
    public void What_was_left_out_stands_in_a_table_of_its_own()
    {
        Assert.DoesNotContain("left out", ModelCardPage.Of(Card), StringComparison.Ordinal);
        var all = new GoalSummary(3, 0.4, -0.1, 0.5);
        string page = ModelCardPage.Of(Card with
        {
            LeftOut = [new LeftOutFigure("ball", ["left"], 3, all, all, null), new LeftOutFigure("cup", [], 5, null, null, all)],
            LeftOutCommands = ["./embodied models train scene-clip --without ball/left"],
        });
        Assert.Contains("| ball | left | 3 | 0.400 | -0.100 | 0.400 | -0.100 | - | - |\n", page, StringComparison.Ordinal);
        Assert.Contains("| cup | the environment | 5 | - | - | - | - | 0.400 | -0.100 |\n", page, StringComparison.Ordinal);
        Assert.Contains("    ./embodied models train scene-clip --without ball/left\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_and_unmeasured_sentences_stay_in_the_page()
    {
        string page = ModelCardPage.Of(Card);
        Assert.Contains("| ball | paraphrase | a red ball \\| at the left | -0.500 | -0.400 | 1.000 | 0.300 | - | - |\n", page,
            StringComparison.Ordinal);
        Assert.Contains("| ball | composition | a red ball on the left and on the right | - | - | - | - | - | - |\n", page,
            StringComparison.Ordinal);
        Assert.DoesNotContain("Sentences of people", ModelCardPage.Of(Card with { Written = [] }), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        Card.Write(_folder.Path);
        ModelCard read = ModelCard.Read(_folder.Path)!;
        Assert.Equal(ModelCardPage.Of(Card), ModelCardPage.Of(read));
        Assert.Equal(ModelCardPage.Of(Card), File.ReadAllText(_folder["README.md"]));
        Assert.Equal(Figures, read.BySentence);
        Assert.Equal(RunJson.Of(Card), RunJson.Of(read));
        Assert.Null(read.Outdated);
    }

    [Fact]
    public void A_card_of_an_older_edition_is_read_and_says_what_to_do()
    {
        File.WriteAllText(_folder["card.json"], RunJson.Of(Card with { Edition = 0, ByEnvironment = [] }));
        ModelCard read = ModelCard.Read(_folder.Path)!;
        Assert.Contains("./embodied models eval scene-clip", read.Outdated, StringComparison.Ordinal);
        Assert.Contains(read.Outdated!, ModelCardPage.Of(read), StringComparison.Ordinal);
        Assert.Equal(Card.Environments, read.Environments);
    }

    [Fact]
    public void No_card_is_no_error_and_a_damaged_one_is_named()
    {
        Assert.Null(ModelCard.Read(_folder.Path));
        File.WriteAllText(_folder["card.json"], "{ \"name\": \"scene-clip\"");
        Assert.Contains("card.json",
            Assert.Throws<CorruptFileException>(() => ModelCard.Read(_folder.Path)).Message, StringComparison.Ordinal);
    }
}
