using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Settings;

/// <summary>
/// The reward as <c>--reward</c> says it: <c>task</c>, <c>vlm</c>, a file, the folder of a trained reward, or names of terms; it replaces
/// the terms that the settings say.
/// </summary>
internal static class RewardChoice
{
    /// <summary>The option, and who said a value that comes from it.</summary>
    public const string Option = "--reward";

    /// <summary>The hand-built reward of the environment.</summary>
    public const string Task = "task";

    /// <summary>What an image-text model says of the pixels.</summary>
    public const string Vision = "vlm";

    /// <summary>The hand-built reward as a term.</summary>
    public static RewardTermSettings TaskTerm { get; } = new() { Name = Task, Source = RewardRegistries.Task };

    /// <summary>The <c>reward</c> section that is meant.</summary>
    /// <param name="said">The option's value.</param>
    /// <param name="configured">The section as the other sources say it; null if they do not.</param>
    /// <param name="violations">Takes what is wrong.</param>
    /// <param name="services">Known parts.</param>
    /// <exception cref="AssetMissingException">A file that it names is not there.</exception>
    public static SettingsNode Of(string said, SettingsNode? configured, List<string> violations, RunServices services)
    {
        if (said.EndsWith(".json", StringComparison.OrdinalIgnoreCase)) return OfFile(said, violations, services);
        SettingsNode section = Node(new { terms = Array.Empty<int>() }), terms = section.Members["terms"];
        foreach ((string key, SettingsNode value) in configured?.Members ?? [])
            if (!key.Equals("terms", StringComparison.OrdinalIgnoreCase)) section.Members[key] = value;
        foreach (string word in said.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            if (Term(word, configured?.Find("terms")?.Items ?? [], violations) is { } term) terms.Items.Add(term);
        if (terms.Items.Count == 0 && violations.Count == 0)
            violations.Add($"{Option}: expected {Task}, {Vision}, a file or names of terms, found nothing.");
        return section;
    }

    private static SettingsNode? Term(string word, List<SettingsNode> configured, List<string> violations)
    {
        if (configured.Find(term => term.Find("name")?.Text == word) is { } named) return named;
        if (word == Vision || word == RunSettings.Vision.Source) return Node(RunSettings.Vision);
        if (word == Task) return Node(TaskTerm);
        if (word.EndsWith(".cs", StringComparison.OrdinalIgnoreCase)) return Program(word);
        if (TrainedReward.FolderOf(word) is { } folder) return Node(TrainedReward.Term(folder, NameOf(folder)));
        string[] known = [Task, Vision, .. configured.Select(term => term.Find("name")?.Text ?? ""), RunSettings.Vision.Source];
        var unknown = new UnknownNameException("reward term", word, known.Where(name => name.Length > 0).Distinct());
        violations.Add($"{Option}: {unknown.Message} A file ends in .json (a reward section) or .cs (a formula); "
            + "a folder is one of ./embodied rewards train. Other terms are those of a settings file (--settings).");
        return null;
    }

    private static SettingsNode Program(string file)
    {
        string path = Path.GetFullPath(file);
        if (!File.Exists(path))
            throw new AssetMissingException("The reward program", path, $"Name an existing file that holds one C# formula with {Option}.");
        string name = Path.GetFileNameWithoutExtension(path);
        if (name.EndsWith(".reward", StringComparison.OrdinalIgnoreCase)) name = Path.GetFileNameWithoutExtension(name);
        return Node(new RewardTermSettings
        {
            Name = NameOf(name),
            Source = RewardRegistries.Program,
            Options = new ProgramOptions { File = path }
        });
    }

    /// <summary>A term's name after a file or a folder.</summary>
    private static string NameOf(string path) => string.Concat(Path.GetFileName(Path.TrimEndingDirectorySeparator(path))
        .Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '-'));

    /// <summary>A file with a reward section, or with settings of which that is taken; its paths are relative to it.</summary>
    private static SettingsNode OfFile(string file, List<string> violations, RunServices services)
    {
        if (!File.Exists(file)) throw new AssetMissingException("The reward section", file, $"Name an existing JSON file with {Option}.");
        SettingsNode read = SettingsReader.OfFile(file, violations, isAsked: false), section = read.Find("reward") ?? read;
        if (section.Find("terms") is null && violations.Count == 0)
            violations.Add($"{Option}: expected a reward section, an object with a list of terms, found none in {file}.");
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        foreach (SettingsNode term in section.Find("terms")?.Items ?? [])
            foreach (string key in FilesOf(term.Find("source")?.Text ?? "", services))
                if (term.Find(key) is { Text.Length: > 0 } program)
                    term.Members[key] = SettingsNode.Plain(Path.Combine(folder, program.Text), program.Origin);
        return section;
    }

    private static IEnumerable<string> FilesOf(string source, RunServices services) => services.Rewards.Sources.Contains(source)
        ? RewardPrograms.FilesOf(services.Rewards.Sources.Find(source).Options).Select(file => SettingsMap.KeyOf(file.Property)) : [];

    private static SettingsNode Node(object value) =>
        SettingsNode.Of(JsonSerializer.SerializeToElement(value, RunJson.Options), Option, "reward", []);
}
