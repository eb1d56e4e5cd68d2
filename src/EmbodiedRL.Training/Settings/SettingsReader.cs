using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Training.Settings;

/// <summary>Reads a run's settings: defaults, then what the environment's own file says, then file, variables, command line.</summary>
/// <remarks>Whatever is wrong, anywhere, comes in one exception, so that it can be mended in one go.</remarks>
public static class SettingsReader
{
    /// <summary>What a run's own settings.json says beside its settings: hash and versions.</summary>
    internal const string Stamp = "run";

    private const long MostBytes = 16L << 20;

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Folder of the settings that environments come with, NAME.json each.</summary>
    public static string DefaultsFolder { get; } = Path.Combine(AppContext.BaseDirectory, "assets", "runs");

    /// <summary>Reads, checks and resolves.</summary>
    /// <param name="sources">Who may say something.</param>
    /// <param name="services">Known parts.</param>
    /// <param name="folder">Of the environments' own settings; null takes <see cref="DefaultsFolder"/>.</param>
    /// <exception cref="AssetMissingException">The file is not there.</exception>
    /// <exception cref="SettingsException">Lists every violation with key, expected, found and who said it.</exception>
    public static RunSettings Read(SettingsSources sources, RunServices services, string? folder = null)
    {
        var violations = new List<string>();
        SettingsNode file = sources.File is null ? SettingsNode.Empty("") : OfFile(sources.File, violations);
        file.Members.Remove(Stamp);
        (string Key, string Text, string Origin)[] pairs =
        [
            .. sources.Variables.Select(pair => (pair.Key, pair.Value, SettingsSources.VariableOf(pair.Key))),
            .. sources.CommandLine.Select(pair => (pair.Key, pair.Value, "the command line")),
        ];
        string? asked = pairs.LastOrDefault(pair => pair.Key.Equals("env:name", StringComparison.OrdinalIgnoreCase)).Text;
        string? said = asked ?? file.Find("env", "name")?.Text;
        bool isOfFile = file.Find("env", "mjcf") is not null
            || pairs.Any(pair => pair.Key.StartsWith("env:mjcf", StringComparison.OrdinalIgnoreCase));
        string name = said ?? (isOfFile ? "" : new EnvironmentSettings().Name);

        SettingsNode merged = SettingsNode.Empty("");
        string defaults = Path.Combine(folder ?? DefaultsFolder, $"{name}.json");
        if (services.Environments.Contains(name) && File.Exists(defaults)) merged.Overlay(OfFile(defaults, violations, isAsked: false));
        if (sources.IsReasoning) merged.Overlay(OfReasoner(pairs, file, folder ?? DefaultsFolder, violations));
        merged.Overlay(file);
        if (sources.Reward is { } reward) merged.Members["reward"] = RewardChoice.Of(reward, merged.Find("reward"), violations, services);
        foreach ((string key, string text, string origin) in pairs) merged.Set(key.Split(':'), text, origin);

        bool isRewardSaid = merged.Find("reward") is not null;
        if (sources.IsReasoning && merged.Find("reasoning") is null) merged.Members["reasoning"] = SettingsNode.Empty("");
        RunSettings Rewarded(RunSettings settings) =>
            sources.IsReasoning ? isRewardSaid ? settings : settings with { Reward = settings.Reward with { Terms = RunSettings.Answers } }
            : isRewardSaid || settings.ShuffleWeights || sources.KnownToModel is not { } known
                || (settings.Env.Mjcf is null && known.Contains(settings.Env.Name))
                ? settings : settings with { Reward = settings.Reward with { Terms = [RewardChoice.TaskTerm] } };
        return Checked(merged, said, violations, sources.File ?? "settings", services, Rewarded);
    }

    /// <summary>What the language model that is asked for comes with, by algorithm; nothing for those that come with none.</summary>
    private static SettingsNode OfReasoner((string Key, string Text, string Origin)[] pairs, SettingsNode file, string folder,
        List<string> violations)
    {
        string Asked(string key, string otherwise) =>
            pairs.LastOrDefault(pair => pair.Key.Equals($"reasoning:{key}", StringComparison.OrdinalIgnoreCase)).Text
                ?? file.Find("reasoning", key)?.Text ?? otherwise;
        var plain = new ReasoningSettings();
        string model = Asked("model", plain.Model), defaults = Path.Combine(folder, "reasoning",
            $"{model}.{Asked("algorithm", plain.Algorithm)}.json");
        return !Path.IsPathRooted(model) && File.Exists(defaults) ? OfFile(defaults, violations, isAsked: false) : SettingsNode.Empty("");
    }

    /// <summary>
    /// Reads settings that somebody has kept: what they say and nothing else, no file of the environment's own, no variables.
    /// </summary>
    /// <param name="settings">JSON, an object.</param>
    /// <param name="origin">Where it was kept, for errors.</param>
    /// <param name="services">Known parts.</param>
    /// <exception cref="SettingsException">Lists every violation with key, expected and found.</exception>
    public static RunSettings Read(JsonElement settings, string origin, RunServices services)
    {
        var violations = new List<string>();
        SettingsNode node = SettingsNode.Of(settings, Path.GetFileName(origin), "", violations);
        if (node.Kind != JsonValueKind.Object) throw new SettingsException(origin, [$"settings: expected an object, found {node}."]);
        node.Members.Remove(Stamp);
        return Checked(node, node.Find("env", "name")?.Text, violations, origin, services);
    }

    private static RunSettings Checked(SettingsNode merged, string? said, List<string> violations, string source, RunServices services,
        Func<RunSettings, RunSettings>? complete = null)
    {
        var settings = (RunSettings)new SettingsBinder(violations, services).Record(typeof(RunSettings), merged, "");
        if (complete is not null) settings = complete(settings);
        if (said is null && settings.Env.Mjcf is { } mjcf)
            settings = settings with { Env = settings.Env with { Name = NameOf(mjcf.File, services) } };
        bool isRewardWhole = !violations.Any(violation => violation.StartsWith("reward", StringComparison.Ordinal)
            || violation.StartsWith(RewardChoice.Option, StringComparison.Ordinal));
        violations.AddRange(SettingsRules.Violations(settings, services, isRewardWhole));
        if (violations.Count > 0) throw new SettingsException(source, [.. violations.Distinct()]);
        return SettingsDefaults.Fill(settings, services) with
        {
            Threads = settings.Threads > 0 ? settings.Threads : Environment.ProcessorCount
        };
    }

    /// <summary>An environment that has no name of its own is called after its file, and never like another one.</summary>
    private static string NameOf(string file, RunServices services)
    {
        string stem = Path.GetFileNameWithoutExtension(file);
        return services.Environments.Contains(stem) ? $"{stem}-mjcf" : stem;
    }

    /// <summary>Reads a reward section that somebody has kept, or wrote into code.</summary>
    /// <param name="json">An object with a list of terms.</param>
    /// <param name="services">Known parts; those of one's own are named like the others.</param>
    /// <exception cref="SettingsException">Lists every violation with key, expected and found.</exception>
    public static RewardStackSettings ReadReward(string json, RunServices services)
    {
        const string origin = "reward";
        var violations = new List<string>();
        using JsonDocument document = JsonDocument.Parse(json, Lenient);
        SettingsNode node = SettingsNode.Of(document.RootElement, origin, origin, violations);
        var settings = (RewardStackSettings)new SettingsBinder(violations, services).Record(typeof(RewardStackSettings), node, origin);
        if (violations.Count == 0) violations.AddRange(services.Rewards.Violations(settings));
        return violations.Count > 0
            ? throw new SettingsException(origin, [.. violations.Distinct()])
            : SettingsDefaults.Fill(settings, services);
    }

    internal static SettingsNode OfFile(string path, List<string> violations, bool isAsked = true)
    {
        byte[] content = InputFile.ReadBytes(path, "The settings file", "Name an existing JSON file with --settings.", MostBytes);
        string origin = Path.GetFileName(path);
        try
        {
            using JsonDocument document =
                JsonDocument.Parse(content.AsMemory(content.Length - InputFile.WithoutMark(content).Length), Lenient);
            SettingsNode root = SettingsNode.Of(document.RootElement, origin, "", violations);
            if (root.Kind == JsonValueKind.Object) return root;
            violations.Add($"{(isAsked ? "" : $"{origin}: ")}expected an object, found {root}.");
        }
        catch (InvalidOperationException error) // a text with half a character in it
        {
            violations.Add($"{(isAsked ? "" : $"{origin}: ")}expected text that can be read, found something else "
                + $"({error.Message.TrimEnd('.')}).");
        }
        catch (JsonException error)
        {
            string where = error.LineNumber is { } line ? $"line {line + 1}, column {error.BytePositionInLine + 1}: " : "";
            violations.Add($"{(isAsked ? "" : $"{path}, ")}{where}this is not JSON: {Reason(error)}");
        }

        return SettingsNode.Empty(origin);
    }

    // The parser's message repeats the place, counted from 0.
    private static string Reason(JsonException error) => error.Message.Split(" LineNumber:")[0];
}
