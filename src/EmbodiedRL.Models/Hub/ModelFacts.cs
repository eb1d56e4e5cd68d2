using System.Text.Json;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Hub;

/// <summary>Facts of a model, as far as the configuration and the page in its folder say them.</summary>
/// <param name="Type">E.g. <c>clip</c>; null if it is not said.</param>
/// <param name="ImageSize">Pixels a side; null if it is not said.</param>
/// <param name="PatchSize">Pixels a side; null if it is not said.</param>
/// <param name="ContextLength">Tokens of a text; null if it is not said.</param>
/// <param name="EmbeddingSize">Numbers of an embedding; null if it is not said.</param>
/// <param name="License">Of the page's header; null if it is not said.</param>
public sealed record ModelFacts(string? Type, int? ImageSize, int? PatchSize, int? ContextLength, int? EmbeddingSize, string? License)
{
    private const int MostBytes = 4 << 20, MostHeaderLines = 400;
    private const string Remedy = "Pull the model again.";

    /// <summary>The page of a folder, where it has one.</summary>
    public const string PageName = "README.md";

    /// <summary>Reads a folder.</summary>
    /// <exception cref="CorruptFileException">A configuration is no JSON.</exception>
    public static ModelFacts Read(string folder)
    {
        using JsonDocument? open = Parse(Path.Combine(folder, "open_clip_config.json"));
        using JsonDocument? config = Parse(Path.Combine(folder, "config.json"));
        string? license = LicenseOf(Path.Combine(folder, PageName));
        if (config is null && open is not null && At(open.RootElement, "model_cfg") is { } model)
            return new ModelFacts("open_clip", Number(At(model, "vision_cfg"), "image_size"), Number(At(model, "vision_cfg"), "patch_size"),
                Number(At(model, "text_cfg"), "context_length"), Number(model, "embed_dim"), license);
        if (config?.RootElement is not { } root) return new ModelFacts(null, null, null, null, null, license);
        JsonElement? vision = At(root, "vision_config"), text = At(root, "text_config");
        return new ModelFacts(Text(root, "model_type"), Number(vision, "image_size"), Number(vision, "patch_size"),
            Number(text, "max_position_embeddings") ?? Number(root, "max_position_embeddings"),
            Number(root, "projection_dim") ?? Number(text, "projection_size") ?? Number(root, "hidden_size"), license);
    }

    private static JsonDocument? Parse(string path)
    {
        if (HubCache.SizeOf(path) is null or 0) return null;
        try
        {
            return JsonDocument.Parse(InputFile.ReadBytes(path, "A model's configuration", Remedy, MostBytes));
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path, "a model's configuration", $"something else ({error.Message})", Remedy, error);
        }
    }

    private static JsonElement? At(JsonElement? element, string name) =>
        element is { ValueKind: JsonValueKind.Object } there && there.TryGetProperty(name, out JsonElement found) ? found : null;

    private static int? Number(JsonElement? element, string name) => At(element, name) switch
    {
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out int value) => value,
        { ValueKind: JsonValueKind.Array } array when array.GetArrayLength() > 0 && array[0].ValueKind == JsonValueKind.Number
            && array[0].TryGetInt32(out int first) => first,
        _ => null,
    };

    private static string? Text(JsonElement? element, string name) =>
        At(element, name) is { ValueKind: JsonValueKind.String } text ? HubNames.Printable(text.GetString()) : null;

    /// <summary>The line <c>license: X</c> of the header between two lines of dashes.</summary>
    private static string? LicenseOf(string page)
    {
        if (HubCache.SizeOf(page) is not (> 0 and < MostBytes)) return null;
        const string key = "license:";
        IEnumerable<string> lines = File.ReadLines(page).Take(MostHeaderLines);
        if (lines.FirstOrDefault()?.Trim() != "---") return null;
        string? line = lines.Skip(1).TakeWhile(line => line.Trim() != "---")
            .FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal));
        return line?[key.Length..].Trim().Trim('"', '\'') is { Length: > 0 } license ? HubNames.Printable(license) : null;
    }
}
