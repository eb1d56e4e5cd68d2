using EmbodiedRL.Models.Language.Decoders;

namespace EmbodiedRL.Models.Language;

/// <summary>Language model whose tokens, once its prompt is read, go through a <see cref="Decoders.Decoder"/> alone.</summary>
/// <remarks>Completions of such a model are drawn by a faster path where the machine has one.</remarks>
public interface IDecoderModel : ILanguageModel
{
    /// <summary>Layers; the position of a row's next token is that of its cache, the same on all axes.</summary>
    Decoder Decoder { get; }

    /// <summary>To logits; null where the table of embeddings does it.</summary>
    LinearLayer? Head { get; }
}
