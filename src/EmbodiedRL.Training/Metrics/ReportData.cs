using System.Globalization;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Films;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Metrics;

/// <summary>Everything a report tells, read from the run's files and from nothing else.</summary>
internal sealed class ReportData
{
    private readonly RewardRegistries _rewards;

    private ReportData(RunFolder folder, RunSummary? summary, JsonElement settings, RewardRegistries rewards) =>
        (Folder, Summary, Settings, _rewards) = (folder, summary, settings, rewards);

    public RunFolder Folder { get; }

    /// <summary>Null while the run has not ended.</summary>
    public RunSummary? Summary { get; }

    public JsonElement Settings { get; }

    public MetricsTable Metrics { get; private init; } = MetricsTable.Read("");

    /// <summary>Recorded episodes in the order of their making, with the path of their files without extension.</summary>
    public IReadOnlyList<(string Stem, FilmedEpisode Episode)> Episodes { get; private init; } = [];

    /// <summary>Reads them.</summary>
    /// <param name="folder">Of the run.</param>
    /// <param name="rewards">Which sources there are.</param>
    public static ReportData Read(RunFolder folder, RewardRegistries rewards) =>
        new(folder, File.Exists(folder.Summary) ? RunSummary.Read(folder.Summary) : null, ReadSettings(folder.Settings), rewards)
        {
            Metrics = MetricsTable.Read(folder.Metrics),
            Episodes = [.. ReadEpisodes(folder.Videos)],
        };

    /// <summary>The reward's terms as the settings say them, but for those that score what the run does not collect.</summary>
    public IReadOnlyList<JsonElement> Terms => Settings.TryGetProperty("reward", out JsonElement reward)
        && reward.TryGetProperty("terms", out JsonElement terms) && terms.ValueKind == JsonValueKind.Array
        ? [.. terms.EnumerateArray().Where(term => _rewards.Scores(Text(term, "source"), IsReasoning))]
        : [];

    /// <summary>Whether a language model was fine-tuned.</summary>
    public bool IsReasoning => Setting("reasoning:model").Length > 0;

    /// <summary>Whether nothing but an image-text model's scores of pixels was in the reward.</summary>
    public bool SeesOnlyPixels => Terms.Count > 0 && Terms.All(term => _rewards.ReadsGoal(Text(term, "source")));

    /// <summary>A field of an object as text; empty if it is not there.</summary>
    public static string Text(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement value) ? value.ToString() : "";

    /// <summary>A setting by its path, e.g. <c>goal:prompt</c>; empty if it is not there.</summary>
    public string Setting(string path)
    {
        JsonElement at = Settings;
        foreach (string key in path.Split(':'))
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(key, out at)) return "";
        return Show(at);
    }

    /// <summary>All settings as path and value; lists of plain values are one.</summary>
    public IEnumerable<(string Path, string Value)> Flat() => Flat("", Settings);

    private static IEnumerable<(string, string)> Flat(string path, JsonElement element)
    {
        IEnumerable<(string Key, JsonElement Value)> children = element.ValueKind switch
        {
            JsonValueKind.Object => element.EnumerateObject().Select(field => (field.Name, field.Value)),
            JsonValueKind.Array when element.EnumerateArray().Any(item => item.ValueKind is JsonValueKind.Object) =>
                element.EnumerateArray().Select((item, i) => (i.ToString(CultureInfo.InvariantCulture), item)),
            _ => [],
        };
        bool plain = true;
        foreach ((string key, JsonElement value) in children)
        {
            plain = false;
            foreach ((string, string) leaf in Flat(path.Length == 0 ? key : $"{path}:{key}", value)) yield return leaf;
        }

        if (plain && path.Length > 0) yield return (path, Show(element));
    }

    private static string Show(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => string.Join(", ", element.EnumerateArray().Select(Show)),
        JsonValueKind.Object => string.Join(", ", element.EnumerateObject().Select(field => $"{field.Name} {Show(field.Value)}")),
        JsonValueKind.Null => "",
        _ => element.ToString(),
    };

    private static JsonElement ReadSettings(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path, "the settings of a run", error.Message, inner: error);
        }
    }

    private static IEnumerable<(string, FilmedEpisode)> ReadEpisodes(string folder)
    {
        if (!Directory.Exists(folder)) yield break;
        foreach (string file in Directory.EnumerateFiles(folder, "*.json").OrderBy(File.GetLastWriteTimeUtc)
            .ThenBy(name => name, StringComparer.Ordinal))
            yield return (file[..^".json".Length], FilmedEpisode.Read(file));
    }
}
