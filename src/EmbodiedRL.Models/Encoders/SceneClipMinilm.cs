using System.Security.Cryptography;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders;

/// <summary>
/// <see cref="SceneClip"/> with another text tower: a pretrained sentence encoder and a head that maps its vectors to scene-clip's, so
/// that words which scene-clip never read have a meaning.
/// </summary>
/// <remarks>
/// The head is part of the project, the sentence encoder (all-MiniLM-L6-v2) is what a user pulls. Owns both. Not thread-safe.
/// </remarks>
[NoPaper("a small model of the project's own; the sentence encoder names its paper")]
public sealed class SceneClipMinilm : IImageTextModel
{
    /// <summary>Its name in the catalog.</summary>
    public const string CatalogName = "scene-clip-minilm";

    internal const string Remedy = "Make the model with ./embodied models train scene-clip-minilm.";

    private readonly SceneClip _images;
    private readonly ITextEncoder _sentences;
    private readonly SentenceHead _head;

    /// <summary>Joins the parts.</summary>
    /// <param name="images">Owned from here on.</param>
    /// <param name="sentences">Owned from here on.</param>
    /// <param name="head">Owned from here on.</param>
    internal SceneClipMinilm(SceneClip images, ITextEncoder sentences, SentenceHead head) =>
        (_images, _sentences, _head) = (images, sentences, head);

    /// <inheritdoc/>
    public string Name => CatalogName;

    /// <inheritdoc/>
    public int ImageSize => _images.ImageSize;

    /// <inheritdoc/>
    public int EmbeddingSize => _images.EmbeddingSize;

    /// <summary>That of the scene-clip whose images it reads.</summary>
    public TrainingRecord Record => _images.Record;

    /// <summary>Reads a model from its folder.</summary>
    /// <param name="folder">Holds <c>config.json</c> and <c>model.safetensors</c>.</param>
    /// <param name="sceneClip">Folder of the scene-clip it was made for.</param>
    /// <param name="encoder">Loads the sentence encoder of a name; the caller's until the model owns it.</param>
    /// <param name="device">Where the weights shall live; the CPU if null.</param>
    /// <param name="precision">What images are encoded in.</param>
    /// <exception cref="AssetMissingException">A file, or the sentence encoder, is not there.</exception>
    /// <exception cref="CorruptFileException">A file is cut off, or the parts do not belong together.</exception>
    public static SceneClipMinilm Load(string folder, string sceneClip, Func<string, ITextEncoder> encoder, Device? device = null,
        Precision precision = Precision.Fp32)
    {
        string path = Path.Combine(folder, "config.json");
        SceneClipMinilmSettings settings = SceneClipMinilmSettings.Read(path);
        var parts = new List<IDisposable>();
        try
        {
            SceneClip images = Keep(SceneClip.Load(sceneClip, device, precision));
            string found = HashOf(sceneClip);
            if (found != settings.SceneClipSha256 || images.EmbeddingSize != settings.EmbeddingSize)
                throw new CorruptFileException(path, $"a head for the scene-clip in {sceneClip} (SHA-256 {found})",
                    $"one for another ({settings.SceneClipSha256})", Remedy);
            ITextEncoder sentences = Keep(encoder(settings.SentenceEncoder));
            if (sentences.EmbeddingSize != settings.SentenceSize)
                throw new CorruptFileException(path, $"a head for vectors of {sentences.EmbeddingSize} numbers, as '{sentences.Name}' has",
                    $"one for {settings.SentenceSize}", Remedy);
            SentenceHead head = Keep(new SentenceHead(settings, 0, device ?? CPU));
            SceneClipFolder.ReadWeights(folder, head.Parameters, Remedy);
            return new SceneClipMinilm(images, sentences, head);
        }
        catch
        {
            foreach (IDisposable part in parts) part.Dispose();
            throw;
        }

        T Keep<T>(T part) where T : IDisposable
        {
            parts.Add(part);
            return part;
        }
    }

    /// <summary>SHA-256 of the weights in a scene-clip's folder.</summary>
    public static string HashOf(string sceneClip)
    {
        using FileStream weights = File.OpenRead(Path.Combine(sceneClip, "model.safetensors"));
        return Convert.ToHexStringLower(SHA256.HashData(weights));
    }

    /// <inheritdoc/>
    public void EncodeImages(ReadOnlySpan<byte> frames, int width, int height, Span<float> embeddings) =>
        _images.EncodeImages(frames, width, height, embeddings);

    /// <inheritdoc/>
    public void EncodeTexts(IReadOnlyList<string> texts, Span<float> embeddings)
    {
        TorchRuntime.UseThreads();
        SpecMismatchException.ThrowIfLength("embeddings of sentences", embeddings.Length, texts.Count * EmbeddingSize);
        if (texts.Count == 0) return;
        float[] sentences = new float[texts.Count * _sentences.EmbeddingSize];
        _sentences.EncodeTexts(texts, sentences);
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor vectors = tensor(sentences).view(texts.Count, _sentences.EmbeddingSize).to(_head.Parameters.Values.device);
        TensorSpans.Read(_head.Forward(vectors), embeddings);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> UnknownWords(string text) => _sentences.UnknownWords(text);

    /// <summary>Frees all parts.</summary>
    public void Dispose()
    {
        _head.Dispose();
        _sentences.Dispose();
        _images.Dispose();
    }
}
