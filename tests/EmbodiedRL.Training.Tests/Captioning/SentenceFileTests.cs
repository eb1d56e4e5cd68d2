using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Captioning;

namespace EmbodiedRL.Training.Tests.Captioning;

public sealed class SentenceFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Files_of_a_folder_are_read_in_order()
    {
        File.WriteAllText(_folder["b.json"], """{"environment": "box", "author": "somebody", "sentences": []}""");
        File.WriteAllText(_folder["a.json"], """
            {"environment": "ball", "sentences": [
              {"text": "Left, but not in the middle!", "facts": [["left", false], ["center", true]]},
              {"text": "What a day.", "facts": null} ]}
            """);
        IReadOnlyList<SentenceFile> files = SentenceFile.ReadFolder(_folder.Path);
        Assert.Equal(["ball", "box"], files.Select(file => file.Environment));
        Assert.Equal("Left, but not in the middle!", files[0].Sentences[0].Text);
        Assert.Equal([("left", false), ("center", true)], files[0].Sentences[0].Facts);
        Assert.Null(files[0].Sentences[1].Facts);
        using var ball = new SpokenPoint("ball", 1);
        // In the middle it is false; at -0.5 the left is true by 0.75, the middle by exp(-1).
        Assert.Equal(0, files[0].Intended(files[0].Sentences[0], ball.Info).Truth([0, 0]));
        Assert.Equal(0.75f * (1 - MathF.Exp(-1)), files[0].Intended(files[0].Sentences[0], ball.Info).Truth([-0.5f, 0]), 1e-5f);
    }

    [Fact]
    public void The_written_fixtures_have_this_shape() => Assert.All(
        SentenceFile.ReadFolder(Path.Combine(Fixtures.RepositoryRoot, "tests", "fixtures", "sentences")),
        file =>
        {
            Assert.NotEmpty(file.Environment);
            Assert.Contains(file.Sentences, sentence => sentence.Facts is null);
            Assert.Contains(file.Sentences, sentence => sentence.Facts is not null);
        });

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"environment": "ball"}""")]
    [InlineData("""{"environment": null, "sentences": []}""")]
    [InlineData("""{"environment": "ball", "sentences": [{"text": "left"}]}""")]
    [InlineData("""{"environment": "ball", "sentences": [{"text": "left", "facts": []}]}""")]
    [InlineData("""{"environment": "ball", "sentences": [{"text": "left", "facts": [["left"]]}]}""")]
    [InlineData("""{"environment": "ball", "sentences": [{"text": "left", "facts": ["left"]}]}""")]
    [InlineData("""{"environment": "ball", "sentences": [{"text": 3, "facts": null}]}""")]
    [InlineData("{")]
    public void Another_shape_is_refused_by_name(string content)
    {
        File.WriteAllText(_folder["bad.json"], content);
        Assert.Contains("bad.json: expected sentences of people",
            Assert.Throws<CorruptFileException>(() => SentenceFile.ReadFolder(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_files_is_refused()
    {
        Assert.Throws<AssetMissingException>(() => SentenceFile.ReadFolder(_folder["nowhere"]));
        Assert.Throws<AssetMissingException>(() => SentenceFile.ReadFolder(_folder.Path));
    }
}
