using EmbodiedRL.Core;
using EmbodiedRL.Models.Tokenizers;

namespace EmbodiedRL.Models.Tests.Tokenizers;

public sealed class TokenizerFolderTests
{
    private static readonly string[] Vocabulary =
    [
        "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "robot", "kneel", "##ing", "##s", ",", "!", "中", "e", "cafe", "+", "r", "##o",
    ];

    [Theory]
    [InlineData("A robot, kneeling!", "[CLS] a robot , kneel ##ing ! [SEP]")]
    [InlineData("robots 中robot", "[CLS] robot ##s 中 robot [SEP]")]
    [InlineData("Café\u0000\u00AD+", "[CLS] cafe + [SEP]")]
    [InlineData("roboter a", "[CLS] [UNK] a [SEP]")]                          // a word is known as a whole or not at all
    [InlineData("a [MASK] [mask]", "[CLS] a [MASK] [UNK] [UNK] [UNK] [SEP]")]
    public void Words_of_a_list_are_cut_into_pieces(string text, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["vocab.txt"], Vocabulary);
        var tokenizer = (TextTokenizer)TokenizerFolder.Load(folder.Path);
        Assert.Equal(expected, string.Join(' ', tokenizer.Encode(text).Select(tokenizer.TokenOf)));
        Assert.Equal((18, 0), (tokenizer.VocabularySize, tokenizer.PaddingId));
    }

    [Fact]
    public void A_word_of_more_than_a_hundred_characters_is_unknown()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["vocab.txt"], Vocabulary);
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder.Path);
        Assert.Equal(102, tokenizer.Encode("r" + new string('o', 99)).Length);
        Assert.Equal([2, 1, 3], tokenizer.Encode("r" + new string('o', 100)));
        Assert.Equal([2, 1, 3], tokenizer.Encode(new string('o', 1_000_000)));
    }

    [Fact]
    public void A_cased_list_keeps_case_and_decodes_to_text()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["vocab.txt"], [.. Vocabulary, "É"]);
        File.WriteAllText(folder["tokenizer_config.json"],
            """{"tokenizer_class": "BertTokenizer", "do_lower_case": false, "model_max_length": 512, "truncation_side": "left"}""");
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder.Path);
        Assert.Equal([2, 18, 1, 3], tokenizer.Encode("É A"));
        Assert.Equal(512, tokenizer.ContextLength);
        Assert.Equal([2, 7, 8, 3], tokenizer.Encode("a robot kneeling", 4));
        Assert.Equal("a robot, kneeling!", tokenizer.Decode(tokenizer.Encode("a robot, kneeling!")));
    }

    [Fact]
    public void Gpt2_files_have_no_tokens_around_a_text()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["vocab.json"], """{"a": 0, "b": 1, "Ġ": 2, "Ġa": 3, "<|endoftext|>": 4}""");
        File.WriteAllText(folder["merges.txt"], "#version: 0.2\nĠ a\n");
        File.WriteAllText(folder["tokenizer_config.json"], """{"tokenizer_class": "GPT2Tokenizer", "eos_token": "<|endoftext|>"}""");
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder.Path);
        Assert.Equal([0, 3, 2, 1, 4], tokenizer.Encode("a a b<|endoftext|>"));
        Assert.Equal("a a b", tokenizer.Decode([0, 3, 2, 1, 4]));
    }

    [Fact]
    public void Siglip_2_is_lower_cased_falls_back_to_bytes_and_is_padded_with_zero()
    {
        using var folder = new TemporaryFolder();
        string bytes = string.Join(", ", Enumerable.Range(0, 256).Select(value => $"\"<0x{value:X2}>\": {value + 10}"));
        File.WriteAllText(folder["tokenizer.json"], """
            {"added_tokens": [{"id": 0, "content": "<pad>", "special": true}, {"id": 1, "content": "<eos>", "special": true}],
             "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
             "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": false},
             "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}},
              {"SpecialToken": {"id": "<eos>", "type_id": 0}}],
              "special_tokens": {"<eos>": {"id": "<eos>", "ids": [1], "tokens": ["<eos>"]}}},
             "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
              {"type": "ByteFallback"}, {"type": "Fuse"}]},
             "model": {"type": "BPE", "byte_fallback": true, "fuse_unk": true, "unk_token": "<unk>", "vocab": {"<pad>": 0, "<eos>": 1,
              "<unk>": 2, "a": 3, "▁": 4, "▁a": 5, "aa": 6, @BYTES}, "merges": ["▁ a", "a a"]}}
            """.Replace("@BYTES", bytes));
        File.WriteAllText(folder["tokenizer_config.json"], """{"tokenizer_class": "GemmaTokenizer", "pad_token": "<pad>"}""");
        File.WriteAllText(folder["config.json"], """{"model_type": "siglip2"}""");
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder.Path);
        Assert.Equal([6, 5, 10 + 0xC3, 10 + 0xA9, 1], tokenizer.Encode("AA AÉ"));   // "aa▁aé": É is lower-cased, then written in bytes
        Assert.Equal("aa aé", tokenizer.Decode(tokenizer.Encode("AA AÉ")));
        EncodedBatch batch = tokenizer.EncodeBatch(["a"], tokenizer.ContextLength);
        Assert.Equal(64, batch.Length);
        Assert.Equal([3, 1, .. Enumerable.Repeat(0L, 62)], batch.Ids);
        File.Delete(folder["config.json"]);
        Assert.Equal(10 + 'A', TokenizerFolder.Load(folder.Path).Encode("A")[0]);
    }

    [Fact]
    public void Clip_words_end_with_their_suffix_and_decode_to_text()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["vocab.json"],
            """{"a": 0, "b": 1, "a</w>": 2, "b</w>": 3, "ab</w>": 4, "<|startoftext|>": 5, "<|endoftext|>": 6, "!": 7}""");
        File.WriteAllText(folder["merges.txt"], "#version: 0.2\na b</w>\n");
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder.Path);
        Assert.Equal([5, 4, 2, 6], tokenizer.Encode(" AB\n\na "));
        Assert.Equal([5, 4, 6], tokenizer.Encode("ab a", 3));
        Assert.Equal("ab a", tokenizer.Decode([5, 4, 2, 6]));
        Assert.Equal(6, tokenizer.PaddingId);
        File.WriteAllText(folder["special_tokens_map.json"], """{"pad_token": "!"}""");
        Assert.Equal(7, TokenizerFolder.Load(folder.Path).PaddingId);
        File.WriteAllText(folder["open_clip_config.json"], "{}");
        ITextTokenizer openClip = TokenizerFolder.Load(folder.Path);
        Assert.Equal([5, 5, 4, 6], openClip.Encode("<start_of_text>ａｂ"));
        Assert.Equal(0, openClip.PaddingId);
    }

    [Fact]
    public void Open_clip_names_another_tokenizer_and_how_text_is_cleaned()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tokenizer.json"], """
            {"pre_tokenizer": {"type": "WhitespaceSplit"}, "model": {"type": "WordLevel", "unk_token": "?",
             "vocab": {"?": 0, "a": 1, "robot": 2, "Robot!": 3}}}
            """);
        const string Config =
            """{"model_cfg": {"text_cfg": {"hf_tokenizer_name": "x", "context_length": 3, "tokenizer_kwargs": {@SETTING}}}}""";
        File.WriteAllText(folder["open_clip_config.json"], Config.Replace("@SETTING", "\"clean\": \"canonicalize\""));
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder.Path);
        Assert.Equal(3, tokenizer.ContextLength);
        Assert.Equal([1, 2, 2], tokenizer.Encode("A_Robot! ro-bot"));
        File.WriteAllText(folder["open_clip_config.json"], Config.Replace("@SETTING", ""));
        Assert.Equal([0, 3], TokenizerFolder.Load(folder.Path).Encode("&amp; Robot!"));
        File.WriteAllText(folder["open_clip_config.json"], Config.Replace("@SETTING", "\"strip_sep_token\": true"));
        Assert.Contains("strip_sep_token", Assert.Throws<CorruptFileException>(() => TokenizerFolder.Load(folder.Path)).Message);
    }

    [Fact]
    public void Empty_texts_are_their_special_tokens()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["vocab.txt"], Vocabulary);
        ITextTokenizer tokenizer = TokenizerFolder.Load(folder.Path);
        Assert.Equal([2, 3], tokenizer.Encode(""));
        Assert.Equal([2, 3], tokenizer.Encode(" \t\n"));
        Assert.Equal(0, tokenizer.EncodeBatch([]).Count);
    }

    [Theory]
    [InlineData("vocab.txt", "a\na\n", "occurs twice")]
    [InlineData("vocab.txt", "a\nb\n", "[UNK]")]
    [InlineData("spiece.model", "text", "spiece.model")]
    [InlineData("tokenizer_config.json", "[", "tokenizer_config.json")]
    [InlineData("tokenizer_config.json", """{"model_max_length": "long"}""", "tokenizer_config.json")]
    public void A_bad_file_is_one_error_that_names_it(string name, string content, string word)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder[name], content);
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => TokenizerFolder.Load(folder.Path));
        Assert.Contains(name, error.Message);
        Assert.Contains(word, error.Message);
    }

    [Fact]
    public void Merges_that_name_no_token_are_one_error()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["vocab.json"], """{"a": 0, "<|startoftext|>": 5, "<|endoftext|>": 6}""");
        File.WriteAllText(folder["merges.txt"], "a b\n");
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => TokenizerFolder.Load(folder.Path));
        Assert.Contains("merges.txt", error.Message);
        Assert.Contains("'b'", error.Message);
    }

    [Fact]
    public void A_folder_without_a_tokenizer_names_the_files_looked_for()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("tokenizer.json", Assert.Throws<AssetMissingException>(() => TokenizerFolder.Load(folder.Path)).Message);
    }
}
