using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language;

/// <summary>Images as a model's eyes read them: pixels resized, cut and normalized.</summary>
/// <remarks>Owns its tensors.</remarks>
/// <param name="pixels">In the layout of the model; the first dimension runs over images, tiles or patches.</param>
/// <param name="tokens">Image tokens of each image, in order.</param>
public sealed class PreparedImages(Tensor pixels, IReadOnlyList<int> tokens) : IDisposable
{
    /// <summary>In the layout of the model that prepared them.</summary>
    public Tensor Pixels { get; } = pixels;

    /// <summary>Which pixels are real, for models that pad; null where all are.</summary>
    public Tensor? Mask { get; init; }

    /// <summary>int64 [images, 3]: time, height and width in patches, for models that read images at their own size; else null.</summary>
    public Tensor? Grid { get; init; }

    /// <summary>Image tokens of each image, in order.</summary>
    public IReadOnlyList<int> Tokens { get; } = tokens;

    /// <summary>Image tokens of all images.</summary>
    public int TokenCount => Tokens.Sum();

    /// <summary>Images of several prompts, one after another.</summary>
    /// <param name="parts">In order; lent.</param>
    /// <returns>A copy, owned by the caller; null where there are none.</returns>
    public static PreparedImages? Join(IReadOnlyList<PreparedImages> parts)
    {
        if (parts.Count == 0) return null;
        return new PreparedImages(cat([.. parts.Select(part => part.Pixels)]), [.. parts.SelectMany(part => part.Tokens)])
        {
            Mask = parts.All(part => part.Mask is null) ? null : cat([.. parts.Select(part => part.Mask ?? Whole(part.Pixels))]),
            Grid = parts[0].Grid is null ? null : cat([.. parts.Select(part => part.Grid!)]),
        };
    }

    private static Tensor Whole(Tensor pixels) =>
        ones([pixels.shape[0], .. pixels.shape[^2..]], ScalarType.Int64, pixels.device);

    /// <inheritdoc/>
    public void Dispose()
    {
        Pixels.Dispose();
        Mask?.Dispose();
        Grid?.Dispose();
    }
}
