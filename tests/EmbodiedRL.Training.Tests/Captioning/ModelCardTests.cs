using EmbodiedRL.Core;
using EmbodiedRL.Training.Captioning;

namespace EmbodiedRL.Training.Tests.Captioning;

public sealed class ModelCardTests : IDisposable
{
    private static readonly SentenceFigure[] Figures =
    [
        new("ball", "trained", "a red ball on the left", new VisualFigure(0.98, 0.97), new VisualFigure(0.96, 0.95)),
        new("ball", "trained", "a red ball left", new VisualFigure(0.94, 0.93), new VisualFigure(0.9, 0.9)),
        new("ball", "paraphrase", "a red ball at the left", new VisualFigure(0.5, 0.7), new VisualFigure(0.4, 0.6)),
        new("ball", "composition", "a red ball on the left and on the right", null, null),
    ];

    private static readonly ModelCard Card = new()
    {
        Name = "scene-clip",
        Command = "./embodied models train scene-clip --envs ball --steps 20 --seed 3",
        Environments = ["ball"],
        Seed = 3,
        Steps = 20,
        Pictures = 32,
        Sentences = 32,
        Measured = 256,
        Threads = 1,
        Vocabulary = 17,
        Parameters = 12345,
        Seconds = new Dictionary<string, double> { ["teach"] = 3, ["draw"] = 1 },
        Versions = new Dictionary<string, string> { [".NET"] = "10.0.0" },
        Figures = KindFigure.Of(Figures),
        BySentence = Figures,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Kinds_are_summed_up_over_what_could_be_measured()
    {
        Assert.Equal(["trained", "paraphrase"], Card.Figures.Select(figure => figure.Kind));
        // Means of 0.98 and 0.94, of 0.97 and 0.93, of 0.96 and 0.90; the lower ones beside them.
        KindFigure trained = Card.Figures[0];
        Assert.Equal((2, 0.94, 0.9), (trained.Sentences, trained.Least, trained.LeastVaried));
        Assert.Equal(0.96, trained.Mean, 9);
        Assert.Equal(0.95, trained.Order, 9);
        Assert.Equal(0.93, trained.MeanVaried, 9);
    }

    [Fact]
    public void The_page_says_what_it_is_how_it_was_made_and_where_it_is_weak()
    {
        string page = ModelCardPage.Of(Card);
        Assert.Contains("not** a\nzero-shot model", page, StringComparison.Ordinal);
        Assert.Contains(Card.Command, page, StringComparison.Ordinal);
        Assert.Contains("| ball | trained | 2 | 0.960 | 0.940 | 0.950 | 0.930 | 0.900 |", page, StringComparison.Ordinal);
        Assert.Contains("Left out, because their truth hardly varies over the states: 1 of 4 sentences.", page, StringComparison.Ordinal);
        Assert.Contains("1 of 4 sentences correlate less than 0.9", page, StringComparison.Ordinal);
        Assert.Contains("- \"a red ball at the left\" (ball, paraphrase): 0.500", page, StringComparison.Ordinal);
        Assert.Contains("License: MIT", page, StringComparison.Ordinal);
        Assert.Contains("trained by this project", page, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        Card.Write(_folder.Path);
        ModelCard read = ModelCard.Read(_folder.Path)!;
        Assert.Equal(ModelCardPage.Of(Card), ModelCardPage.Of(read));
        Assert.Equal(ModelCardPage.Of(Card), File.ReadAllText(_folder["README.md"]));
        Assert.Equal(Figures, read.BySentence);
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
