using System.Text.Json;
using EmbodiedRL.Contracts;
using EmbodiedRL.Models.Tokenizers;

namespace EmbodiedRL.Models.Tests.Tokenizers;

/// <summary>Tokenizers against transformers and open_clip: all ids equal.</summary>
[Trait("Category", "Parity")]
public sealed class TokenizerParityTests
{
    private const string Clip = "contrastive/clip-tokenizer", Bert = "language/bert", Language = "language/tokenizers";

    [Fact]
    public void Clip_gives_the_ids_of_transformers()
    {
        TextTokenizer tokenizer = ClipTokenizer.Read(Fixtures.Require(Clip + "/vocab.json"), Fixtures.Require(Clip + "/merges.txt"));
        AssertIds(Fixtures.ReadJson(Clip + "/cases.json").GetProperty("cases"), "ids", text => tokenizer.Encode(text, 77));
    }

    [Fact]
    public void Clip_in_the_variant_of_open_clip_gives_its_ids()
    {
        TextTokenizer tokenizer = ClipTokenizer.ReadOpenClip(
            Fixtures.Require(Clip + "/vocab.json"), Fixtures.Require(Clip + "/merges.txt"));
        JsonElement differences = Fixtures.ReadJson(Clip + "/differences.json").GetProperty("cases");
        HashSet<string> differing = [.. differences.EnumerateArray().Select(Text)];
        AssertIds(differences, "open_clip", text => tokenizer.Encode(text, 77));
        AssertIds(Fixtures.ReadJson(Clip + "/cases.json").GetProperty("cases"), "ids", text => tokenizer.Encode(text, 77), differing);
    }

    [Fact]
    public void A_folder_of_Clip_is_loaded_by_its_files()
    {
        string folder = Fixtures.Require(Clip);
        foreach ((bool? openClip, string cases, string key) in
            ((bool?, string, string)[])[(null, "cases", "ids"), (false, "cases", "ids"), (true, "differences", "open_clip")])
        {
            ITextTokenizer tokenizer = TokenizerFolder.Load(folder, new TokenizerOptions { OpenClip = openClip });
            Assert.Equal(77, tokenizer.ContextLength);
            AssertIds(Fixtures.ReadJson($"{Clip}/{cases}.json").GetProperty("cases"), key, text => tokenizer.Encode(text, 77));
        }
    }

    [Theory]
    [InlineData("tokenizer.json")]
    [InlineData("vocab.txt")]
    public void MiniLM_gives_the_ids_of_transformers(string without)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("EMBODIED_MODELS") is { Length: > 0 }, "EMBODIED_MODELS names no folder.");
        JsonElement cases = Fixtures.ReadJson(Bert + "/cases.json");
        string model = Path.Combine(Environment.GetEnvironmentVariable("EMBODIED_MODELS")!, cases.GetProperty("model").GetString()!);
        Assert.SkipUnless(Directory.Exists(model), $"No folder {model}.");
        using var folder = new TemporaryFolder();
        foreach (string file in (string[])["tokenizer.json", "tokenizer_config.json", "vocab.txt", "config.json"])
            if (file != without && File.Exists(Path.Combine(model, file))) File.Copy(Path.Combine(model, file), folder[file]);
        var tokenizer = (TextTokenizer)TokenizerFolder.Load(folder.Path);
        int most = cases.GetProperty("max_length").GetInt32();
        AssertIds(cases.GetProperty("cases"), "ids", text => tokenizer.Encode(text, most));
        foreach (JsonElement test in cases.GetProperty("cases").EnumerateArray())
            Assert.Equal(test.GetProperty("tokens").Deserialize<string[]>(), Ids(test, "ids").Select(tokenizer.TokenOf));
        foreach (JsonElement pair in cases.GetProperty("pairs").EnumerateArray())
        {
            EncodedPair found = tokenizer.EncodePair(pair.GetProperty("a").GetString()!, pair.GetProperty("b").GetString()!, most);
            Assert.Equal(Ids(pair, "ids"), found.Ids);
            Assert.Equal(Ids(pair, "token_type_ids"), found.TypeIds);
        }
    }

    [Fact]
    public void Language_tokenizers_give_the_ids_and_texts_of_transformers()
    {
        JsonElement cases = Fixtures.ReadJson(Language + "/cases.json");
        string file = Fixtures.Require($"{Language}/{cases.GetProperty("tokenizer").GetString()}");
        var tokenizer = (TextTokenizer)TokenizerFolder.Load(Path.GetDirectoryName(file)!);
        Assert.Equal(cases.GetProperty("vocab_size").GetInt32(), tokenizer.VocabularySize);
        Assert.Equal(cases.GetProperty("pad_token_id").GetInt32(), tokenizer.PaddingId);
        foreach (JsonElement test in cases.GetProperty("cases").EnumerateArray())
        {
            string text = Text(test);
            int[] ids = Ids(test, "ids");
            Assert.Equal(ids, tokenizer.Encode(text));
            Assert.Equal(test.GetProperty("decoded").GetString(), tokenizer.Decode(ids, skipSpecialTokens: false));
            if (test.TryGetProperty("decoded_skip_special", out JsonElement skipped))
                Assert.Equal(skipped.GetString(), tokenizer.Decode(ids));
            Assert.Equal(test.TryGetProperty("ids_specials_as_text", out _) ? Ids(test, "ids_specials_as_text") : ids,
                tokenizer.EncodePlain(text, specialsAsText: true));
        }

        foreach (JsonElement test in cases.GetProperty("partial_characters").EnumerateArray())
            Assert.Equal(test.GetProperty("each_decoded_alone").Deserialize<string[]>(),
                Ids(test, "ids").Select(id => tokenizer.Decode([id])));
        AssertIds(cases.GetProperty("chats"), "ids", text => tokenizer.Encode(text));
    }

    private static string Text(JsonElement test) => test.GetProperty("text").GetString()!;

    private static int[] Ids(JsonElement test, string key) => test.GetProperty(key).Deserialize<int[]>()!;

    private static void AssertIds(JsonElement cases, string key, Func<string, int[]> encode, HashSet<string>? except = null)
    {
        JsonElement[] all = [.. cases.EnumerateArray()];
        Assert.NotEmpty(all);
        string[] wrong = [.. all
            .Where(test => except?.Contains(Text(test)) != true && !encode(Text(test)).AsSpan().SequenceEqual(Unpadded(Ids(test, key))))
            .Select(test => $"{JsonSerializer.Serialize(Text(test))}: {string.Join(' ', encode(Text(test)))}, "
                + $"not {string.Join(' ', Ids(test, key))}")];
        Assert.True(wrong.Length == 0, $"{wrong.Length} of {all.Length} differ:\n{string.Join('\n', wrong)}");
    }

    /// <summary>open_clip stores ids padded with 0, which a text cannot end with: the end token follows.</summary>
    private static ReadOnlySpan<int> Unpadded(int[] ids) => ids.AsSpan().TrimEnd(0);
}
