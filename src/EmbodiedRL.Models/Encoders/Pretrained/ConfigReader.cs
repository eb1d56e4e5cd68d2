using System.Text.Json;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Encoders.Pretrained;

/// <summary>Reader of a <c>config.json</c>: typed values with defaults, and errors that name file and key.</summary>
/// <remarks>Fields at their default are often left out of published files.</remarks>
internal sealed class ConfigReader
{
    private const string Remedy = "Pull the model again.";

    private readonly JsonElement _object;
    private readonly string _prefix;

    private ConfigReader(JsonElement json, string path, string prefix) => (_object, Path, _prefix) = (json, path, prefix);

    /// <summary>The file, for messages.</summary>
    public string Path { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="AssetMissingException">There is none.</exception>
    /// <exception cref="CorruptFileException">It is no JSON object.</exception>
    public static ConfigReader Read(string path) =>
        new(JsonFile.Read(path, "A model's config", root => root.Clone()), path, "");

    /// <summary>A whole number.</summary>
    public int Integer(string key, int? usual, int least = 1, int most = 1 << 24)
    {
        if (Find(key) is not { } value) return usual ?? throw Missing(key);
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int number) || number < least || number > most)
            throw Wrong(key, $"a whole number from {least} to {most}", value);
        return number;
    }

    /// <summary>A whole number that may be missing or null.</summary>
    public int? IntegerOrNull(string key, int least = 0, int most = 1 << 24) => Find(key) is null ? null : Integer(key, null, least, most);

    /// <summary>A number.</summary>
    public double Number(string key, double? usual, double least, double most)
    {
        if (Find(key) is not { } value) return usual ?? throw Missing(key);
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out double number) || !(number >= least && number <= most))
            throw Wrong(key, FormattableString.Invariant($"a number from {least} to {most}"), value);
        return number;
    }

    /// <summary>Words.</summary>
    public string Text(string key, string? usual)
    {
        if (Find(key) is not { } value) return usual ?? throw Missing(key);
        return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(key, "words", value);
    }

    /// <summary>true or false.</summary>
    public bool Flag(string key, bool usual)
    {
        if (Find(key) is not { } value) return usual;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(key, "true or false", value);
    }

    /// <summary>Whole numbers: a list of them, or one alone.</summary>
    public int[] Integers(string key, int least = 0, int most = 1 << 24)
    {
        if (Find(key) is not { } value) throw Missing(key);
        if (value.ValueKind != JsonValueKind.Array) return [Integer(key, null, least, most)];
        int[] numbers = new int[value.GetArrayLength()];
        for (int i = 0; i < numbers.Length; i++)
            if (value[i].ValueKind != JsonValueKind.Number || !value[i].TryGetInt32(out numbers[i])
                || numbers[i] < least || numbers[i] > most)
                throw Wrong(key, $"whole numbers from {least} to {most}", value);
        return numbers;
    }

    /// <summary>Whether there is a value other than null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>An object; an empty one if it is missing or null.</summary>
    public ConfigReader Object(string key)
    {
        if (Find(key) is not { } value) return new ConfigReader(default, Path, $"{_prefix}{key}.");
        return value.ValueKind == JsonValueKind.Object
            ? new ConfigReader(value, Path, $"{_prefix}{key}.")
            : throw Wrong(key, "an object", value);
    }

    /// <summary>An error about the whole file or a value that does not fit another.</summary>
    public CorruptFileException Wrong(string key, string expected, string found) => new(Path, $"{_prefix}{key}: {expected}", found, Remedy);

    private JsonElement? Find(string key) =>
        _object.ValueKind == JsonValueKind.Object && _object.TryGetProperty(key, out JsonElement value)
            && value.ValueKind != JsonValueKind.Null ? value : null;

    private CorruptFileException Missing(string key) => new(Path, $"a value of {_prefix}{key}", "none", Remedy);

    private CorruptFileException Wrong(string key, string expected, JsonElement value)
    {
        string found = value.GetRawText();
        return Wrong(key, expected, found.Length > 60 ? found[..60] + "..." : found);
    }
}
