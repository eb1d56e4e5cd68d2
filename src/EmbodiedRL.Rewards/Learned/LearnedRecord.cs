using System.Text.Json;
using System.Text.Json.Serialization;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Weights;

namespace EmbodiedRL.Rewards.Learned;

/// <summary>What a trained reward says of itself: in the metadata of its weights, and as a file beside them.</summary>
public sealed record LearnedRecord
{
    /// <summary>Name of the file of weights, which holds this record too.</summary>
    public const string WeightsFile = "reward.safetensors";

    /// <summary>Name of the file beside it, for people, scripts, and a reward that is named by its folder.</summary>
    public const string RecordFile = "reward.json";

    /// <summary>The layout that this program writes and reads.</summary>
    public const int CurrentFormat = 1;

    private const string Key = "embodied.reward";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    };

    /// <summary>The layout of this file.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The source that it is for, e.g. <c>preference</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Where it was trained, by name; empty where completions were.</summary>
    public required string Environment { get; init; }

    /// <summary>What it reads: <c>state</c> or <c>features</c>.</summary>
    public required string Input { get; init; }

    /// <summary>What each number of its input is, in order; for features the model that they are of.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>Numbers of a row.</summary>
    public required int Length { get; init; }

    /// <summary>Networks.</summary>
    public required int Members { get; init; }

    /// <summary>Whether every network's number goes through a hyperbolic tangent.</summary>
    public bool IsBounded { get; init; }

    /// <summary>Who taught it.</summary>
    public string Teacher { get; init; } = "";

    /// <summary>Counts and figures of the training, e.g. the accuracy on labels kept apart.</summary>
    public IReadOnlyDictionary<string, double> Figures { get; init; } = new Dictionary<string, double>();

    /// <summary>SHA-256 of the files that it was trained on, by path as it was said.</summary>
    public IReadOnlyDictionary<string, string> Data { get; init; } = new Dictionary<string, string>();

    /// <summary>Options that it was trained with, by key.</summary>
    public IReadOnlyDictionary<string, JsonElement> Options { get; init; } = new Dictionary<string, JsonElement>();

    /// <summary>Versions of what trained it.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; init; } = new Dictionary<string, string>();

    /// <summary>Writes weights and record into a folder, which must exist.</summary>
    /// <exception cref="EmbodiedException">The disk is full or refuses.</exception>
    internal void Write(string folder, IEnumerable<StoredTensor> tensors)
    {
        string text = JsonSerializer.Serialize(this, Json);
        string path = Path.Combine(folder, WeightsFile);
        try
        {
            Safetensors.Write(path, tensors, new Dictionary<string, string> { [Key] = text });
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Refused(path, error, "choose another folder by --out");
        }

        WriteText(folder);
    }

    /// <summary>Writes the record alone into a folder, which must exist.</summary>
    /// <exception cref="EmbodiedException">The disk is full or refuses.</exception>
    public void WriteText(string folder) => AtomicFile.WriteText(Path.Combine(folder, RecordFile),
        JsonSerializer.Serialize(this, Json) + "\n", "choose another folder by --out");

    /// <summary>Reads the record of a folder.</summary>
    /// <exception cref="AssetMissingException">The folder has none.</exception>
    /// <exception cref="CorruptFileException">It is no record.</exception>
    public static LearnedRecord ReadText(string folder)
    {
        string path = Path.Combine(folder, RecordFile);
        string text = InputFile.ReadText(path, "The record of a trained reward", "Name a folder that ./embodied rewards train wrote.");
        try
        {
            return JsonSerializer.Deserialize<LearnedRecord>(text, Json) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path, "the record of a trained reward", error.Message.ReplaceLineEndings(" ").TrimEnd('.'),
                "Train it again.", error);
        }
    }

    /// <summary>Reads a trained reward and compares it with what it is wanted for.</summary>
    /// <param name="path">Of the file of weights.</param>
    /// <param name="kind">The source that wants it.</param>
    /// <param name="input">What the source reads.</param>
    /// <param name="asked">The option <c>input</c>.</param>
    /// <param name="reader">The term's name.</param>
    /// <param name="environment">The environment's name; empty where there is none.</param>
    /// <returns>The record, and the tensors.</returns>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is no trained reward, or holds what is no number.</exception>
    /// <exception cref="SpecMismatchException">It is of another kind, or reads something else.</exception>
    internal static (LearnedRecord Record, Safetensors Weights) Read(
        string path, string kind, LearnedInput input, string asked, string reader, string environment)
    {
        InputFile.Require(path, $"The trained reward of term '{reader}'",
            $"Name the {WeightsFile} of a folder that ./embodied rewards train wrote; paths are relative to the settings file.");
        Safetensors weights = Safetensors.Read(path);
        LearnedRecord record = Parse(path, weights);
        if (record.Kind != kind)
            throw new SpecMismatchException($"trained reward {path}", $"one of the source '{kind}'", $"'{record.Kind}'");
        if (record.Input != asked)
            throw new SpecMismatchException($"trained reward {path}",
                $"one that reads '{asked}', as its option input says", $"'{record.Input}'");
        if (record.Length != input.Length || !record.Names.SequenceEqual(input.Names))
            throw new SpecMismatchException($"trained reward {path}", $"one that reads {Said(input.Names, input.Length, environment)}",
                $"one that reads {Said(record.Names, record.Length, record.Environment)}");
        foreach (StoredTensor tensor in weights.Tensors.Values)
            if (tensor.FirstNonFinite() is >= 0 and long place)
                throw new CorruptFileException(path, $"finite numbers in '{tensor.Name}'",
                    FormattableString.Invariant($"NaN or an infinite one at place {place} of {tensor.Length}"), "Train it again.");
        return (record, weights);
    }

    private static LearnedRecord Parse(string path, Safetensors weights)
    {
        const string remedy = "Only files of ./embodied rewards train hold trained rewards.";
        if (!weights.Metadata.TryGetValue(Key, out string? text))
            throw new CorruptFileException(path, $"a trained reward ('{Key}' in its metadata)", "other weights", remedy);
        try
        {
            LearnedRecord record = JsonSerializer.Deserialize<LearnedRecord>(text, Json) ?? throw new JsonException("it is null");
            if (record.Format != CurrentFormat)
                throw new CorruptFileException(path, $"layout {CurrentFormat}", $"layout {record.Format}",
                    "It was written by another version of this program; train it again.");
            return record is { Kind: not null, Names: not null, Members: > 0, Length: > 0 } ? record
                : throw new JsonException("a part of it is missing");
        }
        catch (JsonException error)
        {
            string found = error.Message.ReplaceLineEndings(" ").TrimEnd('.');
            throw new CorruptFileException(path, $"a record under '{Key}'", found, remedy, error);
        }
    }

    private static string Said(IReadOnlyList<string> names, int length, string environment)
    {
        string list = string.Join(", ", names.Take(6)) + (names.Count > 6 ? ", ..." : "");
        return $"{length} numbers{(environment.Length > 0 ? $" of '{environment}'" : "")} ({list})";
    }
}
