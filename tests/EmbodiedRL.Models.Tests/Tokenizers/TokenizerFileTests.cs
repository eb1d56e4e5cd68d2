using CsCheck;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Tokenizers;

namespace EmbodiedRL.Models.Tests.Tokenizers;

/// <summary>Components of <c>tokenizer.json</c>, each by a small file whose result can be seen.</summary>
public sealed class TokenizerFileTests
{
    /// <summary>A word model whose words are the pieces themselves, so that ids tell how a text was cut.</summary>
    private const string Words = """
        "model": {"type": "WordLevel", "unk_token": "?", "vocab": {"?": 0, "a": 1, "b": 2, "ab": 3, "-": 4, "a-": 5, "-b": 6, "--": 7,
         "1": 8, "12": 9, "▁a": 10, "▁b": 11, "é": 12, "e": 13, "▁": 14, "[X]": 15, " ": 16, "a b": 17, ".": 18}}
        """;

    private const string Gemma = """
        {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
         {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
        """;

    [Theory]
    [InlineData("""{"type": "Split", "pattern": {"String": "-"}, "behavior": "Removed", "invert": false}""", "a--b", "a b")]
    [InlineData("""{"type": "Split", "pattern": {"String": "-"}, "behavior": "Isolated", "invert": false}""", "a--b", "a - - b")]
    [InlineData("""{"type": "Split", "pattern": {"Regex": "-"}, "behavior": "MergedWithPrevious", "invert": false}""", "a--b", "a- - b")]
    [InlineData("""{"type": "Split", "pattern": {"Regex": "-"}, "behavior": "MergedWithNext", "invert": false}""", "a--b", "a - -b")]
    [InlineData("""{"type": "Split", "pattern": {"String": "-"}, "behavior": "Contiguous", "invert": false}""", "a--b", "a -- b")]
    [InlineData("""{"type": "Split", "pattern": {"Regex": "[ab]+"}, "behavior": "Removed", "invert": true}""", "a-ab", "a ab")]
    [InlineData("""{"type": "Digits", "individual_digits": true}""", "a12", "a 1 ?")]
    [InlineData("""{"type": "Digits", "individual_digits": false}""", "a12b", "a 12 b")]
    [InlineData("""{"type": "Whitespace"}""", "a --\tab", "a -- ab")]
    [InlineData("""{"type": "WhitespaceSplit"}""", " a-  b ", "a- b")]
    [InlineData("""{"type": "BertPreTokenizer"}""", "a-b  ab", "a - b ab")]
    [InlineData("""{"type": "Punctuation", "behavior": "Contiguous"}""", "a--b", "a -- b")]
    [InlineData("""{"type": "CharDelimiterSplit", "delimiter": "-"}""", "a-b", "a b")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}""", "a b", "▁a ▁b")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "add_prefix_space": false}""", "a b", "a ▁b")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": true}""", "a[X]b", "▁a [X] b")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}""", "a[X]b", "▁a [X] ▁b")]
    [InlineData("""{"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Digits"}]}""", "a 12", "a 12")]
    public void Pre_tokenizers_cut(string preTokenizer, string text, string expected) =>
        Assert.Equal(expected, Shown(Read("""{"pre_tokenizer": @PART, @SPECIALS, @WORDS}""", preTokenizer), text));

    [Theory]
    [InlineData("""{"type": "Lowercase"}""", "AB", "ab")]
    [InlineData("""{"type": "NFC"}""", "e\u0301", "é")]
    [InlineData("""{"type": "NFKC"}""", "ａｂ", "ab")]
    [InlineData("""{"type": "Sequence", "normalizers": [{"type": "NFD"}, {"type": "StripAccents"}, {"type": "Lowercase"}]}""", "É", "e")]
    [InlineData("""{"type": "Strip", "strip_left": true, "strip_right": true}""", " ab ", "ab")]
    [InlineData("""{"type": "Replace", "pattern": {"String": "x"}, "content": "a"}""", "xb", "ab")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "x+"}, "content": "a"}""", "xxxb", "ab")]
    [InlineData("""{"type": "Prepend", "prepend": "▁"}""", "a", "▁a")]
    [InlineData("""{"type": "BertNormalizer", "clean_text": true, "strip_accents": null, "lowercase": true}""", "É\u0000", "e")]
    [InlineData("""{"type": "BertNormalizer", "strip_accents": false, "lowercase": true}""", "É", "é")]
    [InlineData("null", "ab", "ab")]
    public void Normalizers_rewrite(string normalizer, string text, string expected) =>
        Assert.Equal(expected, Shown(Read("""{"normalizer": @PART, @WORDS}""", normalizer), text));

    [Theory]
    [InlineData("", "a[X]b", "a [X] b")]
    [InlineData("""lstrip": true, "rstrip": true, "x""", "a [X]  b", "a [X] b")]
    [InlineData("""single_word": true, "x""", "a[X]b [X]", "? [X]")]
    [InlineData("""normalized": true, "x""", "a[x]", "a [X]")]
    [InlineData("""normalized": false, "x""", "a[x]", "?")]
    public void Added_tokens_are_found_as_their_flags_say(string flags, string text, string expected)
    {
        string normalizer = flags.StartsWith("normalized", StringComparison.Ordinal) ? """{"type": "Lowercase"}""" : "null";
        TextTokenizer tokenizer = Read("""
            {"normalizer": @PART, "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "Isolated"}, @SPECIALS, @WORDS}
            """, normalizer, flags);
        Assert.Equal(expected, Shown(tokenizer, text).Replace("  ", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Special_tokens_in_untrusted_text_are_text()
    {
        TextTokenizer tokenizer = Read("""{@SPECIALS, @WORDS}""");
        Assert.Equal([1, 15], tokenizer.Encode("a[X]"));
        Assert.Equal([0], tokenizer.Encode("a[X]", int.MaxValue, specialsAsText: true));
        Assert.Equal([15], tokenizer.EncodePlain("[X]", specialsAsText: true)); // the model's own vocabulary has it as a word
        Assert.Equal("a", tokenizer.Decode([1, 15]));
        Assert.Equal("a [X]", tokenizer.Decode([1, 15, 999], skipSpecialTokens: false));
    }

    [Fact]
    public void Templates_place_special_tokens_and_types()
    {
        TextTokenizer tokenizer = Read("""
            {"pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": {"type": "Sequence", "processors": [{"type": "ByteLevel"},
             {"type": "TemplateProcessing",
              "single": [{"SpecialToken": {"id": "[X]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
              "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[X]", "type_id": 2}},
               {"Sequence": {"id": "B", "type_id": 1}}],
              "special_tokens": {"[X]": {"id": "[X]", "ids": [15, 7], "tokens": ["[X]", "--"]}}}]}, @WORDS}
            """);
        Assert.Equal([15, 7, 1, 2], tokenizer.Encode("a b"));
        Assert.Equal([15, 7, 1], tokenizer.Encode("a b", 3));
        Assert.Equal([15, 7], tokenizer.Encode("a b", 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Encode("a b", 1));
        EncodedPair pair = tokenizer.EncodePair("a a", "b");
        Assert.Equal([1, 1, 15, 7, 2], pair.Ids);
        Assert.Equal([0, 0, 2, 2, 1], pair.TypeIds);
        Assert.Equal([1, 15, 7, 2], tokenizer.EncodePair("a b", "b", 4).Ids);       // the longer one is cut
        Assert.Equal([1, 1, 15, 7, 2, 2], tokenizer.EncodePair("a a a", "b b b b", 6).Ids);
    }

    [Theory]
    [InlineData("BertProcessing", "4 1 5", "4 1 5 2 5", "0 0 0 1 1")]
    [InlineData("RobertaProcessing", "4 1 5", "4 1 5 5 2 5", "0 0 0 0 0 0")]
    public void Older_post_processors_are_templates(string type, string single, string pair, string types)
    {
        TextTokenizer tokenizer = Read(
            """{"post_processor": {"type": "@PART", "sep": ["a-", 5], "cls": ["-", 4], "trim_offsets": true}, @WORDS}""", type);
        Assert.Equal(single, string.Join(' ', tokenizer.Encode("a")));
        EncodedPair found = tokenizer.EncodePair("a", "b");
        Assert.Equal((pair, types), (string.Join(' ', found.Ids), string.Join(' ', found.TypeIds)));
    }

    [Theory]
    [InlineData("""{"type": "WordPiece", "prefix": "##", "cleanup": true}""", "e . ##b", "e.b")]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "add_prefix_space": true}""", "▁a ▁b", "a b")]
    [InlineData("""{"type": "BPEDecoder", "suffix": "</w>"}""", "a</w> b</w>", "a b")]
    [InlineData("""{"type": "ByteLevel"}""", "Ã© Ġ a", "é a")]
    [InlineData("""{"type": "ByteLevel"}""", "Ã a", "\uFFFDa")]
    [InlineData(Gemma, "▁a <0xC3> <0xA9> ▁b <0xC3>", "aé b\uFFFD")]
    public void Decoders_make_text(string decoder, string tokens, string expected)
    {
        string[] all = tokens.Split(' ');
        string vocabulary = string.Join(", ", all.Distinct().Select((token, id) => $"\"{token}\": {id}"));
        TextTokenizer tokenizer = Read(
            """{"decoder": @PART, "model": {"type": "WordLevel", "vocab": {@SPECIALS}}}""".Replace("@SPECIALS", vocabulary), decoder);
        Assert.Equal(expected, tokenizer.Decode([.. all.Select(token => tokenizer.IdOf(token)!.Value)]));
    }

    [Fact]
    public void Byte_pairs_are_read_in_both_spellings_of_merges()
    {
        foreach (string merges in (string[])["""["a b", "ab c"]""", """[["a", "b"], ["ab", "c"]]"""])
        {
            TextTokenizer tokenizer = Read(
                """{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "abc": 4}, "merges": @PART}}""", merges);
            Assert.Equal([4, 3, 0], tokenizer.Encode("abcaba"));
            Assert.Equal(5, tokenizer.VocabularySize);
        }
    }

    [Fact]
    public void Unigrams_are_read()
    {
        TextTokenizer tokenizer = Read("""
            {"pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"},
             "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0], ["▁a", -1], ["▁", -2], ["b", -2], ["ab", -2.5]]}}
            """);
        Assert.Equal([1, 3, 2, 0, 3], tokenizer.Encode("ab zzb"));
    }

    [Theory]
    [InlineData("""{"normalizer": {"type": "Rot13"}, @WORDS}""", "normalizer Rot13")]
    [InlineData("""{"pre_tokenizer": {"type": "UnicodeScripts"}, @WORDS}""", "pre-tokenizer UnicodeScripts")]
    [InlineData("""{"decoder": {"type": "CTC"}, @WORDS}""", "decoder CTC")]
    [InlineData("""{"post_processor": {"type": "Own"}, @WORDS}""", "post-processor Own")]
    [InlineData("""{"model": {"type": "Neural", "vocab": {}}}""", "model Neural")]
    [InlineData("""{"added_tokens": []}""", "no model")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a x"]}}""", "'x'")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}}""", "merge 'a'")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0, "b": 0}, "merges": []}}""", "same id 0")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0, "a": 1}, "merges": []}}""", "occurs twice")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}""", "-1")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": "0"}, "merges": []}}""", "tokenizer.json")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}}""", "empty")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.1}}""", "dropout")]
    [InlineData("""{"model": {"type": "WordPiece", "vocab": {"a": 0}, "unk_token": "[UNK]"}}""", "[UNK]")]
    [InlineData("""{"model": {"type": "Unigram", "unk_id": 9, "vocab": [["a", 0]]}}""", "9")]
    [InlineData("""{"added_tokens": [{"id": 1, "content": "x"}], @WORDS}""", "'x'")]
    [InlineData("""{"added_tokens": [{"id": 50, "content": "x"}, {"id": 50, "content": "y"}], @WORDS}""", "same id 50")]
    [InlineData("""{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(["}, "behavior": "Isolated"}, @WORDS}""", "([")]
    [InlineData("""{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Sideways"}, @WORDS}""", "Sideways")]
    [InlineData("[1]", "Array")]
    [InlineData("{", "tokenizer.json")]
    public void An_error_names_file_and_component(string json, string word)
    {
        CorruptFileException error = Assert.Throws<CorruptFileException>(
            () => Read(json));
        Assert.Contains("tokenizer.json", error.Message);
        Assert.Contains(word, error.Message);
    }

    [Fact]
    public void Deep_nesting_is_an_error()
    {
        string deep = string.Concat(Enumerable.Repeat("""{"type": "Sequence", "normalizers": [""", 10_000));
        Assert.Contains("tokenizer.json", Assert.Throws<CorruptFileException>(() => Read("{\"normalizer\": " + deep)).Message);
    }

    [Fact]
    public void Altered_files_load_or_fail_with_an_error_that_names_them()
    {
        string whole = """
            {"normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "[ab]+"}, "behavior": "Isolated"},
             "post_processor": {"type": "BertProcessing", "sep": ["-", 4], "cls": ["-", 4]},
             "decoder": {"type": "WordPiece", "prefix": "##"},
             "added_tokens": [{"id": 15, "content": "[X]", "special": true, "lstrip": true}], "truncation": {"direction": "Right",
             "max_length": 5}, "model": {"type": "BPE", "unk_token": "?", "vocab": {"?": 0, "a": 1, "b": 2, "ab": 3, "-": 4, "[X]": 15},
             "merges": ["a b"]}}
            """;
        Gen<string> insertion = Gen.OneOfConst("", "[", "{", "-1", "\"x\"", "null", "9999999999", ":", "\\", "(");
        Gen.Select(Gen.Int[0, whole.Length - 1], insertion).Sample((place, text) =>
        {
            try
            {
                Read(whole[..place] + text + whole[(place + 1)..]).Encode("ab-12 é[X]");
                return true;
            }
            catch (EmbodiedException error)
            {
                return error.Message.Contains("tokenizer.json", StringComparison.Ordinal);
            }
        }, iter: 600);
    }

    private static string Shown(TextTokenizer tokenizer, string text) => string.Join(' ', tokenizer.Encode(text).Select(tokenizer.TokenOf));

    /// <summary>A tokenizer of a file in which the words, a special token with a flag, and the part of the test are filled in.</summary>
    private static TextTokenizer Read(string json, string part = "", string flag = "")
    {
        string specials = $"\"added_tokens\": [{{\"id\": 15, \"content\": \"[X]\", \"special\": true, \"{flag}\": true}}]";
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tokenizer.json"],
            json.Replace("@WORDS", Words).Replace("@SPECIALS", specials).Replace("@PART", part));
        return (TextTokenizer)TokenizerFolder.Load(folder.Path);
    }
}
