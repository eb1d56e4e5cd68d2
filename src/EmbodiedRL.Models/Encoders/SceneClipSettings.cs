using System.Text.Json;
using System.Text.Json.Serialization;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Encoders;

/// <summary>Sizes of both encoders: a model's <c>config.json</c>.</summary>
public sealed record SceneClipSettings
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        WriteIndented = true,
    };

    /// <summary>What the file says it describes.</summary>
    [Length(1, LengthAttribute.Name)]
    public string ModelType { get; init; } = SceneClip.CatalogName;

    /// <summary>H = W of the pictures.</summary>
    [Range(1, 4096)]
    public int ImageSize { get; init; } = 64;

    /// <summary>D, the length of an embedding.</summary>
    [Range(1, 4096)]
    public int EmbeddingSize { get; init; } = 96;

    /// <summary>
    /// Side of the square patches that the first layer reads, each once; 0 for a first layer of overlapping windows that halves the
    /// picture.
    /// </summary>
    [Range(0, 64)]
    public int ImagePatch { get; init; } = 4;

    /// <summary>Channels after each layer; each after the first halves the picture.</summary>
    [Range(1, 4096), Length(1, 12)]
    public IReadOnlyList<int> ImageChannels { get; init; } = [48, 96, 128];

    /// <summary>
    /// Widths of the layers between the last convolution and the embedding; two can tell how far one thing is from another.
    /// </summary>
    [Range(1, 4096), Length(0, 16)]
    public IReadOnlyList<int> ImageHidden { get; init; } = [384, 256];

    /// <summary>Width of the text tower.</summary>
    [Range(1, 4096)]
    public int TextWidth { get; init; } = 96;

    /// <summary>Attention heads of the text tower.</summary>
    [Range(1, 4096)]
    public int TextHeads { get; init; } = 4;

    /// <summary>Transformer blocks of the text tower.</summary>
    [Range(1, 64)]
    public int TextLayers { get; init; } = 2;

    /// <summary>The longest sentence, in pieces of words.</summary>
    [Range(1, 4096)]
    public int MaximumWords { get; init; } = 48;

    /// <summary>Side of the last convolution's picture.</summary>
    internal int LastSide => ImageChannels.Skip(1).Aggregate(ImagePatch > 0 ? ImageSize / ImagePatch : (ImageSize + 1) / 2,
        (side, _) => (side + 1) / 2);

    /// <summary>K, how many features the embedding of an image is made of.</summary>
    internal int ImageFeatures => ImageHidden.Count > 0 ? ImageHidden[^1] : ImageChannels[^1] * LastSide * LastSide;

    /// <summary>Reads the file of a model.</summary>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It does not describe a model of this kind.</exception>
    public static SceneClipSettings Read(string path)
    {
        try
        {
            SceneClipSettings settings = JsonSerializer.Deserialize<SceneClipSettings>(InputFile.ReadBytes(path, "A model's settings",
                "Restore or train the model again."),
                Json)
                ?? new() { ModelType = "null" };
            if (settings.Violation() is { } violation)
                throw new CorruptFileException(path, "the settings of a scene-clip model", violation);
            return settings;
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path,
                "the settings of a scene-clip model",
                $"something else ({error.Message})",
                "Restore or train the model again.",
                error);
        }
    }

    /// <summary>Writes the file of a model.</summary>
    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>What is wrong with the sizes; null if nothing is.</summary>
    internal string? Violation()
    {
        if (ImageChannels is null || ImageHidden is null) return "no image_channels or no image_hidden";
        if (ModelType != SceneClip.CatalogName) return $"model_type '{ModelType}'";
        if (SettingRanges.Violations(this).FirstOrDefault() is { } outside) return outside.TrimEnd('.');
        if (ImagePatch > 0 && ImageSize % ImagePatch != 0)
            return $"image_size {ImageSize}, which is no whole number of patches of {ImagePatch}";
        return TextWidth % TextHeads == 0 ? null : $"text_width {TextWidth}, which {TextHeads} heads cannot share";
    }
}
