using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Models.Tests.Encoders;

[NoTensorLeaks]
public sealed class SceneClipMinilmTests : IDisposable
{
    private static readonly string[] Sentences =
    [
        "a red square", "a blue circle", "a square on the left", "a circle on the right", "no square", "a red circle", "a blue square",
        "a square and a circle",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_head_learns_the_text_vectors_and_is_read_as_it_was_written()
    {
        string head = Train(out double loss);
        Assert.InRange(loss, 0, 0.02);
        using var model = SceneClipMinilm.Load(head, SceneClipFolder(), _ => new Letters());
        using SceneClip sceneClip = SceneClip.Load(SceneClipFolder());
        float[] mapped = new float[Sentences.Length * model.EmbeddingSize], own = new float[mapped.Length];
        model.EncodeTexts(Sentences, mapped);
        sceneClip.EncodeTexts(Sentences, own);
        for (int i = 0; i < Sentences.Length; i++)
        {
            ReadOnlySpan<float> a = mapped.AsSpan(i * model.EmbeddingSize, model.EmbeddingSize),
                b = own.AsSpan(i * model.EmbeddingSize, model.EmbeddingSize);
            double cosine = 0;
            for (int k = 0; k < a.Length; k++) cosine += a[k] * b[k];
            Assert.InRange(cosine, 0.95, 1.0001);
        }

        byte[] frames = ToyScenes.Draw(3, 5).Frames;
        float[] images = new float[3 * model.EmbeddingSize], same = new float[images.Length];
        model.EncodeImages(frames, ToyScenes.Size, ToyScenes.Size, images);
        sceneClip.EncodeImages(frames, ToyScenes.Size, ToyScenes.Size, same);
        Assert.Equal(same, images);
        Assert.Equal((SceneClipMinilm.CatalogName, sceneClip.ImageSize), (model.Name, model.ImageSize));
    }

    [Fact]
    public void A_head_of_another_scene_clip_is_refused()
    {
        string head = Train(out _), other = _folder["other"];
        using (SceneClip stranger = SceneClip.Create(Sentences, 9)) stranger.Save(other);
        Assert.Contains("./embodied models train scene-clip-minilm",
            Assert.Throws<CorruptFileException>(() => SceneClipMinilm.Load(head, other, _ => new Letters())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Another_sentence_encoder_is_refused()
    {
        string head = Train(out _);
        Assert.Contains("27", Assert.Throws<CorruptFileException>(() =>
            SceneClipMinilm.Load(head, SceneClipFolder(), _ => new Letters(27))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_its_sentence_encoder_the_model_says_how_to_get_it()
    {
        Train(out _);
        Assert.Contains("./embodied models pull letters",
            Assert.Throws<AssetMissingException>(() =>
                ModelCatalog.Shipped.Create(SceneClipMinilm.CatalogName, null, new ModelContext(_folder.Path))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("null")]
    [InlineData("""{"model_type":"clip"}""")]
    [InlineData("""{"model_type":"scene-clip-minilm","hidden_size":0}""")]
    public void Wrong_settings_are_one_clear_error(string content)
    {
        File.WriteAllText(_folder["config.json"], content);
        Assert.Contains("config.json",
            Assert.Throws<CorruptFileException>(() => SceneClipMinilm.Load(_folder.Path, SceneClipFolder(), _ => new Letters())).Message,
            StringComparison.Ordinal);
    }

    private string SceneClipFolder()
    {
        string folder = _folder[SceneClip.CatalogName];
        if (Directory.Exists(folder)) return folder;
        using SceneClip model = SceneClip.Create(Sentences, 3);
        model.Save(folder);
        return folder;
    }

    private string Train(out double loss)
    {
        using SceneClip sceneClip = SceneClip.Load(SceneClipFolder());
        using var letters = new Letters();
        var settings = new SceneClipMinilmSettings
        {
            SentenceEncoder = "letters",
            SceneClipSha256 = SceneClipMinilm.HashOf(SceneClipFolder()),
            SentenceSize = letters.EmbeddingSize,
            HiddenSize = 64,
            EmbeddingSize = sceneClip.EmbeddingSize,
        };
        float[] read = new float[Sentences.Length * letters.EmbeddingSize],
            expected = new float[Sentences.Length * sceneClip.EmbeddingSize];
        letters.EncodeTexts(Sentences, read);
        sceneClip.EncodeTexts(Sentences, expected);
        using var trainer = new SentenceHeadTrainer(settings, 1);
        loss = 1;
        for (int step = 0; step < 400; step++) loss = trainer.Step(read, expected, 3e-3);
        trainer.Save(_folder[SceneClipMinilm.CatalogName], new Dictionary<string, string>());
        return _folder[SceneClipMinilm.CatalogName];
    }

    /// <summary>How often each letter occurs, at length one.</summary>
    private sealed class Letters(int size = 26) : ITextEncoder
    {
        public string Name => "letters";

        public int EmbeddingSize => size;

        public void EncodeTexts(IReadOnlyList<string> texts, Span<float> embeddings)
        {
            embeddings.Clear();
            for (int i = 0; i < texts.Count; i++)
            {
                Span<float> row = embeddings.Slice(i * size, size);
                foreach (char letter in texts[i].Where(char.IsAsciiLetterLower)) row[letter - 'a']++;
                float length = MathF.Sqrt(row.ToArray().Sum(value => value * value));
                foreach (ref float value in row) value /= length;
            }
        }

        public IReadOnlyList<string> UnknownWords(string text) => [];

        public void Dispose()
        {
        }
    }
}
