using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EmbodiedRL.Core;

namespace EmbodiedRL.Benchmarks.RewardComparison;

/// <summary>A reward of the comparison: a reward section in a file, in which a task's names may stand.</summary>
/// <remarks>
/// <c>{environment}</c>, <c>{task}</c> (its success measure), <c>{goal}</c> and <c>{folder}</c> (of the file) are filled in for every task.
/// </remarks>
/// <param name="Name">In rows.</param>
/// <param name="File">Path of the section.</param>
internal sealed record RewardDefinition(string Name, string File)
{
    private const string Ending = ".json";

    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Folder of the shipped ones.</summary>
    public static string Shipped { get; } = Path.Combine(AppContext.BaseDirectory, "assets", "settings", "rewards");

    /// <summary>Names of the shipped ones that are compared where none is named, the hand-built one first.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["hand", "vlm", "classification", "success-classifier", "preference", "combination"];

    /// <summary>Names of the shipped ones that are compared on demand.</summary>
    public static IReadOnlyList<string> OnDemand { get; } = ["goal-answer"];

    /// <summary>Finds the rewards that are asked for.</summary>
    /// <param name="words">Names of shipped ones, or files.</param>
    /// <exception cref="UnknownNameException">There is no such reward.</exception>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    public static IReadOnlyList<RewardDefinition> Of(IEnumerable<string> words)
    {
        var found = new List<RewardDefinition>();
        foreach (string word in words)
        {
            bool isFile = word.EndsWith(Ending, StringComparison.OrdinalIgnoreCase);
            if (!isFile && !Names.Contains(word) && !OnDemand.Contains(word))
                throw new UnknownNameException("reward of the comparison, or a file that ends in .json,", word, Names.Concat(OnDemand));
            string file = isFile ? Path.GetFullPath(word) : Path.Combine(Shipped, word + Ending);
            if (!System.IO.File.Exists(file))
                throw new AssetMissingException("The reward section", file, "Name an existing JSON file with --rewards.");
            string name = Path.GetFileNameWithoutExtension(file);
            if (found.Exists(other => other.Name == name))
                throw new SettingsException("--rewards", [$"expected names that differ, found '{name}' twice."]);
            found.Add(new RewardDefinition(name, file));
        }

        return found.Count > 0 ? found : throw new SettingsException("--rewards", ["expected one reward at least, found none."]);
    }

    /// <summary>Writes the section for a task, as <c>./embodied train --reward</c> takes it.</summary>
    /// <returns>Its path.</returns>
    public string WriteFor(BenchTask task, string folder)
    {
        string path = Path.Combine(folder, task.Environment.Replace('/', '-'), task.Name, Name + Ending);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.WriteText(path, For(task));
        return path;
    }

    /// <summary>What the reward of a task is made of, as one number: the section, and the files that it names.</summary>
    public string HashFor(BenchTask task)
    {
        string text = For(task);
        var all = new StringBuilder(text.Replace(Said(Path.GetDirectoryName(File)!), "", StringComparison.Ordinal));
        foreach (string file in FilesOf(text)) all.Append(System.IO.File.ReadAllText(file));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all.ToString())));
    }

    /// <summary>The first file that the section of a task names and that is not there; null if none is missing.</summary>
    public string? MissingFor(BenchTask task) => FilesOf(For(task), isThere: false).FirstOrDefault();

    /// <summary>Whether the section of a task names an image-text model.</summary>
    public bool NamesModel(BenchTask task, string model) => ValuesOf(For(task), "model").Contains(model);

    private string For(BenchTask task) => System.IO.File.ReadAllText(File)
        .Replace("{environment}", Said(task.Environment), StringComparison.Ordinal)
        .Replace("{task}", Said(task.Name), StringComparison.Ordinal)
        .Replace("{goal}", Said(task.Goal), StringComparison.Ordinal)
        .Replace("{folder}", Said(Path.GetDirectoryName(File)!), StringComparison.Ordinal);

    private static string Said(string text) => JsonEncodedText.Encode(text).ToString();

    private IEnumerable<string> FilesOf(string text, bool isThere = true) => ValuesOf(text, "file")
        .Select(file => Path.Combine(Path.GetDirectoryName(File)!, file)).Where(path => System.IO.File.Exists(path) == isThere);

    /// <summary>The texts of a key, wherever it stands.</summary>
    private IEnumerable<string> ValuesOf(string text, string key)
    {
        using JsonDocument section = Parsed(text);
        var open = new Stack<JsonElement>([section.RootElement.Clone()]);
        while (open.TryPop(out JsonElement at))
        {
            if (at.ValueKind == JsonValueKind.Array)
                foreach (JsonElement item in at.EnumerateArray()) open.Push(item);
            if (at.ValueKind != JsonValueKind.Object) continue;
            foreach (JsonProperty member in at.EnumerateObject())
            {
                open.Push(member.Value);
                if (member.Name == key && member.Value.ValueKind == JsonValueKind.String) yield return member.Value.GetString()!;
            }
        }
    }

    private JsonDocument Parsed(string text)
    {
        try
        {
            return JsonDocument.Parse(text, Lenient);
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(File, "a reward section in JSON", error.Message, "Mend it; see ./embodied settings reward.",
                error);
        }
    }
}
