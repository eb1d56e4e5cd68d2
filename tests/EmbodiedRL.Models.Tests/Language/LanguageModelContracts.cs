using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Language.VisionLanguage;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Language;

/// <summary>A decoder of Llama's kind: tied embeddings, grouped heads.</summary>
public sealed class LlamaContract : LanguageModelContract
{
    protected override ILanguageModel Create() => CausalLanguageModel.Create(SmallModels.Decoder, null, [2], 7);

    protected override IReadOnlyList<EncodedPrompt> Prompts(ILanguageModel model) => SmallModels.TextPrompts;
}

/// <summary>A decoder of Qwen2's kind: biases, no ties.</summary>
public sealed class Qwen2Contract : LanguageModelContract
{
    protected override ILanguageModel Create() => CausalLanguageModel.Create(
        SmallModels.Decoder with { QueryBias = true, TiedEmbeddings = false }, null, [2], 7);

    protected override IReadOnlyList<EncodedPrompt> Prompts(ILanguageModel model) => SmallModels.TextPrompts;
}

/// <summary>SmolVLM with tiles of 6 patches a side, blocks of 3, and several tiles of a row.</summary>
public sealed class SmolVlmContract : LanguageModelContract
{
    protected override ILanguageModel Create() => SmallModels.SmolVlm();

    protected override IReadOnlyList<EncodedPrompt> Prompts(ILanguageModel model) =>
        [SmallModels.Tiles(3, 2), SmallModels.Text(9), SmallModels.Tiles(1, 4, maskedRows: 8), SmallModels.Tiles(1, 1)];
}

/// <summary>Qwen2.5-VL with patches of 3 pixels, blocks of 3, and windows that do not divide images.</summary>
public sealed class QwenVlContract : LanguageModelContract
{
    protected override ILanguageModel Create() => SmallModels.QwenVl();

    protected override IReadOnlyList<EncodedPrompt> Prompts(ILanguageModel model) =>
        [SmallModels.Patches(2, (15, 9), (6, 6)), SmallModels.Text(4), SmallModels.Patches(3, (3, 12)), SmallModels.Patches(1, (9, 9))];
}

/// <summary>Small models of drawn weights, in shapes that the fixtures do not have, and prompts for them.</summary>
internal static class SmallModels
{
    private const int Image = 50;

    public static DecoderSettings Decoder => new()
    {
        VocabularySize = 53,
        HiddenSize = 24,
        Layers = 2,
        Heads = 6,
        KeyValueHeads = 3,
        HeadSize = 8,
        FeedForwardSize = 40,
        TiedEmbeddings = true,
        ContextLength = 96,
        InitialScale = 0.3,
    };

    public static IReadOnlyList<EncodedPrompt> TextPrompts => [Text(7), Text(3), Text(11)];

    public static SmolVlmVisionSettings Tower => new() { Width = 20, Layers = 2, Heads = 5, Hidden = 28, PatchSize = 4, ImageSize = 24 };

    public static QwenVisionSettings Eyes => new()
    {
        Width = 24,
        Layers = 3,
        Heads = 3,
        Hidden = 20,
        OutputWidth = Decoder.HiddenSize,
        PatchSize = 3,
        TemporalPatchSize = 2,
        MergeSize = 3,
        WindowSize = 18,
        FullBlocks = [2],
    };

    private static LanguageModelSpec Spec => new("small", 0, 0, 0, 0, [2], Image);

    public static SmolVlm SmolVlm() => Models.Language.VisionLanguage.SmolVlm.Create(Spec,
        new SmolVlmSettings { Decoder = Decoder, Vision = Tower, ShuffleFactor = 3, ImageTokenId = Image }, null, null, null, 7);

    public static QwenVl QwenVl() => Models.Language.VisionLanguage.QwenVl.Create(Spec, new QwenVlSettings
    {
        Decoder = Decoder with { QueryBias = true, Rotary = new RotarySettings { Sections = [2, 1, 1] } },
        Vision = Eyes,
        ImageTokenId = Image,
    }, 7);

    /// <summary>A prompt of text alone.</summary>
    public static EncodedPrompt Text(int length) => new(Words(length, length), null);

    /// <summary>A prompt of SmolVLM: words, tiles of 24 pixels and 4 tokens each, words.</summary>
    public static EncodedPrompt Tiles(int before, int tiles, int maskedRows = 0)
    {
        float[] mask = [.. Enumerable.Range(0, tiles * 24 * 24).Select(i => i / 24 % 24 < 24 - maskedRows ? 1f : 0f)];
        int[] ids = [.. Words(before, tiles), .. Enumerable.Repeat(Enumerable.Repeat(Image, 4).Append(5), tiles).SelectMany(run => run),
            .. Words(2, tiles + 9)];
        return new EncodedPrompt(ids, new PreparedImages(Noise(tiles, tiles, 3, 24, 24), [.. Enumerable.Repeat(4, tiles)])
        {
            Mask = maskedRows == 0 ? null : tensor(mask, [tiles, 24, 24]).to(ScalarType.Int64),
        });
    }

    /// <summary>A prompt of Qwen2.5-VL: words and, for each image, its tokens and a word.</summary>
    public static EncodedPrompt Patches(int before, params (int Height, int Width)[] images)
    {
        int[] tokens = [.. images.Select(image => image.Height * image.Width / 9)];
        int[] ids = [.. Words(before, before), .. tokens.SelectMany(count => Enumerable.Repeat(Image, count).Append(6)),
            .. Words(2, before + 9)];
        long[] grid = [.. images.SelectMany(image => new long[] { 1, image.Height, image.Width })];
        int patches = images.Sum(image => image.Height * image.Width);
        return new EncodedPrompt(ids, new PreparedImages(Noise(before, patches, 3 * 2 * 3 * 3), tokens)
        {
            Grid = tensor(grid, [images.Length, 3]),
        });
    }

    /// <summary>Numbers of a normal distribution.</summary>
    public static Tensor Noise(int seed, params long[] shape)
    {
        var rng = Rng.For((ulong)seed, "noise");
        float[] values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        for (int i = 0; i < values.Length; i++) values[i] = (float)rng.Normal();
        return tensor(values, shape);
    }

    private static int[] Words(int count, int seed) => [.. Enumerable.Range(0, count).Select(i => 7 + (((seed * 5) + (i * 11)) % 40))];
}
