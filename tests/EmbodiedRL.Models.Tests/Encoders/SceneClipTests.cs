using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Weights;

namespace EmbodiedRL.Models.Tests.Encoders;

[NoTensorLeaks]
public sealed class SceneClipTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Vectors_have_length_one()
    {
        using SceneClip model = Create();
        foreach (float[] vectors in new[] { Images(model, 3), Texts(model) })
            for (int i = 0; i < vectors.Length; i += model.EmbeddingSize)
                Assert.Equal(1, Math.Sqrt(vectors.AsSpan(i, model.EmbeddingSize).ToArray().Sum(value => (double)value * value)), 1e-5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(100)]
    public void A_picture_alone_has_the_very_vector_it_has_among_others(int split)
    {
        using SceneClip model = Create();
        const int Count = 130;
        byte[] frames = ToyScenes.Draw(Count, 5).Frames;
        float[] together = new float[Count * model.EmbeddingSize], apart = new float[Count * model.EmbeddingSize];
        model.EncodeImages(frames, ToyScenes.Size, ToyScenes.Size, together);
        for (int first = 0; first < Count; first += split)
        {
            int some = Math.Min(split, Count - first);
            model.EncodeImages(frames.AsSpan(first * ToyScenes.Frame, some * ToyScenes.Frame), ToyScenes.Size, ToyScenes.Size,
                apart.AsSpan(first * model.EmbeddingSize, some * model.EmbeddingSize));
        }

        Assert.Equal(together, apart);
    }

    /// <summary>On a machine without such instructions too, where it is slow.</summary>
    [Fact]
    public void In_bfloat16_images_have_nearly_the_same_vectors_alone_or_among_others()
    {
        Save();
        using SceneClip full = SceneClip.Load(_folder.Path), half = SceneClip.Load(_folder.Path, precision: Precision.Bf16);
        const int Count = 70;
        byte[] frames = ToyScenes.Draw(Count, 5).Frames;
        float[] exact = new float[Count * full.EmbeddingSize], rounded = new float[exact.Length], alone = new float[full.EmbeddingSize];
        full.EncodeImages(frames, ToyScenes.Size, ToyScenes.Size, exact);
        half.EncodeImages(frames, ToyScenes.Size, ToyScenes.Size, rounded);
        half.EncodeImages(frames.AsSpan(0, ToyScenes.Frame), ToyScenes.Size, ToyScenes.Size, alone);
        Assert.NotEqual(exact, rounded);
        Assert.Equal(alone, rounded[..alone.Length]);
        for (int i = 0; i < Count; i++)
        {
            double cosine = 0;
            for (int k = 0; k < alone.Length; k++) cosine += (double)exact[(i * alone.Length) + k] * rounded[(i * alone.Length) + k];
            Assert.InRange(cosine, 0.999, 1.001);
        }

        Assert.Equal(Texts(full), Texts(half));
        full.ShuffleWeights(1);
        half.ShuffleWeights(1);
        full.EncodeImages(frames, ToyScenes.Size, ToyScenes.Size, exact);
        half.EncodeImages(frames, ToyScenes.Size, ToyScenes.Size, rounded);
        Assert.Equal(exact[0], rounded[0], 0.02f);
    }

    [Fact]
    public void A_sentence_alone_has_the_vector_it_has_among_longer_ones()
    {
        using SceneClip model = Create();
        float[] alone = new float[model.EmbeddingSize], among = new float[2 * model.EmbeddingSize];
        model.EncodeTexts(["a red square"], alone);
        model.EncodeTexts(["a red square", "a square on the left a square on the right"], among);
        for (int i = 0; i < alone.Length; i++) Assert.Equal(alone[i], among[i], 1e-6f);
    }

    [Fact]
    public void Equal_seeds_give_equal_models_and_others_do_not()
    {
        using SceneClip first = Create(3), second = Create(3), other = Create(4);
        Assert.Equal(Images(first, 2), Images(second, 2));
        Assert.NotEqual(Images(first, 2), Images(other, 2));
        Assert.NotEqual(Texts(first), Texts(other));
    }

    [Fact]
    public void A_saved_model_is_the_same_model()
    {
        using SceneClip model = Create();
        model.Save(_folder.Path, new Dictionary<string, string> { ["steps"] = "500" });
        using SceneClip loaded = SceneClip.Load(_folder.Path);
        Assert.Equal(Images(model, 3), Images(loaded, 3));
        Assert.Equal(Texts(model), Texts(loaded));
        Assert.Equal(model.Words, loaded.Words);
        Assert.Equal("500", loaded.Metadata["steps"]);
        Assert.True(new FileInfo(_folder["model.safetensors"]).Length < 8_000_000);

        byte[] before = File.ReadAllBytes(_folder["model.safetensors"]);
        loaded.Save(_folder.Path);
        Assert.Equal(before, File.ReadAllBytes(_folder["model.safetensors"]));
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("model.safetensors")]
    public void A_missing_file_is_named_with_the_command_that_makes_it(string name)
    {
        Save();
        File.Delete(_folder[name]);
        string message = Assert.Throws<AssetMissingException>(() => SceneClip.Load(_folder.Path)).Message;
        Assert.Contains(name, message, StringComparison.Ordinal);
        Assert.Contains("./embodied models train scene-clip", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_are_cut_off_are_one_clear_error()
    {
        Save();
        byte[] whole = File.ReadAllBytes(_folder["model.safetensors"]);
        File.WriteAllBytes(_folder["model.safetensors"], whole[..(whole.Length / 2)]);
        Assert.Contains("model.safetensors",
            Assert.Throws<CorruptFileException>(() => SceneClip.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_that_do_not_fit_are_named()
    {
        Save();
        string path = _folder["model.safetensors"];
        StoredTensor[] tensors = [.. Safetensors.Read(path).Tensors.Values];

        Safetensors.Write(path, tensors.Where(tensor => tensor.Name != "text.norm.bias"));
        Assert.Contains("'text.norm.bias'",
            Assert.Throws<CorruptFileException>(() => SceneClip.Load(_folder.Path)).Message, StringComparison.Ordinal);

        Safetensors.Write(path, [.. tensors, StoredTensor.Of<float>("other", [1], [0])]);
        Assert.Contains("'other'",
            Assert.Throws<CorruptFileException>(() => SceneClip.Load(_folder.Path)).Message, StringComparison.Ordinal);

        Safetensors.Write(path, tensors.Select(tensor => tensor.Name == "bias" ? StoredTensor.Of<float>("bias", [2], [0, 0]) : tensor));
        string message = Assert.Throws<CorruptFileException>(() => SceneClip.Load(_folder.Path)).Message;
        Assert.Contains("F32 [1]", message, StringComparison.Ordinal);
        Assert.Contains("F32 [2]", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("null")]
    [InlineData("""{"model_type":"clip"}""")]
    [InlineData("""{"model_type":"scene-clip","image_channels":[]}""")]
    [InlineData("""{"model_type":"scene-clip","text_heads":5}""")]
    [InlineData("""{"model_type":"scene-clip","imagesize":64}""")]
    [InlineData("""{"model_type":"scene-clip","image_patch":5}""")]
    public void Settings_of_another_kind_are_one_clear_error(string content)
    {
        Save();
        File.WriteAllText(_folder["config.json"], content);
        Assert.Contains("config.json",
            Assert.Throws<CorruptFileException>(() => SceneClip.Load(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shuffled_weights_are_the_same_values_and_another_model()
    {
        using SceneClip model = Create(), same = Create();
        float[] before = Images(model, 2);
        model.ShuffleWeights(1);
        same.ShuffleWeights(1);
        Assert.NotEqual(before, Images(model, 2));
        Assert.Equal(Images(same, 2), Images(model, 2));

        model.Save(_folder["shuffled"]);
        using SceneClip original = Create();
        original.Save(_folder["original"]);
        Safetensors shuffled = Safetensors.Read(Path.Combine(_folder["shuffled"], "model.safetensors")),
            plain = Safetensors.Read(Path.Combine(_folder["original"], "model.safetensors"));
        foreach (string name in plain.Tensors.Keys) Assert.Equal(plain[name].Floats().Order(), shuffled[name].Floats().Order());
    }

    [Fact]
    public void Unknown_words_are_reported_and_lengths_are_checked()
    {
        using SceneClip model = Create();
        Assert.Equal(["blue"], model.UnknownWords("A blue square."));
        float[] vector = new float[model.EmbeddingSize];
        model.EncodeTexts(["a blue square"], vector);
        Assert.All(vector, value => Assert.True(float.IsFinite(value)));
        model.EncodeTexts([], []);
        model.EncodeImages([], ToyScenes.Size, ToyScenes.Size, []);
        Assert.Throws<SpecMismatchException>(() => model.EncodeTexts(["..."], vector));
        Assert.Throws<SpecMismatchException>(() => model.EncodeTexts([string.Join(' ', Enumerable.Repeat("red", 49))], vector));
        const int size = ToyScenes.Size;
        Assert.Throws<SpecMismatchException>(() => model.EncodeImages(new byte[ToyScenes.Frame - 1], size, size, vector));
        Assert.Throws<SpecMismatchException>(() => model.EncodeImages(new byte[2 * ToyScenes.Frame], size, size, vector));
        Assert.Throws<SpecMismatchException>(() => model.EncodeImages([], 0, size, []));
    }

    [Fact]
    public void The_catalog_loads_it_by_name()
    {
        Assert.Contains("scene-clip", ModelCatalog.Shipped.Names);
        using (SceneClip model = Create()) model.Save(_folder["scene-clip"]);
        using IImageTextModel loaded = ModelCatalog.Shipped.Create("scene-clip", null, new ModelContext(_folder.Path));
        Assert.Equal("scene-clip", loaded.Name);
        Assert.Contains("'scene-clip'",
            Assert.Throws<UnknownNameException>(() =>
                ModelCatalog.Shipped.Create("sceneclip", null, new ModelContext(_folder.Path))).Message,
            StringComparison.Ordinal);
        Assert.Throws<AssetMissingException>(() => ModelCatalog.Shipped.Create("scene-clip", null, new ModelContext(_folder["nowhere"])));
    }

    public void Dispose() => _folder.Dispose();

    private static SceneClip Create(ulong seed = 1) => SceneClip.Create(ToyScenes.Captions, seed);

    private static float[] Images(SceneClip model, int count)
    {
        float[] vectors = new float[count * model.EmbeddingSize];
        model.EncodeImages(ToyScenes.Draw(count, 9).Frames, ToyScenes.Size, ToyScenes.Size, vectors);
        return vectors;
    }

    private static float[] Texts(SceneClip model)
    {
        float[] vectors = new float[ToyScenes.Captions.Length * model.EmbeddingSize];
        model.EncodeTexts(ToyScenes.Captions, vectors);
        return vectors;
    }

    private void Save()
    {
        using SceneClip model = Create();
        model.Save(_folder.Path);
    }
}
