using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Encoders.Transformers;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Models.Tokenizers;
using EmbodiedRL.Models.Weights;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language;

/// <summary>The project's own small vision-language model: answers questions about 64-line images of simulated scenes.</summary>
/// <remarks>
/// Reads: image tokens, the question's words, a token that asks. It answers in the form
/// <c>&lt;think&gt;...&lt;/think&gt;&lt;answer&gt;...&lt;/answer&gt;&lt;confidence&gt;0.7&lt;/confidence&gt;</c>. Owns its weights. Not
/// thread-safe.
/// </remarks>
[NoPaper("a small model of the project's own; its decoder names its paper")]
public sealed class SceneReasoner : IDecoderModel
{
    /// <summary>Its name in the catalog.</summary>
    public const string CatalogName = "scene-reasoner";

    private const string WeightsFile = "model.safetensors", SettingsFile = "config.json", TokenizerFile = "tokenizer.json";
    private const double InitialScale = 0.06;
    private const string Remedy = "Make the model with ./embodied models train scene-reasoner.";

    private readonly SceneTokenizer _tokenizer;
    private readonly ReasonerModule _module;
    private readonly Device _device;

    private SceneReasoner(SceneReasonerSettings settings, SceneTokenizer tokenizer, Device? device)
    {
        TorchRuntime.EnsureLoaded();
        (Settings, _tokenizer, _device) = (settings, tokenizer, device ?? CPU);
        _module = new ReasonerModule(settings, tokenizer.VocabularySize, _device);
        Spec = new LanguageModelSpec(CatalogName, tokenizer.VocabularySize, settings.HiddenSize, settings.ContextLength,
            SceneTokenizer.Padding, [SceneTokenizer.End], SceneTokenizer.Image);
    }

    /// <inheritdoc/>
    public LanguageModelSpec Spec { get; }

    /// <inheritdoc/>
    public ITextTokenizer Tokenizer => _tokenizer;

    /// <inheritdoc/>
    public nn.Module Module => _module;

    /// <inheritdoc/>
    public Decoder Decoder => _module.Decoder;

    /// <inheritdoc/>
    public LinearLayer? Head => null;

    /// <summary>Sizes.</summary>
    public SceneReasonerSettings Settings { get; }

    /// <inheritdoc cref="SceneTokenizer.SpelledWords"/>
    public IReadOnlyList<string> UnknownWords(string text) => _tokenizer.SpelledWords(text);

    /// <summary>Images to tokens.</summary>
    public SceneEye Eye => _module.Eye;

    /// <summary>How many numbers its weights are.</summary>
    public long ParameterCount => _module.parameters().Sum(parameter => parameter.numel());

    /// <summary>A model that knows nothing yet.</summary>
    /// <param name="words">Of questions and answers.</param>
    /// <param name="seed">Equal seeds give equal weights.</param>
    /// <param name="settings">Sizes; the shipped ones if null.</param>
    /// <param name="device">Where the weights live; the CPU if null.</param>
    /// <exception cref="SettingsException">Sizes that do not fit each other.</exception>
    public static SceneReasoner Create(IEnumerable<string> words, ulong seed, SceneReasonerSettings? settings = null, Device? device = null)
    {
        settings ??= new SceneReasonerSettings();
        if (settings.Violation() is { } violation) throw new SettingsException(CatalogName, [violation]);
        var model = new SceneReasoner(settings, new SceneTokenizer(words), device);
        Draw(model, seed);
        return model;
    }

    /// <summary>Reads a model from its folder.</summary>
    /// <param name="folder">Holds <c>config.json</c>, <c>tokenizer.json</c> and <c>model.safetensors</c>.</param>
    /// <param name="device">Where it shall live; the CPU if null.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="AssetMissingException">A file is not there.</exception>
    /// <exception cref="CorruptFileException">A file is damaged, or the three do not belong together.</exception>
    public static SceneReasoner Load(string folder, Device? device = null)
    {
        foreach (string name in new[] { SettingsFile, TokenizerFile, WeightsFile })
            if (Path.Combine(folder, name) is var path && !File.Exists(path))
                throw new AssetMissingException($"The model {CatalogName}", path, Remedy);
        var model = new SceneReasoner(SceneReasonerSettings.Read(Path.Combine(folder, SettingsFile)),
            SceneTokenizer.Load(Path.Combine(folder, TokenizerFile)), device);
        try
        {
            using ModelWeights weights = ModelWeights.Open(folder);
            ModuleWeights.Load(model._module, weights);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Writes the model's files, weights as 16-bit floats; makes the folder if it is not there.</summary>
    /// <remarks>What is loaded again is what <see cref="RoundWeights"/> leaves.</remarks>
    /// <param name="folder">Where.</param>
    /// <param name="metadata">Words kept with the weights, e.g. how they were made; null for none.</param>
    public void Save(string folder, IReadOnlyDictionary<string, string>? metadata = null)
    {
        Directory.CreateDirectory(folder);
        Settings.Write(Path.Combine(folder, SettingsFile));
        _tokenizer.Save(Path.Combine(folder, TokenizerFile));
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Safetensors.Write(Path.Combine(folder, WeightsFile), _module.named_parameters().Select(pair =>
            TensorMemory.Store(pair.name, pair.parameter.detach().to(ScalarType.Float16).cpu().contiguous())), metadata);
    }

    /// <summary>Rounds all weights to 16-bit floats, so that they are those that a file keeps.</summary>
    public void RoundWeights()
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach (Parameter weight in _module.parameters()) weight.copy_(weight.to(ScalarType.Float16).to(ScalarType.Float32));
    }

    /// <inheritdoc/>
    public bool ReadsSegments => true;

    /// <inheritdoc/>
    public EncodedPrompt Encode(Question question)
    {
        int tokens = Settings.ImageTokens;
        int[] ids = [.. Enumerable.Repeat(SceneTokenizer.Image, tokens * question.Images.Count), .. _tokenizer.Encode(question.Prompt),
            SceneTokenizer.Ask];
        if (ids.Length > Spec.ContextLength)
            throw new SpecMismatchException($"tokens of the question '{question.Prompt}'",
                $"at most {Spec.ContextLength}, the context of {CatalogName}", $"{ids.Length}");
        if (question.Images.Count == 0) return new EncodedPrompt(ids, null);
        int size = Settings.ImageSize, frame = size * size * 3;
        Tensor pixels = empty([question.Images.Count, size, size, 3], ScalarType.Byte).DetachFromDisposeScope();
        for (int i = 0; i < question.Images.Count; i++)
        {
            RgbImage image = question.Images[i];
            SpecMismatchException.ThrowIfLength($"bytes of image {i}", image.Rgb.Length, image.Width * image.Height * 3);
            Span<byte> into = pixels.bytes.Slice(i * frame, frame);
            if (image.Width == size && image.Height == size) image.Rgb.CopyTo(into);
            else SquareFrames.Resize(image.Rgb, image.Width, image.Height, size, into);
        }

        return new EncodedPrompt(ids, new PreparedImages(pixels, [.. Enumerable.Repeat(tokens, question.Images.Count)]));
    }

    /// <inheritdoc/>
    public Tensor ImageFeatures(PreparedImages images)
    {
        int size = Settings.ImageSize;
        if (!images.Pixels.shape.AsSpan()[1..].SequenceEqual([size, size, 3]) || images.Pixels.dtype != ScalarType.Byte)
            throw new SpecMismatchException($"images for {CatalogName}", $"bytes [N, {size}, {size}, 3]",
                $"{images.Pixels.dtype} [{string.Join(", ", images.Pixels.shape)}]");
        using DisposeScope scope = NewDisposeScope();
        return Eye.Forward(images.Pixels.to(_device)).flatten(0, 1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public KeyValueCache CreateCache(int rows, int capacity) => Decoder.CreateCache(rows, capacity);

    /// <inheritdoc/>
    public Tensor Hidden(ModelInput input, KeyValueCache? cache = null)
    {
        using DisposeScope scope = NewDisposeScope();
        TextTransformer.RequireKnown(input.Ids, Spec.VocabularySize);
        Tensor places = input.Ids.flatten().eq(SceneTokenizer.Image).nonzero().squeeze(1);
        RequireAsMany(input, places.shape[0], input.Features?.shape[0] ?? input.Images?.TokenCount ?? 0);
        Tensor embeddings = Decoder.Embed(input.Ids);
        if (places.shape[0] > 0)
        {
            Tensor features = input.Features ?? ImageFeatures(input.Images!);
            embeddings = embeddings.view(-1, Spec.HiddenSize).index_copy(0, places, features).view(embeddings.shape);
        }

        return Decoder.Forward(embeddings, input.Mask, input.Positions, cache, null, input.Segments).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Logits(Tensor hidden) => nn.functional.linear(hidden, Decoder.Embeddings.Weight);

    /// <inheritdoc/>
    public void Dispose() => _module.Dispose();

    private void RequireAsMany(ModelInput input, long asked, long given)
    {
        if (asked == given) return;
        int longest = (int)input.Mask.sum(1).max().ToInt64();
        throw longest > Spec.ContextLength
            ? new SpecMismatchException("tokens of a row", $"at most {Spec.ContextLength}, the model's context", $"{longest}")
            : new SpecMismatchException("image tokens of the rows", $"{given}, one for each feature of the images", $"{asked}");
    }

    /// <summary>Draws weights: matrices normal, scaled by what they read where that is pixels or maps.</summary>
    private static void Draw(SceneReasoner model, ulong seed)
    {
        Decoders.Decoder.Draw(model.Module, seed, InitialScale);
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Parameter weight) in model.Eye.named_parameters())
        {
            if (weight.dim() < 2)
            {
                weight.zero_();
                continue;
            }

            double inputs = (double)weight.numel() / weight.shape[0];
            double gain = name.StartsWith("second", StringComparison.Ordinal) ? 1 : 2;
            using Scalar scale = (Math.Sqrt(gain / inputs) / InitialScale).ToScalar();
            weight.mul_(scale);
        }
    }

    /// <summary>Eye and decoder, under the names of the checkpoint.</summary>
    private sealed class ReasonerModule : nn.Module
    {
        public ReasonerModule(SceneReasonerSettings settings, int vocabulary, Device device) : base(nameof(ReasonerModule))
        {
            Eye = new SceneEye(settings, device);
            Decoder = new Decoder(settings.Decoder(vocabulary), ScalarType.Float32, device);
            register_module("eye", Eye);
            register_module("model", Decoder);
        }

        public SceneEye Eye { get; }

        public Decoder Decoder { get; }
    }
}
