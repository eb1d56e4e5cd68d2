namespace EmbodiedRL.Models.Encoders;

/// <summary>Image-text model: embeds images and sentences into one space, in which matching pairs are close.</summary>
/// <remarks>Speaks spans: tensors stay inside, in scopes of their own. Not thread-safe.</remarks>
public interface IImageTextModel : IDisposable
{
    /// <summary>Its name in the catalog, e.g. <c>scene-clip</c>.</summary>
    string Name { get; }

    /// <summary>H = W of the pictures it reads.</summary>
    int ImageSize { get; }

    /// <summary>D, the length of an embedding.</summary>
    int EmbeddingSize { get; }

    /// <summary>
    /// Its training data: scenes, facts and sentences; <see cref="TrainingRecord.None"/> if it keeps no record.
    /// </summary>
    TrainingRecord Record { get; }

    /// <summary>Embeds pictures.</summary>
    /// <param name="frames">uint8 [B, H, W, 3], row 0 at the top, of <see cref="ImageSize"/>.</param>
    /// <param name="embeddings">[B, D], overwritten with unit vectors.</param>
    void EncodeImages(ReadOnlySpan<byte> frames, Span<float> embeddings);

    /// <summary>Embeds sentences.</summary>
    /// <param name="texts">B sentences.</param>
    /// <param name="embeddings">[B, D], overwritten with unit vectors.</param>
    void EncodeTexts(IReadOnlyList<string> texts, Span<float> embeddings);

    /// <summary>The words of a sentence that the model has never seen; empty if it knows them all.</summary>
    IReadOnlyList<string> UnknownWords(string text);
}
