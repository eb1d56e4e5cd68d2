using System.Text.Json;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Encoders;

/// <summary>Sizes and parts of a <see cref="SceneClipMinilm"/>: its <c>config.json</c>.</summary>
public sealed record SceneClipMinilmSettings
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
    };

    /// <summary>What the file says it describes.</summary>
    public string ModelType { get; init; } = SceneClipMinilm.CatalogName;

    /// <summary>The sentence encoder, by a name that <c>models list</c> knows, or a folder.</summary>
    public string SentenceEncoder { get; init; } = "all-minilm-l6-v2";

    /// <summary>SHA-256 of the weights of the scene-clip whose text vectors were learned.</summary>
    public string SceneClipSha256 { get; init; } = "";

    /// <summary>E, the length of the sentence encoder's vectors.</summary>
    [Range(1, 65_536)]
    public int SentenceSize { get; init; } = 384;

    /// <summary>Width of the hidden layer.</summary>
    [Range(1, 65_536)]
    public int HiddenSize { get; init; } = 512;

    /// <summary>D, the length of an embedding.</summary>
    [Range(1, 4096)]
    public int EmbeddingSize { get; init; } = 96;

    /// <summary>Reads the file of a model.</summary>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It does not describe a model of this kind.</exception>
    public static SceneClipMinilmSettings Read(string path)
    {
        const string kind = "the settings of a scene-clip-minilm model";
        try
        {
            SceneClipMinilmSettings? settings = JsonSerializer.Deserialize<SceneClipMinilmSettings>(
                InputFile.ReadBytes(path, "A model's settings", SceneClipMinilm.Remedy), Json);
            string? violation = settings is null ? "null"
                : settings.ModelType != SceneClipMinilm.CatalogName ? $"model_type '{settings.ModelType}'"
                : SettingRanges.Violations(settings).FirstOrDefault();
            return violation is null ? settings! : throw new CorruptFileException(path, kind, violation, SceneClipMinilm.Remedy);
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path, kind, $"something else ({error.Message})", SceneClipMinilm.Remedy, error);
        }
    }

    /// <summary>Writes the file of a model.</summary>
    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, Json) + "\n");
}
