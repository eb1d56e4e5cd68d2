using System.Text.Json;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models;

/// <summary>JSON file: one document whose errors name the file and the property, bounded in size and depth.</summary>
internal static class JsonFile
{
    private const int MostDepth = 64;
    private const string Remedy = "Restore the file, or fetch it again.";

    /// <summary>Parses a file, hands its root to a reader, and gives what that makes of it.</summary>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is no JSON, too large, too deep, or not of the form that the reader expects.</exception>
    public static T Read<T>(string path, string what, Func<JsonElement, T> read)
    {
        byte[] bytes = InputFile.ReadBytes(path, what, "Check the path, or fetch the model's folder again.");
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MostDepth });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new CorruptFileException(path, "a JSON object", $"{document.RootElement.ValueKind}", Remedy);
            return read(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException
            or KeyNotFoundException or OverflowException or ArgumentException or IndexOutOfRangeException)
        {
            throw new CorruptFileException(path, what.ToLowerInvariant(), $"something else ({error.Message})", Remedy, error);
        }
    }

    /// <summary>A property, or nothing where it is absent or null.</summary>
    public static JsonElement? Find(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement found)
            && found.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)
            ? found
            : null;

    /// <summary>A text property, or nothing where it is absent or null.</summary>
    public static string? Text(this JsonElement element, string name) => element.Find(name)?.GetString();

    /// <summary>A flag, or a default where it is absent or null.</summary>
    public static bool Flag(this JsonElement element, string name, bool otherwise = false) =>
        element.Find(name)?.GetBoolean() ?? otherwise;
}
