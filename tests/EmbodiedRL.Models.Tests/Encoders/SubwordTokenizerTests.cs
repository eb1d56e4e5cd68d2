using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Models.Tests.Encoders;

public sealed class SubwordTokenizerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SubwordTokenizer _tokenizer = new(["a pole on a cart", "Standing upright!", "cart"]);

    [Fact]
    public void Capitals_and_punctuation_do_not_matter()
    {
        Assert.Equal(["a", "cart", "on", "pole", "standing", "upright"], _tokenizer.Words);
        Assert.Equal(_tokenizer.Encode("a pole standing upright"), _tokenizer.Encode("  A pole -- standing, UPRIGHT. "));
        Assert.Equal([2, 5], _tokenizer.Encode("a pole"));
        Assert.Empty(_tokenizer.Encode(" ... "));
    }

    [Fact]
    public void Unknown_words_are_named_once_and_spelled_out()
    {
        Assert.Equal(["points", "sky"], _tokenizer.UnknownWords("A pole points, points on a sky"));
        Assert.Empty(_tokenizer.UnknownWords("a pole."));
        Assert.Equal(4, _tokenizer.Encode("red cart").Length); // r, e, d, cart
        Assert.Equal([SubwordTokenizer.Unknown, 3], _tokenizer.Encode("\u00e9t\u00e9 cart"));
    }

    [Fact]
    public void A_stem_and_its_ending_are_shared_between_words()
    {
        var tokenizer = new SubwordTokenizer(["kneel kneels kneeling lift a leg"]);
        Assert.Equal(["a", "kneel", "leg", "lift", "##ing", "##s"], tokenizer.Words);
        Assert.Equal(tokenizer.Encode("kneel")[0], tokenizer.Encode("kneeling")[0]);
        Assert.Empty(tokenizer.UnknownWords("it lifts legs, lifting")[1..]);
        Assert.Equal(["it"], tokenizer.UnknownWords("it lifts legs, lifting"));
        Assert.Equal(["kneeled"], tokenizer.UnknownWords("kneeled"));
        tokenizer.Save(_folder["tokenizer.json"]);
        Assert.Equal(tokenizer.Words, SubwordTokenizer.Load(_folder["tokenizer.json"]).Words);
    }

    [Fact]
    public void Contractions_are_their_words() =>
        Assert.Equal(_tokenizer.Encode("a pole is not standing"), _tokenizer.Encode("A pole isn't standing"));

    [Fact]
    public void A_file_of_whole_words_is_read()
    {
        File.WriteAllText(_folder["tokenizer.json"], """{"model":{"type":"WordLevel","vocab":{"[PAD]":0,"[UNK]":1,"a":2,"cart":3}}}""");
        SubwordTokenizer read = SubwordTokenizer.Load(_folder["tokenizer.json"]);
        Assert.Equal(["a", "cart"], read.Words);
        Assert.Equal([2, SubwordTokenizer.Unknown, 3], read.Encode("a red cart"));
        Assert.Equal(["red"], read.UnknownWords("a red cart"));
    }

    [Fact]
    public void A_saved_vocabulary_gives_the_same_numbers()
    {
        _tokenizer.Save(_folder["tokenizer.json"]);
        SubwordTokenizer again = SubwordTokenizer.Load(_folder["tokenizer.json"]);
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
            Assert.Throws<CorruptFileException>(() => SubwordTokenizer.Load(_folder["tokenizer.json"])).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
