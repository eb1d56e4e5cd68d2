using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EmbodiedRL.Training.Runs;

/// <summary>How JSON is written for people and scripts alike.</summary>
public static class RunJson
{
    /// <summary>Names in camelCase, indented, letters as they are; keys of dictionaries are data and stay as they are.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.Strict,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new Settings.PartSettingsConverter() },
    };

    /// <summary>The value as JSON, ending in a line end.</summary>
    public static string Of<T>(T value) => JsonSerializer.Serialize(value, Options) + "\n";
}
