using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Training.Captioning;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Training.Tests.Captioning;

public sealed class TrainingRecordTests : IDisposable
{
    private static readonly string Shipped = Path.Combine(WeightsFolder.Locate(), SceneClip.CatalogName);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The card was written when the model was trained: its sentences are, of their kind, what the record says they are.</summary>
    [Fact]
    public void The_shipped_models_record_agrees_with_its_card()
    {
        TrainingRecord record = TrainingRecord.Read(Shipped);
        ModelCard card = ModelCard.Read(Shipped)!;
        Assert.Equal(card.Environments, record.Environments.Select(environment => environment.Name));
        Assert.NotEmpty(card.BySentence);
        foreach (SentenceFigure figure in card.BySentence)
        {
            Caption? caption =
                record.Environments.Single(environment => environment.Name == figure.Environment).Grammar.Parse(figure.Sentence);
            Assert.Equal(figure.Kind == "denial" ? "trained" : figure.Kind, caption?.Kind.ToString().ToLowerInvariant());
        }
    }

    [Fact]
    public void Goals_of_bodies_that_the_shipped_model_never_saw_are_unseen()
    {
        TrainingRecord record = TrainingRecord.Read(Shipped);
        foreach (string name in RunServices.Shipped.Environments.Names)
        {
            using IVectorEnvironment environment = RunServices.Shipped.Environment(name, 1, 1);
            EnvironmentInfo info = environment.Info;
            bool taught = record.Environments.Any(known => known.Name == name);
            foreach (string sentence in new CaptionGrammar(info).Examples)
                Assert.Equal(taught ? CaptionKind.Trained : CaptionKind.Unseen, record.KindOf(info, sentence));
        }
    }

    [Fact]
    public void A_record_is_read_as_it_was_written_and_none_is_none()
    {
        using IVectorEnvironment cartpole = RunServices.Shipped.Environment("cartpole", 1, 1);
        TrainingRecord.Of([cartpole.Info]).Write(_folder.Path);
        TrainingRecord read = TrainingRecord.Read(_folder.Path);
        var grammar = new CaptionGrammar(cartpole.Info);
        foreach (Caption caption in grammar.Phrasings.Concat(grammar.Denials).Concat(grammar.Paraphrases).Concat(grammar.Compositions))
            Assert.Equal(caption.Kind, read.KindOf(cartpole.Info, caption.Text));
        Assert.Equal(grammar.Examples, read.Find(cartpole.Info)!.Grammar.Examples);
        Assert.Null(read.Find(cartpole.Info with { Facts = [] })); // a model file of one's own that bears the name
        Assert.Same(TrainingRecord.None, TrainingRecord.Read(_folder["nowhere"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{ "environments": [ { "name": "x" } ] }""")]
    [InlineData("""{ "environments": [ { "name": "x", "baseline": "x", "subjects": {}, "facts": [], "keptApart": [["a", "b"]] } ] }""")]
    [InlineData("""
        { "environments": [ { "name": "x", "baseline": "x", "subjects": {},
          "facts": [ { "name": "a", "subject": "s", "phrases": [], "verbs": [], "heldOut": [] } ], "keptApart": [] } ] }
        """)]
    public void Something_else_is_refused_by_name(string content)
    {
        File.WriteAllText(_folder[TrainingRecord.FileName], content);
        Assert.Contains(TrainingRecord.FileName,
            Assert.Throws<CorruptFileException>(() => TrainingRecord.Read(_folder.Path)).Message, StringComparison.Ordinal);
    }
}
