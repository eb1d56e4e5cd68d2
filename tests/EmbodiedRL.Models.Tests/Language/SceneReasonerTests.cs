using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Language;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Language;

/// <summary>The project's own vision-language model, in sizes that it does not ship in.</summary>
public sealed class SceneReasonerContract : LanguageModelContract
{
    protected override ILanguageModel Create() => SmallReasoner.Create();

    protected override IReadOnlyList<EncodedPrompt> Prompts(ILanguageModel model) =>
    [
        model.Encode(SmallReasoner.Ask("What color is the box?", 1)), model.Encode(SmallReasoner.Ask("box?", 0)),
        model.Encode(SmallReasoner.Ask("Is the red box left of the sphere?", 2)),
    ];
}

/// <summary>Files, prompts and vocabulary of the project's own vision-language model.</summary>
[NoTensorLeaks]
public sealed class SceneReasonerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("embodied-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_saved_is_loaded_as_rounded_and_again_as_saved()
    {
        using SceneReasoner model = SmallReasoner.Create();
        model.Save(_folder);
        using SceneReasoner loaded = SceneReasoner.Load(_folder);
        Assert.NotEqual(Values(model), Values(loaded));
        model.RoundWeights();
        Assert.Equal(Values(model), Values(loaded));
        using ILanguageModel opened = LanguageModels.Open(_folder);
        Assert.Equal(Values(model), Values(opened));
        Assert.Equal(2 * model.ParameterCount, new FileInfo(Path.Combine(_folder, "model.safetensors")).Length, 8_000.0);
    }

    [Theory]
    [InlineData("config.json", "{ \"model_type\": \"scene-clip\" }")]
    [InlineData("config.json", "{ \"model_type\": \"scene-reasoner\", \"hidden_size\": 30, \"heads\": 4 }")]
    [InlineData("config.json", "{ \"model_type\": \"scene-reasoner\", \"unknown\": 1 }")]
    [InlineData("config.json", "{ \"model_type\": \"scene-reasoner\" }")]
    [InlineData("tokenizer.json", "{ \"type\": \"scene-reasoner-pieces\", \"tokens\": [\"<pad>\"] }")]
    [InlineData("tokenizer.json", "[]")]
    [InlineData("model.safetensors", "cut off")]
    public void A_damaged_file_is_named(string file, string content)
    {
        using (SceneReasoner model = SmallReasoner.Create()) model.Save(_folder);
        File.WriteAllText(Path.Combine(_folder, file), content);
        CorruptFileException error = Assert.Throws<CorruptFileException>(() => SceneReasoner.Load(_folder));
        Assert.Contains(_folder, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        using (SceneReasoner model = SmallReasoner.Create()) model.Save(_folder);
        File.Delete(Path.Combine(_folder, "tokenizer.json"));
        Assert.Contains("tokenizer.json", Assert.Throws<AssetMissingException>(() => SceneReasoner.Load(_folder)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_is_image_tokens_then_words_then_the_token_that_asks()
    {
        using SceneReasoner model = SmallReasoner.Create();
        using EncodedPrompt prompt = model.Encode(SmallReasoner.Ask("What color is the box?", 2));
        Assert.Equal(2 * model.Settings.ImageTokens, prompt.Images!.TokenCount);
        Assert.Equal(2 * model.Settings.ImageTokens, prompt.Ids.TakeWhile(id => id == SceneTokenizer.Image).Count());
        Assert.Equal("What color is the box?", model.Tokenizer.Decode(prompt.Ids));
        Assert.Equal(SceneTokenizer.Ask, prompt.Ids[^1]);
        Assert.Throws<SpecMismatchException>(() => model.Encode(SmallReasoner.Ask(new string('q', 200), 0)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<think>large red box 3 9; so red box</think><answer>2</answer><confidence>0.7</confidence>")]
    [InlineData("[{\"label\":\"red box\",\"box\":[12,3,40,64]},{\"label\":\"\",\"box\":[0,0,1,1]}]")]
    [InlineData("Unheard-of words, 1234 and ~{odd} signs\n are spelled.")]
    public void Text_survives_the_tokenizer(string text)
    {
        var tokenizer = new SceneTokenizer(SmallReasoner.Words);
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        string path = Path.Combine(_folder, "tokenizer.json");
        tokenizer.Save(path);
        Assert.Equal(tokenizer.Encode(text), SceneTokenizer.Load(path).Encode(text));
    }

    [Fact]
    public void Words_and_numbers_are_one_token_each_and_foreign_characters_are_unknown()
    {
        var tokenizer = new SceneTokenizer(SmallReasoner.Words);
        Assert.Equal(5, tokenizer.Encode("red box 12 64?").Length);
        Assert.Equal([SceneTokenizer.Unknown], tokenizer.Encode("é"));
        Assert.Equal(2, tokenizer.Encode("red box left", 2).Length);
    }

    private static float[] Values(ILanguageModel model)
    {
        using DisposeScope scope = NewDisposeScope();
        return [.. model.Module.parameters().SelectMany(weight => weight.detach().data<float>().ToArray())];
    }
}

/// <summary>A small one of drawn weights.</summary>
internal static class SmallReasoner
{
    public static readonly string[] Words = ["What", "color", "is", "the", "box", "red", "left", "of", "sphere", "Is"];

    public static SceneReasoner Create() => SceneReasoner.Create(Words, 3, new SceneReasonerSettings
    {
        ImageSize = 32,
        ImageChannels = [6, 10, 12],
        EyeWidth = 20,
        HiddenSize = 24,
        Heads = 3,
        Layers = 2,
        FeedForwardSize = 40,
        ContextLength = 96,
    });

    public static Question Ask(string prompt, int images) => new(prompt, "", AnswerForm.Text)
    {
        Images = [.. Enumerable.Range(0, images).Select(image => Noise(image, image == 0 ? 32 : 50))],
    };

    private static RgbImage Noise(int image, int size)
    {
        byte[] rgb = new byte[size * size * 3];
        var rng = Rng.For(9, "noise", image);
        foreach (ref byte level in rgb.AsSpan()) level = (byte)rng.Below(256);
        return new RgbImage(rgb, size, size);
    }
}
