using System.Text.Json.Nodes;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Chat;
using EmbodiedRL.Models.Language.Generation;
using EmbodiedRL.Models.Language.VisionLanguage;
using EmbodiedRL.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Language.VisionLanguage;

/// <summary>Vision-language models opened from folders: what they make of questions, and what they say of folders that are wrong.</summary>
[NoTensorLeaks]
public sealed class VisionLanguageFolderTests
{
    private const int Image = 50;

    private static readonly RgbImage Wide = Picture(40, 20), Square = Picture(30, 30);

    public static TheoryData<string, string> Damages => new()
    {
        { "type", "model_type" },
        { "no type", "model_type" },
        { "no config", "config.json" },
        { "cut config", "config.json" },
        { "no weights", "model.safetensors" },
        { "cut weights", "model.safetensors" },
        { "width", "embed_tokens.weight" },
        { "layers", "layers.2" },
        { "fewer layers", "layers.1" },
        { "patch", "patch_embed" },
        { "heads", "heads" },
        { "image token", "image_token_id" },
        { "tokenizer", "tokenizer.json" },
        { "processor", "preprocessor_config.json" },
        { "other processor", "CLIPImageProcessor" },
    };

    [Fact]
    public void A_question_to_SmolVLM_has_each_tile_under_its_row_and_column()
    {
        using TemporaryFolder folder = SmolFolder();
        using ILanguageModel model = LanguageModels.Open(folder.Path);
        // 40 x 20 becomes 48 x 24: two tiles of 24 and the whole, 4 tokens each; line ends are no tokens of this tokenizer
        using EncodedPrompt one = model.Encode(Ask("what is this", Wide));
        int[] tiles = [4, 49, 47, .. Tokens(4), 49, 46, .. Tokens(4), 49, 48, .. Tokens(4), 49, 7, 8, 9, 5];
        Assert.Equal(tiles, one.Ids);
        Assert.Equal([3, 3, 24, 24], one.Images!.Pixels.shape);
        Assert.Equal([12], one.Images.Tokens);

        // 30 x 30 becomes 48 x 48: two rows of two
        using EncodedPrompt two = model.Encode(Ask("what is this", Wide, Square));
        Assert.Equal([12, 20], two.Images!.Tokens);
        Assert.Equal([8, 3, 24, 24], two.Images.Pixels.shape);
        Assert.Equal(32, two.Ids.Count(id => id == Image));
        using EncodedPrompt text = model.Encode(Ask("what is this"));
        Assert.Null(text.Images);
        Assert.Equal([4, 7, 8, 9, 5], text.Ids);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_changed_model_is_read_again_as_it_was_saved(bool qwen)
    {
        using TemporaryFolder folder = qwen ? QwenFolder() : SmolFolder(), into = new();
        SavedModelTests.IsReadAgain(folder.Path, into["saved"]);
    }

    [Fact]
    public void A_question_to_Qwen_has_a_token_for_each_block_of_patches()
    {
        using TemporaryFolder folder = QwenFolder();
        using ILanguageModel model = LanguageModels.Open(folder.Path);
        // sides become multiples of 9: 36 x 18
        using EncodedPrompt one = model.Encode(Ask("what is this", Wide));
        Assert.Equal([4, 49, .. Tokens(8), 48, 7, 8, 9, 5], one.Ids);
        Assert.Equal([1L, 6L, 12L], one.Images!.Grid!.data<long>().ToArray());
        Assert.Equal([72, 54], one.Images.Pixels.shape);
        using EncodedPrompt two = model.Encode(Ask("what is this", Wide, Square));
        Assert.Equal([8, 9], two.Images!.Tokens);
        Assert.Equal([2, 3], two.Images.Grid!.shape);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Questions_are_answered_in_a_batch_as_each_alone(bool qwen)
    {
        using TemporaryFolder folder = qwen ? QwenFolder() : SmolFolder();
        using ILanguageModel model = LanguageModels.Open(folder.Path);
        Question[] questions = [Ask("what", Wide), Ask("is this what"), Ask("this is", Square, Wide)];
        EncodedPrompt[] prompts = [.. questions.Select(model.Encode)];
        var settings = new SamplingSettings { Greedy = true, MaximumTokens = 4, EndIds = [] };
        var generator = new TextGenerator(model);
        Completions together = generator.Generate(prompts, 1, settings, 1);
        for (int row = 0; row < prompts.Length; row++)
            Assert.Equal(generator.Generate([prompts[row]], 1, settings, 1).Tokens[0], together.Tokens[row]);
        foreach (EncodedPrompt prompt in prompts) prompt.Dispose();
    }

    [Theory]
    [InlineData(true, "<|image_pad|>")]
    [InlineData(false, "<image>")]
    public void A_marker_in_somebody_s_words_is_refused(bool qwen, string marker)
    {
        using TemporaryFolder folder = qwen ? QwenFolder() : SmolFolder();
        using ILanguageModel model = LanguageModels.Open(folder.Path);
        SpecMismatchException error = Assert.Throws<SpecMismatchException>(() => model.Encode(Ask($"what {marker}", Wide)));
        Assert.Contains(marker, error.Message, StringComparison.Ordinal);
        Assert.Contains("found 2", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void More_tokens_than_the_context_are_refused_by_number(bool qwen)
    {
        using TemporaryFolder folder = qwen ? QwenFolder() : SmolFolder();
        using ILanguageModel model = LanguageModels.Open(folder.Path);
        RgbImage[] many = [.. Enumerable.Repeat(Square, 12)];
        Assert.Contains("at most 96", Assert.Throws<SpecMismatchException>(() => model.Encode(Ask("what", many))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_folder_without_processor_or_tokenizer_opens_and_says_what_is_missing_when_it_is_needed(bool qwen)
    {
        using TemporaryFolder folder = qwen ? QwenFolder() : SmolFolder();
        File.Delete(At(folder, "preprocessor_config.json"));
        using (ILanguageModel model = LanguageModels.Open(folder.Path))
        {
            Assert.Contains("preprocessor_config.json", Assert.Throws<AssetMissingException>(() => model.Encode(Ask("what", Wide))).Message,
                StringComparison.Ordinal);
            model.Encode(Ask("what")).Dispose();
        }

        File.Delete(At(folder, "tokenizer.json"));
        using ILanguageModel silent = LanguageModels.Open(folder.Path);
        Assert.Contains("tokenizer.json", Assert.Throws<AssetMissingException>(() => silent.Encode(Ask("what"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_processor_of_other_patches_is_refused()
    {
        using TemporaryFolder qwen = QwenFolder(), smol = SmolFolder();
        Edit(qwen, "preprocessor_config.json", root => root["merge_size"] = 2);
        Refuse(qwen.Path);
        Edit(smol, "preprocessor_config.json", root => root["max_image_size"]!["longest_edge"] = 20);
        Refuse(smol.Path);

        static void Refuse(string path) => Assert.Contains("processor",
            Assert.Throws<SpecMismatchException>(() => LanguageModels.Open(path)).Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Damages))]
    public void A_folder_that_is_wrong_is_one_error_that_names_it(string damage, string word)
    {
        foreach (bool qwen in (bool[])[true, false])
        {
            using TemporaryFolder folder = qwen ? QwenFolder() : SmolFolder();
            Damage(folder, damage, qwen);
            EmbodiedException error = Assert.ThrowsAny<EmbodiedException>(() => LanguageModels.Open(folder.Path).Dispose());
            Assert.Contains(word, error.Message, StringComparison.Ordinal);
            Assert.Contains(folder.Path, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_conversation_has_images_where_its_parts_are()
    {
        using TemporaryFolder folder = QwenFolder();
        using var model = (IChatLanguageModel)LanguageModels.Open(folder.Path);
        ChatTurn[] turns =
        [
            new("user", [new ChatPart("what"), ChatPart.Image, new ChatPart("is")]), new("assistant", "this"),
            new("user", [ChatPart.Image, new ChatPart("what")]),
        ];
        using EncodedPrompt prompt = model.Encode(turns, [Wide, Square]);
        Assert.Equal([4, 7, 49, .. Tokens(8), 48, 8, 4, 9, 4, 49, .. Tokens(9), 48, 7, 5], prompt.Ids);
        Assert.Throws<SpecMismatchException>(() => model.Encode(turns, [Wide]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void In_half_precision_the_numbers_are_near(bool qwen)
    {
        using TemporaryFolder folder = qwen ? QwenFolder() : SmolFolder();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        using ILanguageModel exact = LanguageModels.Open(folder.Path), half = LanguageModels.Open(folder.Path, precision: Precision.Bf16);
        using EncodedPrompt prompt = exact.Encode(Ask("what is", Wide));
        using ModelInput padded = ModelInput.PadLeft([prompt.Ids], 0);
        using var input = new ModelInput(padded.Ids.alias(), padded.Mask.alias()) { Images = prompt.Images };
        Tensor expected = exact.Hidden(input), found = half.Hidden(input);
        Assert.Equal(ScalarType.BFloat16, found.dtype);
        double off = (expected - found.to(ScalarType.Float32)).norm().ToDouble() / expected.norm().ToDouble();
        Assert.True(off is > 1e-5 and < 0.1, $"off by {off}");
    }

    [Fact]
    public void Weights_are_found_under_the_names_of_older_files()
    {
        using TemporaryFolder folder = QwenFolder();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable still = no_grad();
        using var expected = (QwenVl)LanguageModels.Open(folder.Path);
        using EncodedPrompt prompt = expected.Encode(Ask("what is", Wide));
        // as files of transformers before 4.52 have them
        SaveRenamed(expected.Module, At(folder, "model.safetensors"), name => name
            .Replace("model.visual.", "visual.", StringComparison.Ordinal)
            .Replace("model.language_model.", "model.", StringComparison.Ordinal));
        using ILanguageModel found = LanguageModels.Open(folder.Path);
        using ModelInput padded = ModelInput.PadLeft([prompt.Ids], 0);
        using var input = new ModelInput(padded.Ids.alias(), padded.Mask.alias()) { Images = prompt.Images };
        Assert.True(expected.Hidden(input).eq(found.Hidden(input)).all().ToBoolean());
    }

    [Fact]
    public void Embeddings_that_are_said_to_be_tied_must_be_equal_to_the_head()
    {
        using TemporaryFolder folder = SmolFolder();
        using DisposeScope scope = NewDisposeScope();
        using var model = (SmolVlm)LanguageModels.Open(folder.Path);
        string path = At(folder, "model.safetensors");
        float[] table = model.Decoder.Embeddings.Weight.detach().data<float>().ToArray();
        SaveRenamed(model.Module, path, name => name, StoredTensor.Of<float>("lm_head.weight", [53, 24], table));
        LanguageModels.Open(folder.Path).Dispose();
        table[0]++;
        SaveRenamed(model.Module, path, name => name, StoredTensor.Of<float>("lm_head.weight", [53, 24], table));
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => LanguageModels.Open(folder.Path));
        Assert.Contains("tie_word_embeddings", error.Message, StringComparison.Ordinal);
    }

    private static void SaveRenamed(nn.Module module, string path, Func<string, string> rename, params StoredTensor[] more)
    {
        IEnumerable<StoredTensor> own = module.named_parameters().Select(pair => StoredTensor.Of<float>(rename(pair.name),
            pair.parameter.shape, pair.parameter.detach().contiguous().data<float>().ToArray()));
        Safetensors.Write(path, [.. own, .. more], new Dictionary<string, string> { ["format"] = "pt" });
    }

    private static void Damage(TemporaryFolder folder, string damage, bool qwen)
    {
        string config = At(folder, "config.json"), weights = At(folder, "model.safetensors");
        void Text(string name, int value) => Edit(folder, "config.json", root => root["text_config"]![name] = value);
        void Vision(string name, int value) => Edit(folder, "config.json", root => root["vision_config"]![name] = value);
        switch (damage)
        {
            case "type": Edit(folder, "config.json", root => root["model_type"] = "llava"); break;
            case "no type": Edit(folder, "config.json", root => root.Remove("model_type")); break;
            case "no config": File.Delete(config); break;
            case "cut config": File.WriteAllText(config, File.ReadAllText(config)[..40]); break;
            case "no weights": File.Delete(weights); break;
            case "cut weights": File.WriteAllBytes(weights, File.ReadAllBytes(weights)[..^9]); break;
            case "width": Text("vocab_size", 54); break;
            case "layers": Text("num_hidden_layers", 3); break;
            case "fewer layers": Text("num_hidden_layers", 1); break;
            case "heads": Vision(qwen ? "num_heads" : "num_attention_heads", 7); break;
            case "patch":
                Vision("patch_size", 2);
                File.Delete(At(folder, "preprocessor_config.json"));
                break;
            case "image token": Edit(folder, "config.json", root => root["image_token_id"] = 53); break;
            case "tokenizer": File.WriteAllText(At(folder, "tokenizer.json"), """{"model": {"type": "WordLevel"}}"""); break;
            case "processor": File.WriteAllText(At(folder, "preprocessor_config.json"), "[]"); break;
            case "other processor":
                Edit(folder, "preprocessor_config.json", root => root["image_processor_type"] = "CLIPImageProcessor");
                break;
            default: throw new ArgumentOutOfRangeException(nameof(damage));
        }
    }

    private static void Edit(TemporaryFolder folder, string name, Action<JsonObject> edit)
    {
        JsonObject root = JsonNode.Parse(File.ReadAllText(At(folder, name)))!.AsObject();
        edit(root);
        File.WriteAllText(At(folder, name), root.ToJsonString());
    }

    private static TemporaryFolder SmolFolder()
    {
        var folder = new TemporaryFolder();
        using (SmolVlm model = SmallModels.SmolVlm()) ModuleWeights.Save(model.Module, At(folder, "model.safetensors"));
        File.WriteAllText(At(folder, "config.json"), """
            {"model_type": "smolvlm", "image_token_id": 50, "scale_factor": 3, "tie_word_embeddings": true, "eos_token_id": 2,
             "text_config": {"model_type": "llama", "vocab_size": 53, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 6,
              "num_key_value_heads": 3, "head_dim": 8, "intermediate_size": 40, "max_position_embeddings": 96, "rms_norm_eps": 1e-5},
             "vision_config": {"hidden_size": 20, "num_hidden_layers": 2, "num_attention_heads": 5, "intermediate_size": 28,
              "patch_size": 4, "image_size": 24}}
            """);
        File.WriteAllText(At(folder, "preprocessor_config.json"), """
            {"image_processor_type": "SmolVLMImageProcessor", "size": {"longest_edge": 48}, "max_image_size": {"longest_edge": 24}}
            """);
        WriteTokenizer(folder, ("<image>", 50), ("<fake_token_around_image>", 49), ("<global-img>", 48), ("<row_1_col_1>", 47),
            ("<row_1_col_2>", 46), ("<row_2_col_1>", 45), ("<row_2_col_2>", 44));
        WriteTemplate(folder, "<image>");
        return folder;
    }

    private static TemporaryFolder QwenFolder()
    {
        var folder = new TemporaryFolder();
        using (QwenVl model = SmallModels.QwenVl()) ModuleWeights.Save(model.Module, At(folder, "model.safetensors"));
        File.WriteAllText(At(folder, "config.json"), """
            {"model_type": "qwen2_5_vl", "image_token_id": 50, "tie_word_embeddings": true, "eos_token_id": 2,
             "text_config": {"model_type": "qwen2_5_vl_text", "vocab_size": 53, "hidden_size": 24, "num_hidden_layers": 2,
              "num_attention_heads": 6, "num_key_value_heads": 3, "head_dim": 8, "intermediate_size": 40, "max_position_embeddings": 96,
              "rms_norm_eps": 1e-5, "rope_scaling": {"type": "mrope", "mrope_section": [2, 1, 1]}},
             "vision_config": {"hidden_size": 24, "depth": 3, "num_heads": 3, "intermediate_size": 20, "out_hidden_size": 24,
              "patch_size": 3, "spatial_merge_size": 3, "temporal_patch_size": 2, "window_size": 18, "fullatt_block_indexes": [2]}}
            """);
        File.WriteAllText(At(folder, "preprocessor_config.json"), """
            {"image_processor_type": "Qwen2VLImageProcessor", "patch_size": 3, "merge_size": 3, "temporal_patch_size": 2, "min_pixels": 81,
             "max_pixels": 2000}
            """);
        WriteTokenizer(folder, ("<|image_pad|>", 50), ("<|vision_start|>", 49), ("<|vision_end|>", 48));
        WriteTemplate(folder, "<|vision_start|><|image_pad|><|vision_end|>");
        return folder;
    }

    private static void WriteTokenizer(TemporaryFolder folder, params (string Token, int Id)[] special)
    {
        string added = string.Join(", ", special.Append(("<user>", 4)).Append(("<answer>", 5)).OrderBy(one => one.Item2)
            .Select(one => $$"""{ "id": {{one.Item2}}, "content": "{{one.Item1}}", "normalized": false, "special": true }"""));
        File.WriteAllText(At(folder, "tokenizer.json"), $$$"""
            {"added_tokens": [{{{added}}}], "pre_tokenizer": {"type": "WhitespaceSplit"},
             "model": {"type": "WordLevel", "unk_token": "?", "vocab": {"?": 3, "what": 7, "is": 8, "this": 9} } }
            """);
    }

    /// <summary>As templates of published models with eyes, it takes parts of a message only, not a string.</summary>
    private static void WriteTemplate(TemporaryFolder folder, string image) => File.WriteAllText(At(folder, "chat_template.jinja"),
        "{% for message in messages %}<user>{% for line in message['content'] %}{% if line['type'] == 'text' %}{{ line['text'] }}"
        + "{% elif line['type'] == 'image' %}" + image + "{% endif %}{% endfor %}{% endfor %}"
        + "{% if add_generation_prompt %}<answer>{% endif %}");

    private static string At(TemporaryFolder folder, string name) => Path.Combine(folder.Path, name);

    private static Question Ask(string prompt, params RgbImage[] images) => new(prompt, "", AnswerForm.Text) { Images = images };

    private static RgbImage Picture(int width, int height) =>
        new([.. Enumerable.Range(0, width * height * 3).Select(i => (byte)((i * 37) + (i / 50)))], width, height);

    private static IEnumerable<int> Tokens(int count) => Enumerable.Repeat(Image, count);
}
