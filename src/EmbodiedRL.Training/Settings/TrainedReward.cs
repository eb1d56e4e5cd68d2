using System.Text.Json;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Training.Settings;

/// <summary>A trained reward as a term, named by the folder that <c>rewards train</c> wrote, or by a file in it.</summary>
internal static class TrainedReward
{
    /// <summary>Options that say what an ensemble reads, which a term must repeat; how it was taught is of no more use.</summary>
    private static readonly string[] OfEnsembles = ["input", "model", "camera", "bounded"];

    /// <summary>The folder that is meant; null if the word means none.</summary>
    public static string? FolderOf(string word)
    {
        string path = Path.GetFullPath(word);
        if (File.Exists(Path.Combine(path, LearnedRecord.RecordFile))) return path;
        return word.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) ? Path.GetDirectoryName(path) : null;
    }

    /// <summary>The term.</summary>
    /// <param name="folder">Holds the record.</param>
    /// <param name="name">Of the term.</param>
    /// <exception cref="Core.EmbodiedException">There is no record, or it cannot be read.</exception>
    public static Dictionary<string, JsonElement> Term(string folder, string name)
    {
        LearnedRecord record = LearnedRecord.ReadText(folder);
        string file = LearnedRewardTraining.OptionOf(record.Kind);
        var term = new Dictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            ["name"] = JsonSerializer.SerializeToElement(name),
            ["source"] = JsonSerializer.SerializeToElement(record.Kind),
            [file] = JsonSerializer.SerializeToElement(Path.Combine(folder, LearnedRewardTraining.FileOf(record.Kind))),
        };
        foreach ((string option, JsonElement value) in record.Options)
            if (record.Members > 0 ? OfEnsembles.Contains(option) : option != file) term[option] = value;
        return term;
    }
}
