using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Encoders.Pretrained;
using EmbodiedRL.Models.Encoders.Transformers;
using EmbodiedRL.Models.Language.Chat;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Tokenizers;
using EmbodiedRL.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language;

/// <summary>Language model of text alone: a decoder of Llama's or Qwen2's kind with its tokenizer.</summary>
/// <remarks>Owns its weights. Not thread-safe.</remarks>
[NoPaper("a network with the files around it; the network names its papers")]
public sealed class CausalLanguageModel : IDecoderModel, IChatLanguageModel
{
    private readonly CausalModule _module;
    private readonly ITextTokenizer? _tokenizer;
    private readonly Lazy<ChatTemplate?> _template;

    /// <summary>A model of a module.</summary>
    /// <param name="spec">Sizes and special tokens.</param>
    /// <param name="module">Filled; owned from now on.</param>
    /// <param name="tokenizer">Null for a model that is given token ids only.</param>
    /// <param name="template">How conversations are written; null for questions as they are.</param>
    public CausalLanguageModel(LanguageModelSpec spec, CausalModule module, ITextTokenizer? tokenizer = null, ChatTemplate? template = null)
        : this(spec, module, tokenizer, new Lazy<ChatTemplate?>(template))
    {
    }

    private CausalLanguageModel(LanguageModelSpec spec, CausalModule module, ITextTokenizer? tokenizer, Lazy<ChatTemplate?> template) =>
        (Spec, _module, _tokenizer, _template) = (spec, module, tokenizer, template);

    /// <inheritdoc/>
    public LanguageModelSpec Spec { get; }

    /// <inheritdoc/>
    public ITextTokenizer Tokenizer => _tokenizer
        ?? throw new AssetMissingException($"The tokenizer of {Spec.Name}", "the model's folder", "Add its tokenizer.json.");

    /// <summary>How conversations are written; null for questions as they are.</summary>
    /// <exception cref="ChatTemplateException">The folder's template uses what is not supported.</exception>
    public ChatTemplate? Template => _template.Value;

    /// <summary>Whether it was made with a tokenizer.</summary>
    public bool HasTokenizer => _tokenizer is not null;

    /// <summary>Decoder and layer to logits.</summary>
    public CausalModule Causal => _module;

    /// <inheritdoc/>
    public nn.Module Module => _module;

    /// <inheritdoc/>
    public Decoder Decoder => _module.Decoder;

    /// <inheritdoc/>
    public LinearLayer? Head => _module.Head;

    /// <summary>Reads a model from its folder in Hugging Face's layout.</summary>
    /// <param name="folder">Holds config, checkpoint (one file or shards) and, if texts are to be read, the tokenizer.</param>
    /// <param name="device">Where it shall live; the CPU if null.</param>
    /// <param name="precision">Of its weights.</param>
    /// <param name="config">Name of the config.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="AssetMissingException">A file is not there.</exception>
    /// <exception cref="CorruptFileException">A file is altered, of a model that is not supported, or of another model.</exception>
    public static CausalLanguageModel Load(string folder, Device? device = null, Precision precision = Precision.Fp32,
        string config = PretrainedFolder.ConfigFile)
    {
        TorchRuntime.EnsureLoaded();
        device ??= CPU;
        ConfigReader read = ConfigReader.Read(Path.Combine(folder, config));
        DecoderSettings settings = DecoderSettings.Read(read);
        string[] files = ["tokenizer.json", "vocab.json", "tokenizer.model"];
        ITextTokenizer? tokenizer = files.Any(file => File.Exists(Path.Combine(folder, file))) ? TokenizerFolder.Load(folder) : null;
        using var weights = ModelWeights.Open(folder);
        // some checkpoints state ties that their files do not use, and the other way round
        if (settings.TiedEmbeddings && weights.Find("lm_head.weight") is { } head && weights.Find("model.embed_tokens.weight") is { } table
            && !head.Bytes.Span.SequenceEqual(table.Bytes.Span))
            throw read.Wrong("tie_word_embeddings", "false, as lm_head.weight and model.embed_tokens.weight differ", "true");
        var module = new CausalModule(settings, precision.TypeOn(device), device);
        try
        {
            ModuleWeights.Load(module, weights, isIgnored: name => name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal)
                || (settings.TiedEmbeddings && name == "lm_head.weight"));
            string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
            return new CausalLanguageModel(SpecialTokens.Read(folder, read, tokenizer).SpecOf(name, settings), module, tokenizer,
                new Lazy<ChatTemplate?>(() => ChatTemplate.Load(folder)));
        }
        catch
        {
            module.Dispose();
            throw;
        }
    }

    /// <summary>A model of drawn weights, to be trained from scratch.</summary>
    /// <param name="settings">Sizes; the vocabulary is the tokenizer's or larger.</param>
    /// <param name="tokenizer">Texts to ids.</param>
    /// <param name="endIds">What ends a completion.</param>
    /// <param name="seed">Of the weights.</param>
    /// <param name="device">Where it shall live; the CPU if null.</param>
    /// <param name="template">How conversations are written; null for questions as they are.</param>
    /// <returns>The caller disposes it.</returns>
    public static CausalLanguageModel Create(DecoderSettings settings, ITextTokenizer? tokenizer, IReadOnlyList<int> endIds, ulong seed,
        Device? device = null, ChatTemplate? template = null)
    {
        if (tokenizer is not null && tokenizer.VocabularySize > settings.VocabularySize)
            throw new SpecMismatchException("vocabulary of a model", $"at least {tokenizer.VocabularySize}, the tokenizer's",
                $"{settings.VocabularySize}");
        var module = new CausalModule(settings, device: device);
        Decoder.Draw(module, seed, settings.InitialScale);
        var spec = new LanguageModelSpec("decoder", settings.VocabularySize, settings.HiddenSize, settings.ContextLength,
            tokenizer?.PaddingId ?? 0, endIds);
        return new CausalLanguageModel(spec, module, tokenizer, template);
    }

    /// <inheritdoc/>
    public bool ReadsSegments => true;

    /// <inheritdoc/>
    public EncodedPrompt Encode(Question question) => Template is null && question.Images.Count == 0
        ? Fitting(Tokenizer.Encode(question.Prompt))
        : Encode(ChatTemplate.TurnsOf(question), question.Images);

    /// <inheritdoc/>
    public EncodedPrompt Encode(IReadOnlyList<ChatTurn> turns, IReadOnlyList<RgbImage> images)
    {
        if (images.Count > 0)
            throw new SpecMismatchException($"images for {Spec.Name}", "none, as the model has no eyes", $"{images.Count}");
        string text = (Template ?? ChatTemplate.ChatMl).Render(turns, addsPrompt: true);
        // a template writes the special tokens itself
        return Fitting(Tokenizer is TextTokenizer plain ? plain.EncodePlain(text) : Tokenizer.Encode(text));
    }

    /// <inheritdoc/>
    public Tensor ImageFeatures(PreparedImages images) =>
        throw new SpecMismatchException($"images for {Spec.Name}", "none, as the model has no eyes", $"{images.Tokens.Count}");

    /// <inheritdoc/>
    public KeyValueCache CreateCache(int rows, int capacity) => _module.Decoder.CreateCache(rows, capacity);

    /// <inheritdoc/>
    public Tensor Hidden(ModelInput input, KeyValueCache? cache = null) => Hidden(input, cache, null);

    /// <summary>Hidden states after the final norm, and those between.</summary>
    /// <param name="input">New tokens of each row.</param>
    /// <param name="cache">What the rows read before; null reads them alone.</param>
    /// <param name="states">Gets embeddings, each layer's output but the last's, and the result, [B, T, H] each; null for none.</param>
    /// <returns>[B, T, H], owned by the caller's dispose scope.</returns>
    public Tensor Hidden(ModelInput input, KeyValueCache? cache, List<Tensor>? states)
    {
        if (input.Images is not null || input.Features is not null)
            throw new SpecMismatchException($"images for {Spec.Name}", "none, as the model has no eyes", "some");
        TextTransformer.RequireKnown(input.Ids, Spec.VocabularySize);
        Tensor embeddings = _module.Decoder.Embed(input.Ids);
        Tensor hidden = _module.Decoder.Forward(embeddings, input.Mask, input.Positions, cache, states, input.Segments);
        embeddings.Dispose();
        return hidden;
    }

    /// <inheritdoc/>
    public Tensor Logits(Tensor hidden) => _module.Logits(hidden);

    /// <inheritdoc/>
    public void Dispose() => _module.Dispose();

    private EncodedPrompt Fitting(int[] ids) => ids.Length <= Spec.ContextLength
        ? new EncodedPrompt(ids, null)
        : throw new SpecMismatchException("tokens of a question", $"at most {Spec.ContextLength}, the model's context", $"{ids.Length}");
}
