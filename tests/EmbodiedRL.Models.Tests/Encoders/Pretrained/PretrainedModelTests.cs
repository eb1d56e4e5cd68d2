using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Preprocessing;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tests.Encoders.Pretrained;

public sealed class PretrainedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder["tiny"];

    [Theory]
    [InlineData(16, 16)]
    [InlineData(40, 24)]
    [InlineData(5, 9)]
    public void Images_of_any_size_are_embedded_as_preprocessing_and_towers_say(int width, int height)
    {
        const int count = 150; // more than two blocks
        TinyCheckpoint.Write(Model);
        using PretrainedModel model = PretrainedModel.Load(Model, precision: Precision.Fp32);
        byte[] frames = Frames(count, width, height);
        float[] found = new float[count * model.EmbeddingSize];
        model.EncodeImages(frames, width, height, found);

        using DisposeScope scope = NewDisposeScope();
        using TwoTowers towers = PretrainedFolder.LoadTowers(Model);
        IImageProcessor processor = ImageProcessorFolder.Load(Model);
        int size = width * height * 3;
        foreach (int i in new[] { 0, 63, 64, count - 1 })
        {
            float[] pixels = new float[3 * 16 * 16];
            processor.Process(frames.AsSpan(i * size, size), width, height, 3, pixels);
            using Tensor expected = towers.Normalize(towers.EncodeImages(tensor(pixels).view(1, 3, 16, 16))).detach();
            float[] values = expected.data<float>().ToArray();
            for (int k = 0; k < values.Length; k++) Assert.Equal(values[k], found[(i * values.Length) + k], 1e-5f);
        }
    }

    [Fact]
    public void Equal_frames_are_embedded_once_and_equal_calls_give_equal_bits()
    {
        TinyCheckpoint.Write(Model);
        using PretrainedModel model = PretrainedModel.Load(Model, precision: Precision.Fp32);
        byte[] distinct = Frames(70, 16, 16), frames = [.. distinct, .. distinct, .. distinct.AsSpan(0, 16 * 16 * 3)];
        float[] found = new float[141 * model.EmbeddingSize], again = new float[found.Length];
        model.EncodeImages(frames, 16, 16, found);
        Assert.Equal(70, model.EncodedImages);
        model.EncodeImages(frames, 16, 16, again);
        Assert.Equal(found, again);
        Assert.Equal(found[..(70 * model.EmbeddingSize)], found[(70 * model.EmbeddingSize)..(140 * model.EmbeddingSize)]);
        model.EncodeImages([], 16, 16, []);
    }

    [Fact]
    public void Sentences_are_embedded_alike_alone_and_together()
    {
        TinyCheckpoint.Write(Model);
        using PretrainedModel model = PretrainedModel.Load(Model, precision: Precision.Fp32);
        string[] texts = ["a red cube", "kneel", "a very long sentence that is cut"];
        float[] together = new float[3 * model.EmbeddingSize], alone = new float[model.EmbeddingSize];
        model.EncodeTexts(texts, together);
        for (int i = 0; i < texts.Length; i++)
        {
            model.EncodeTexts([texts[i]], alone);
            for (int k = 0; k < alone.Length; k++) Assert.Equal(alone[k], together[(i * alone.Length) + k], 1e-5f);
        }

        Assert.True(Math.Abs(together.AsSpan(0, alone.Length).ToArray().Sum(value => value * value) - 1) < 1e-5);
        Assert.Equal([], model.UnknownWords("xylophone"));
        Assert.Equal("tiny", model.Name);
    }

    [Fact]
    public void Files_that_do_not_fit_each_other_are_one_error()
    {
        TinyCheckpoint.Write(Model);
        using PretrainedModel model = PretrainedModel.Load(Model);
        Assert.Throws<SpecMismatchException>(() => model.EncodeImages(new byte[5], 1, 1, new float[6]));
        Assert.Throws<SpecMismatchException>(() => model.EncodeImages(new byte[3], 1, 1, new float[5]));
        File.Delete(Path.Combine(Model, "preprocessor_config.json"));
        Assert.Contains("preprocessor_config.json", Assert.Throws<AssetMissingException>(() => PretrainedModel.Load(Model)).Message,
            StringComparison.Ordinal);
        TinyCheckpoint.Write(Model);
        File.Delete(Path.Combine(Model, "vocab.json"));
        Assert.Throws<AssetMissingException>(() => PretrainedModel.Load(Model));
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        TinyCheckpoint.Write(Model);
        long before = TorchRuntime.LiveTensors;
        using (PretrainedModel model = PretrainedModel.Load(Model))
        {
            float[] found = new float[100 * model.EmbeddingSize];
            model.EncodeImages(Frames(100, 16, 16), 16, 16, found);
            long between = TorchRuntime.LiveTensors;
            model.EncodeImages(Frames(100, 20, 16), 20, 16, found);
            model.EncodeTexts(["red"], found.AsSpan(0, model.EmbeddingSize));
            Assert.Equal(between, TorchRuntime.LiveTensors);
        }

        Assert.Equal(before, TorchRuntime.LiveTensors);
    }

    [Theory]
    [InlineData("flags\t\t: fpu sse avx512_bf16 amx_tile", true)]
    [InlineData("Features\t: fp asimd bf16 i8mm", true)]
    [InlineData("flags\t\t: fpu sse avx2 avx512f", false)]
    [InlineData("model name\t: bf16 of a name", false)]
    public void A_processor_with_bfloat16_is_known_by_its_flags(string line, bool has) =>
        Assert.Equal(has, Precisions.HasFlag(["processor\t: 0", line]));

    [Fact]
    public void Equal_frames_are_those_of_equal_bytes() =>
        Assert.Equal([0, 1, 0, 3, 1], EqualFrames.FirstOfEach([1, 2, 3, 4, 1, 2, 1, 3, 3, 4], 2));

    public void Dispose() => _folder.Dispose();

    private static byte[] Frames(int count, int width, int height)
    {
        byte[] frames = new byte[count * width * height * 3];
        var rng = Rng.For(3, "frames");
        for (int i = 0; i < frames.Length; i++) frames[i] = (byte)rng.NextBits();
        return frames;
    }
}
