using System.Text.Json;
using System.Text.Json.Serialization;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Encoders;
using EmbodiedRL.Models.Language.Decoders;

namespace EmbodiedRL.Models.Language;

/// <summary>Sizes of a <see cref="SceneReasoner"/>, as its <c>config.json</c> has them.</summary>
public sealed record SceneReasonerSettings
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Always <c>scene-reasoner</c>.</summary>
    public string ModelType { get; init; } = SceneReasoner.CatalogName;

    /// <summary>Width and height of images in pixels.</summary>
    [Range(16, 1024)]
    public int ImageSize { get; init; } = 64;

    /// <summary>Side of the image tower's patches; 0 for none.</summary>
    [Range(0, 64)]
    public int ImagePatch { get; init; } = 4;

    /// <summary>Channels of the image tower's maps.</summary>
    [Length(2, 16)]
    public IReadOnlyList<int> ImageChannels { get; init; } = [48, 96, 128];

    /// <summary>Width of the layer between maps and image tokens.</summary>
    [Range(1, 4096)]
    public int EyeWidth { get; init; } = 256;

    /// <summary>H.</summary>
    [Range(2, 4096)]
    public int HiddenSize { get; init; } = 128;

    /// <summary>Decoder layers.</summary>
    [Range(1, 64)]
    public int Layers { get; init; } = 3;

    /// <summary>Attention heads; H is a multiple.</summary>
    [Range(1, 64)]
    public int Heads { get; init; } = 4;

    /// <summary>Width of the decoder's gated layers.</summary>
    [Range(1, 16384)]
    public int FeedForwardSize { get; init; } = 256;

    /// <summary>The most tokens of prompt, image and completion.</summary>
    [Range(1, 4096)]
    public int ContextLength { get; init; } = 160;

    /// <summary>Tokens of an image.</summary>
    [JsonIgnore]
    public int ImageTokens => Tower.LastSide * Tower.LastSide;

    /// <summary>Sizes of the image tower, whose embedding is not used.</summary>
    internal SceneClipSettings Tower => new() { ImageSize = ImageSize, ImagePatch = ImagePatch, ImageChannels = ImageChannels };

    /// <summary>Reads the file of a model.</summary>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It does not describe a model of this kind.</exception>
    public static SceneReasonerSettings Read(string path)
    {
        const string what = "the settings of a scene-reasoner model", remedy = "Restore or train the model again.";
        try
        {
            SceneReasonerSettings settings =
                JsonSerializer.Deserialize<SceneReasonerSettings>(InputFile.ReadBytes(path, "A model's settings", remedy), Json)
                ?? new() { ModelType = "null" };
            return settings.Violation() is { } violation ? throw new CorruptFileException(path, what, violation, remedy) : settings;
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path, what, $"something else ({error.Message})", remedy, error);
        }
    }

    /// <summary>Writes the file of a model.</summary>
    public void Write(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>What is wrong with the sizes; null if nothing is.</summary>
    internal string? Violation()
    {
        if (ModelType != SceneReasoner.CatalogName) return $"model_type '{ModelType}'";
        if (ImageChannels is null) return "no image_channels";
        if (SettingRanges.Violations(this).FirstOrDefault() is { } outside) return outside.TrimEnd('.');
        if (ImagePatch > 0 && ImageSize % ImagePatch != 0) return $"image_size {ImageSize}, no whole number of patches of {ImagePatch}";
        if (HiddenSize % (2 * Heads) != 0) return $"hidden_size {HiddenSize}, which {Heads} heads of an even size cannot share";
        int last = Tower.LastSide, before = (Tower with { ImageChannels = [.. ImageChannels.SkipLast(1)] }).LastSide;
        if (before != 2 * last) return $"image maps of {before} and {last} lines, where the last but one must be twice the last";
        return null;
    }

    /// <summary>Sizes of the decoder.</summary>
    /// <param name="vocabulary">V.</param>
    internal DecoderSettings Decoder(int vocabulary) => new()
    {
        VocabularySize = vocabulary,
        HiddenSize = HiddenSize,
        Layers = Layers,
        Heads = Heads,
        KeyValueHeads = Heads,
        HeadSize = HiddenSize / Heads,
        FeedForwardSize = FeedForwardSize,
        TiedEmbeddings = true,
        ContextLength = ContextLength,
    };
}
