namespace EmbodiedRL.Models.Encoders;

/// <summary>Image-text model: embeds images and sentences into one space, in which matching pairs are close.</summary>
/// <remarks>Speaks spans: tensors stay inside, in scopes of their own. Not thread-safe.</remarks>
public interface IImageTextModel : ITextEncoder
{
    /// <summary>H = W of the images it reads without resizing them: what a renderer is asked for.</summary>
    int ImageSize { get; }

    /// <summary>
    /// Its training data: scenes, facts and sentences; <see cref="TrainingRecord.None"/> if it keeps no record.
    /// </summary>
    TrainingRecord Record { get; }

    /// <summary>Embeds images of one size, which need not be <see cref="ImageSize"/> nor square.</summary>
    /// <param name="frames">uint8 [B, H, W, 3], row 0 at the top.</param>
    /// <param name="width">W, pixels.</param>
    /// <param name="height">H, pixels.</param>
    /// <param name="embeddings">[B, D], overwritten with unit vectors.</param>
    /// <exception cref="Core.SpecMismatchException">The lengths differ, or the model cannot read images of this size.</exception>
    void EncodeImages(ReadOnlySpan<byte> frames, int width, int height, Span<float> embeddings);
}
