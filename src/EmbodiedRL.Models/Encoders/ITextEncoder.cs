namespace EmbodiedRL.Models.Encoders;

/// <summary>Text encoder: embeds sentences, so that sentences of similar meaning are close.</summary>
/// <remarks>Speaks spans: tensors stay inside, in scopes of their own. Not thread-safe.</remarks>
public interface ITextEncoder : IDisposable
{
    /// <summary>Its name in the catalog, e.g. <c>scene-clip</c>, or the folder it was read from.</summary>
    string Name { get; }

    /// <summary>D, the length of an embedding.</summary>
    int EmbeddingSize { get; }

    /// <summary>Embeds sentences.</summary>
    /// <param name="texts">B sentences.</param>
    /// <param name="embeddings">[B, D], overwritten with unit vectors.</param>
    /// <exception cref="Core.SpecMismatchException">The lengths differ, or a sentence cannot be read.</exception>
    void EncodeTexts(IReadOnlyList<string> texts, Span<float> embeddings);

    /// <summary>The words of a sentence that the model has never seen; empty if it knows them all or splits words into parts.</summary>
    IReadOnlyList<string> UnknownWords(string text);
}
