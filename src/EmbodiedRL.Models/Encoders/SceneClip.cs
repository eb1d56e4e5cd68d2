using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders;

/// <summary>
/// The project's own image-text model: small, fast, and grounded in facts about simulated scenes rather than in the open world.
/// </summary>
/// <remarks>
/// Two towers into one space. A picture's vector does not depend on what else is in its batch: pictures go through in blocks of one size.
/// It is not thread-safe. Owns its weights; training is <see cref="SceneClipTrainer"/>'s.
/// </remarks>
[NoPaper("a small model of the project's own; its losses name their papers")]
public sealed class SceneClip : IImageTextModel, ISnapshot
{
    /// <summary>Its name in the catalog.</summary>
    public const string CatalogName = "scene-clip";

    internal const string LogScale = "log_scale", Bias = "bias";

    // As many pictures at once as fit the cores' caches; larger blocks are slower.
    private const int Block = 64;

    private readonly SubwordTokenizer _tokenizer;
    private readonly ImageTower _images, _served;
    private readonly ReducedWeights? _reduced; // what images are encoded by where that is not the weights themselves
    private readonly TextTower _texts;
    private readonly Tensor _block;

    private SceneClip(SceneClipSettings settings, SubwordTokenizer tokenizer, Device? device, Precision precision = Precision.Fp32)
    {
        TorchRuntime.EnsureLoaded();
        (Settings, _tokenizer) = (settings, tokenizer);
        Parameters = new ParameterVector(device ?? CPU, [.. ShapesOf(settings, tokenizer)]);
        (_images, _texts) = (new ImageTower(name => Parameters[name], settings), new TextTower(Parameters, settings));
        ScalarType type = precision.TypeOn(Parameters.Values.device);
        if (type != ScalarType.Float32)
            _reduced = new ReducedWeights(Parameters, ImageTower.Shapes(settings).Select(shape => shape.Name), type);
        _served = _reduced is null ? _images : new ImageTower(name => _reduced[name], settings, type);
        _block = zeros([Block, settings.ImageSize, settings.ImageSize, 3], ScalarType.Byte).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public string Name => CatalogName;

    /// <inheritdoc/>
    public int ImageSize => Settings.ImageSize;

    /// <inheritdoc/>
    public int EmbeddingSize => Settings.EmbeddingSize;

    /// <inheritdoc/>
    public TrainingRecord Record { get; set; } = TrainingRecord.None;

    /// <summary>Sizes.</summary>
    public SceneClipSettings Settings { get; }

    /// <summary>The words it knows.</summary>
    public IEnumerable<string> Words => _tokenizer.Words;

    /// <summary>How many numbers its weights are.</summary>
    public long ParameterCount => Parameters.Values.numel();

    /// <summary>What the maker of the weights said about them; empty for a new model.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; private set; } = new Dictionary<string, string>();

    /// <summary>All weights; owned by this.</summary>
    internal ParameterVector Parameters { get; }

    /// <summary>A model that knows nothing yet.</summary>
    /// <param name="vocabulary">Words, or sentences to take the words from.</param>
    /// <param name="seed">Equal seeds give equal weights.</param>
    /// <param name="settings">Sizes; the shipped ones if null.</param>
    /// <param name="device">Where the weights live; the CPU if null.</param>
    public static SceneClip Create(IEnumerable<string> vocabulary, ulong seed, SceneClipSettings? settings = null, Device? device = null)
    {
        settings ??= new SceneClipSettings();
        if (settings.Violation() is { } violation) throw new SettingsException("scene-clip", [violation]);
        var model = new SceneClip(settings, new SubwordTokenizer(vocabulary), device);
        SceneClipWeights.Draw(model.Parameters, seed);
        return model;
    }

    /// <summary>Reads a model from its folder.</summary>
    /// <param name="folder">Holds <c>config.json</c>, <c>tokenizer.json</c> and <c>model.safetensors</c>.</param>
    /// <param name="device">Where the weights shall live; the CPU if null.</param>
    /// <param name="precision">What images are encoded in; sentences, of which there are few, always in 32-bit floats.</param>
    /// <exception cref="AssetMissingException">A file is not there.</exception>
    /// <exception cref="CorruptFileException">A file is cut off, or the three do not belong together.</exception>
    public static SceneClip Load(string folder, Device? device = null, Precision precision = Precision.Fp32)
    {
        SceneClipFolder.RequireAll(folder);
        var model = new SceneClip(SceneClipSettings.Read(SceneClipFolder.Settings(folder)),
            SubwordTokenizer.Load(SceneClipFolder.Vocabulary(folder)), device, precision);
        try
        {
            model.Metadata = SceneClipFolder.ReadWeights(folder, model.Parameters);
            model.TakeOverWeights();
            model.Record = TrainingRecord.Read(folder);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Writes the model's files, among them its record; makes the folder if it is not there.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="metadata">Words kept with the weights, e.g. how they were made.</param>
    public void Save(string folder, IReadOnlyDictionary<string, string>? metadata = null)
    {
        SceneClipFolder.Write(folder, Settings, _tokenizer, Parameters, metadata ?? Metadata);
        Record.Write(folder);
    }

    /// <inheritdoc/>
    /// <remarks>Of images that are not of <see cref="ImageSize"/> the middle square is resized.</remarks>
    public void EncodeImages(ReadOnlySpan<byte> frames, int width, int height, Span<float> embeddings)
    {
        TorchRuntime.UseThreads();
        if (width < 1 || height < 1)
            throw new SpecMismatchException($"images for {Name}", "1 x 1 pixels or more", $"{width} x {height} pixels");
        int frame = checked(width * height * 3), count = frames.Length / frame;
        SpecMismatchException.ThrowIfLength("frames", frames.Length, count * frame);
        SpecMismatchException.ThrowIfLength("embeddings of pictures", embeddings.Length, count * EmbeddingSize);
        using IDisposable still = no_grad();
        for (int first = 0; first < count; first += Block)
        {
            using DisposeScope scope = NewDisposeScope();
            int some = Math.Min(Block, count - first);
            ReadOnlySpan<byte> block = frames.Slice(first * frame, some * frame);
            if (width == ImageSize && height == ImageSize) block.CopyTo(_block.bytes);
            else SquareFrames.Resize(block, width, height, ImageSize, _block.bytes[..(some * ImageSize * ImageSize * 3)]);
            Tensor embedded = _served.Forward(_block.to(Parameters.Values.device)).narrow(0, 0, some);
            TensorSpans.Read(embedded.contiguous(), embeddings.Slice(first * EmbeddingSize, some * EmbeddingSize));
        }
    }

    /// <inheritdoc/>
    public void EncodeTexts(IReadOnlyList<string> texts, Span<float> embeddings)
    {
        TorchRuntime.UseThreads();
        SpecMismatchException.ThrowIfLength("embeddings of sentences", embeddings.Length, texts.Count * EmbeddingSize);
        if (texts.Count == 0) return;
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        TensorSpans.Read(EncodeTexts(texts), embeddings);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> UnknownWords(string text) => _tokenizer.UnknownWords(text);

    /// <summary>
    /// Changes the places of the values within each weight: a model of the same weights that knows nothing, to compare with.
    /// </summary>
    public void ShuffleWeights(ulong seed)
    {
        SceneClipWeights.Shuffle(Parameters, seed);
        TakeOverWeights();
    }

    /// <inheritdoc/>
    void ISnapshot.Save(Snapshot into) => Parameters.Save(into);

    /// <inheritdoc/>
    void ISnapshot.Load(Snapshot from)
    {
        Parameters.Load(from);
        TakeOverWeights();
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        _reduced?.Dispose();
        Parameters.Dispose();
        _block.Dispose();
    }

    /// <summary>Embeds pictures, with a graph if gradients are on.</summary>
    /// <param name="frames">uint8 [B, H, W, 3].</param>
    /// <returns>[B, D], fresh; the caller's scope owns it and everything between.</returns>
    internal Tensor EncodeImages(Tensor frames) => _images.Forward(frames);

    /// <summary>Lets images be encoded by what the weights have become; whoever changes them calls it.</summary>
    internal void TakeOverWeights() => _reduced?.Refresh();

    /// <summary>The image encoder that learns.</summary>
    internal ImageTower Images => _images;

    /// <summary>Embeds sentences, with a graph if gradients are on.</summary>
    /// <returns>[C, D], fresh; the caller's scope owns it and everything between.</returns>
    /// <exception cref="SpecMismatchException">A sentence has no words, or too many.</exception>
    internal Tensor EncodeTexts(IReadOnlyList<string> texts)
    {
        int[][] sentences = [.. texts.Select(_tokenizer.Encode)];
        for (int i = 0; i < sentences.Length; i++)
            if (sentences[i].Length == 0 || sentences[i].Length > Settings.MaximumWords)
                throw new SpecMismatchException($"sentence '{texts[i]}'", $"1 to {Settings.MaximumWords} words", $"{sentences[i].Length}");

        int length = sentences.Max(sentence => sentence.Length);
        Tensor words = zeros([sentences.Length, length], ScalarType.Int64);
        Span<long> ids = MemoryMarshal.Cast<byte, long>(words.bytes);
        for (int i = 0; i < sentences.Length; i++)
            for (int k = 0; k < sentences[i].Length; k++) ids[(i * length) + k] = sentences[i][k];
        return _texts.Forward(words.to(Parameters.Values.device));
    }

    private static IEnumerable<ParameterShape> ShapesOf(SceneClipSettings settings, SubwordTokenizer tokenizer) =>
        [.. ImageTower.Shapes(settings), .. TextTower.Shapes(settings, tokenizer.Size), new(LogScale, 1), new(Bias, 1)];
}
