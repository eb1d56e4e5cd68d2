using Microsoft.Extensions.Configuration;

namespace EmbodiedRL.Training.Settings;

/// <summary>Where settings come from, weakest first: the built-in defaults, those of the environment, then these.</summary>
public sealed record SettingsSources
{
    private const string Prefix = "EMBODIED__";

    /// <summary>A settings file; null for none.</summary>
    public string? File { get; init; }

    /// <summary>Environment variables <c>EMBODIED__section__key</c>, as <c>section:key</c> and text.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Variables { get; init; } = [];

    /// <summary>Pairs of the command line: <c>section:key</c> and text.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> CommandLine { get; init; } = [];

    /// <summary>What <c>--reward</c> says: <c>task</c>, <c>vlm</c>, a file, or names of terms; null if it is not given.</summary>
    public string? Reward { get; init; }

    /// <summary>
    /// Whether the settings are those of a language model that is fine-tuned: the section <c>reasoning</c> is there, and where nobody says
    /// a reward, completions are verified.
    /// </summary>
    public bool IsReasoning { get; init; }

    /// <summary>
    /// Environments that the image-text model was trained on. Where no source says a reward, others are rewarded by their hand-built one.
    /// Null if that is not known or not wanted: then the model rewards all of them.
    /// </summary>
    public IReadOnlyCollection<string>? KnownToModel { get; init; }

    /// <summary>
    /// The variables of this process. The reserved ones (EMBODIED_FIXTURES, EMBODIED_MODELS and so on)
    /// have one underscore and are no settings.
    /// </summary>
    public static IReadOnlyList<KeyValuePair<string, string>> VariablesOfProcess() =>
        [.. new ConfigurationBuilder().AddEnvironmentVariables(Prefix).Build().AsEnumerable()
            .Where(pair => pair.Value is not null).Select(pair => KeyValuePair.Create(pair.Key, pair.Value!))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)];

    /// <summary>A variable's name as the user wrote it.</summary>
    internal static string VariableOf(string key) => Prefix + key.Replace(":", "__", StringComparison.Ordinal);
}
