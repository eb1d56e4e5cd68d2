using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Settings;

/// <summary>The settings.json of a run folder: the settings as resolved, with their hash and the versions the run is made with.</summary>
/// <remarks>It is a settings file like any other: <c>./embodied train --settings RUN/settings.json</c> repeats the run.</remarks>
public static class SettingsFile
{
    private const string Hash = "hash", Versions = "versions", Inputs = "inputs", Notes = "notes";

    /// <summary>The settings as JSON, every key written out.</summary>
    public static string Json(RunSettings settings) => Tree(settings).ToJsonString(RunJson.Options);

    /// <summary>Names the settings: equal settings, equal hash.</summary>
    public static string HashOf(RunSettings settings) =>
        "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Json(settings))));

    /// <summary>Writes the file.</summary>
    /// <param name="path">Replaced in one step.</param>
    /// <param name="settings">As resolved.</param>
    /// <param name="versions">What the run is made with.</param>
    /// <param name="inputs">SHA-256 of the files it depends on, by name; null where nobody recorded them.</param>
    /// <param name="notes">What happened to it that a reader of its figures must know.</param>
    public static void Write(string path, RunSettings settings, IReadOnlyDictionary<string, string> versions,
        IReadOnlyDictionary<string, string>? inputs = null, IReadOnlyList<string>? notes = null)
    {
        JsonObject root = Tree(settings);
        root[SettingsReader.Stamp] = new JsonObject
        {
            [Hash] = HashOf(settings),
            [Versions] = JsonSerializer.SerializeToNode(versions, RunJson.Options),
        };
        if (inputs is not null) root[SettingsReader.Stamp]![Inputs] = JsonSerializer.SerializeToNode(inputs, RunJson.Options);
        if (notes is { Count: > 0 }) root[SettingsReader.Stamp]![Notes] = JsonSerializer.SerializeToNode(notes, RunJson.Options);
        AtomicFile.WriteText(path, root.ToJsonString(RunJson.Options) + "\n");
    }

    /// <summary>Reads what <see cref="Write"/> wrote, and nothing else: no defaults, no variables.</summary>
    /// <exception cref="SettingsException">It was altered since the run began, so the run could not go on as it was.</exception>
    public static RunSettings Read(string path, RunServices services)
    {
        RunSettings settings = SettingsReader.Read(new SettingsSources { File = path }, services);
        using JsonDocument document = JsonDocument.Parse(InputFile.ReadText(path, "The settings of the run",
            "Name a folder that ./embodied train or demo has written."));
        string? hash = document.RootElement.TryGetProperty(SettingsReader.Stamp, out JsonElement stamp)
            && stamp.TryGetProperty(Hash, out JsonElement text)
            ? text.GetString() : null;
        if (hash == HashOf(settings)) return settings;
        throw new SettingsException(path, [hash is null
            ? $"there is no {SettingsReader.Stamp}:{Hash}, so this is not the settings file of a run. Begin a run with ./embodied train "
                + $"--settings {path}."
            : $"it was altered since the run began (its {SettingsReader.Stamp}:{Hash} does not fit). Put the old values back, or begin a "
                + $"new run with ./embodied train --settings {path}."]);
    }

    /// <summary>What <see cref="Write"/> was told beside the settings.</summary>
    public static RunStamp ReadStamp(string path)
    {
        JsonNode? stamp = JsonNode.Parse(File.ReadAllBytes(path))![SettingsReader.Stamp];
        return new RunStamp(
            stamp?[Versions].Deserialize<Dictionary<string, string>>(RunJson.Options) ?? [],
            stamp?[Inputs].Deserialize<Dictionary<string, string>>(RunJson.Options),
            stamp?[Notes].Deserialize<string[]>(RunJson.Options) ?? []);
    }

    private static JsonObject Tree(RunSettings settings) => JsonSerializer.SerializeToNode(settings, RunJson.Options)!.AsObject();
}

/// <summary>What the settings file of a run says beside its settings.</summary>
/// <param name="Versions">What the run is made with.</param>
/// <param name="Inputs">SHA-256 of the files it depends on, by name; null where nobody recorded them.</param>
/// <param name="Notes">What happened to it that a reader of its figures must know.</param>
public sealed record RunStamp(IReadOnlyDictionary<string, string> Versions, IReadOnlyDictionary<string, string>? Inputs,
    IReadOnlyList<string> Notes);
