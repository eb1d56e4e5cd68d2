using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Models.Encoders.Transformers;
using EmbodiedRL.Models.Language.Chat;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Tokenizers;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.VisionLanguage;

/// <summary>Vision-language model: features of images stand in the places of image tokens, then a decoder reads all.</summary>
/// <remarks>Owns its weights. Not thread-safe.</remarks>
[NoPaper("what models with eyes share; they name their papers")]
public abstract class VisionLanguageModel : IDecoderModel, IChatLanguageModel
{
    private readonly VisionLanguageModule _module;
    private readonly ITextTokenizer? _tokenizer;

    private protected VisionLanguageModel(LanguageModelSpec spec, VisionLanguageModule module, VisionLanguageReader reader) =>
        (Spec, ImageToken, _module, _tokenizer, Template) =
            (spec, spec.ImageTokenId ?? throw new SpecMismatchException($"spec of {spec.Name}", "an image token", "none"), module,
            reader.Tokenizer, reader.Template);

    /// <inheritdoc/>
    public LanguageModelSpec Spec { get; }

    /// <inheritdoc/>
    public ITextTokenizer Tokenizer => _tokenizer
        ?? throw new AssetMissingException($"The tokenizer of {Spec.Name}", "the model's folder", "Add its tokenizer.json.");

    /// <summary>How conversations are written; null puts images before the words.</summary>
    public ChatTemplate? Template { get; }

    /// <summary>Whether it was made with a tokenizer.</summary>
    public bool HasTokenizer => _tokenizer is not null;

    /// <inheritdoc/>
    public nn.Module Module => _module;

    /// <inheritdoc/>
    public Decoder Decoder => _module.Decoder;

    /// <inheritdoc/>
    public LinearLayer? Head => _module.Head;

    /// <summary>Whether the image tower gathers gradients; what leads from it to the decoder always does.</summary>
    public bool LearnsVision
    {
        get => Tower.parameters().Any(weight => weight.requires_grad);
        set
        {
            foreach (TorchSharp.Modules.Parameter weight in Tower.parameters()) weight.requires_grad_(value);
        }
    }

    /// <summary>The image tower.</summary>
    private protected abstract nn.Module Tower { get; }

    /// <summary>What a template has in the place of an image.</summary>
    private protected abstract string Marker { get; }

    private protected int ImageToken { get; }

    /// <inheritdoc/>
    public EncodedPrompt Encode(Question question) => Encode(ChatTemplate.TurnsOf(question), question.Images);

    /// <inheritdoc/>
    public EncodedPrompt Encode(IReadOnlyList<ChatTurn> turns, IReadOnlyList<RgbImage> images)
    {
        // templates of models with eyes go through the parts of every message, words alone too
        string text = Template?.Render(turns, addsPrompt: true, inParts: true)
            ?? string.Concat(turns.SelectMany(turn => turn.Parts).Select(part => part.Text ?? Marker));
        (PreparedImages? prepared, IReadOnlyList<string> words) = Prepare(images);
        try
        {
            string whole = ImagePrompts.Expand(text, Marker, words);
            // a template writes the special tokens itself
            int[] ids = Template is not null && Tokenizer is TextTokenizer plain ? plain.EncodePlain(whole) : Tokenizer.Encode(whole);
            if (ids.Length > Spec.ContextLength)
                throw new SpecMismatchException("tokens of a question", $"at most {Spec.ContextLength}, the model's context",
                    $"{ids.Length}");
            RequireAsMany(ids.Count(id => id == ImageToken), prepared?.TokenCount ?? 0);
            return new EncodedPrompt(ids, prepared);
        }
        catch
        {
            prepared?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Tensor ImageFeatures(PreparedImages images)
    {
        using DisposeScope scope = NewDisposeScope();
        Device device = Decoder.Device;
        Tensor features = Features(images.Pixels.to(Decoder.Type).to(device), images.Mask?.to(device), images);
        RequireAsMany(images.TokenCount, features.shape[0]);
        return features.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public KeyValueCache CreateCache(int rows, int capacity) => Decoder.CreateCache(rows, capacity);

    /// <inheritdoc/>
    public Tensor Hidden(ModelInput input, KeyValueCache? cache = null) => Hidden(input, cache, null);

    /// <summary>Hidden states after the final norm, and those between.</summary>
    /// <param name="input">New tokens of each row.</param>
    /// <param name="cache">What the rows read before; null reads them alone.</param>
    /// <param name="states">Gets the embeddings with features in place, each layer's output but the last's, and the result, [B, T, H] each;
    /// null keeps none.</param>
    /// <returns>[B, T, H], owned by the caller's dispose scope.</returns>
    public Tensor Hidden(ModelInput input, KeyValueCache? cache, List<Tensor>? states)
    {
        using DisposeScope scope = NewDisposeScope();
        TextTransformer.RequireKnown(input.Ids, Spec.VocabularySize);
        Tensor places = input.Ids.flatten().eq(ImageToken).nonzero().squeeze(1);
        if (input.Features is { } given && (given.dim() != 2 || given.shape[1] != Spec.HiddenSize))
            throw new SpecMismatchException("features of images", $"[tokens, {Spec.HiddenSize}]", $"[{string.Join(", ", given.shape)}]");
        RequireAsMany(places.shape[0], input.Features?.shape[0] ?? input.Images?.TokenCount ?? 0);
        (Tensor? positions, Tensor? next) = places.shape[0] > 0 ? Positions(input, cache) : (null, null);
        Tensor embeddings = Decoder.Embed(input.Ids);
        if (places.shape[0] > 0)
        {
            Tensor features = input.Features ?? ImageFeatures(input.Images!);
            embeddings = embeddings.view(-1, Spec.HiddenSize).index_copy(0, places, features.to(Decoder.Type).to(Decoder.Device))
                .view(embeddings.shape);
        }

        Tensor hidden = Decoder.Forward(embeddings, input.Mask, positions, cache, states);
        if (next is not null) cache?.SetPositions(next);
        if (states is not null) foreach (Tensor state in states) state.MoveToOuterDisposeScope();
        return hidden.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Logits(Tensor hidden) => _module.Head is { } head
        ? head.forward(hidden)
        : nn.functional.linear(hidden, Decoder.Embeddings.Weight);

    /// <inheritdoc/>
    public void Dispose()
    {
        _module.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Images as the eyes read them, and what each becomes in a prompt.</summary>
    private protected abstract (PreparedImages? Images, IReadOnlyList<string> Words) Prepare(IReadOnlyList<RgbImage> images);

    /// <summary>[tokens, H] of images, in the decoder's type and place.</summary>
    private protected abstract Tensor Features(Tensor pixels, Tensor? mask, PreparedImages images);

    /// <summary>Positions of rows with images, and those that come next; null where tokens are simply counted.</summary>
    private protected virtual (Tensor? Positions, Tensor? Next) Positions(ModelInput input, KeyValueCache? cache) => (null, null);

    private void RequireAsMany(long tokens, long features)
    {
        if (tokens != features)
            throw new SpecMismatchException($"image tokens for {Spec.Name}", $"{features}, as many as features of the images", $"{tokens}");
    }
}
