using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Models.Tests.Encoders;

public sealed class WordTokenizerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WordTokenizer _tokenizer = new(["a pole on a cart", "Standing upright!", "cart"]);

    [Fact]
    public void Capitals_and_punctuation_do_not_matter()
    {
        Assert.Equal(["a", "cart", "on", "pole", "standing", "upright"], _tokenizer.Words);
        Assert.Equal(_tokenizer.Encode("a pole standing upright"), _tokenizer.Encode("  A pole -- standing, UPRIGHT. "));
        Assert.Equal([2, 5], _tokenizer.Encode("a pole"));
        Assert.Empty(_tokenizer.Encode(" ... "));
    }

    [Fact]
    public void Unknown_words_are_named_once_and_share_a_number()
    {
        Assert.Equal(["points", "sky"], _tokenizer.UnknownWords("A pole points, points on a sky"));
        Assert.Empty(_tokenizer.UnknownWords("a pole."));
        Assert.Equal([WordTokenizer.Unknown, 3], _tokenizer.Encode("red cart"));
    }

    [Fact]
    public void A_saved_vocabulary_gives_the_same_numbers()
    {
        _tokenizer.Save(_folder["tokenizer.json"]);
        WordTokenizer again = WordTokenizer.Load(_folder["tokenizer.json"]);
        Assert.Equal(_tokenizer.Words, again.Words);
        Assert.Equal(_tokenizer.Encode("an upright pole on a cart"), again.Encode("an upright pole on a cart"));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("{}")]
    [InlineData("""{"model":{"type":"BPE","vocab":{}}}""")]
    [InlineData("""{"model":{"type":"WordLevel","vocab":{"a":0}}}""")]
    [InlineData("""{"model":{"type":"WordLevel","vocab":{"a":"b"}}}""")]
    public void A_wrong_file_is_one_clear_error(string content)
    {
        File.WriteAllText(_folder["tokenizer.json"], content);
        Assert.Contains("tokenizer.json",
            Assert.Throws<CorruptFileException>(() => WordTokenizer.Load(_folder["tokenizer.json"])).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
