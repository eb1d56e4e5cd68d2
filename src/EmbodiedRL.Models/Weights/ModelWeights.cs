using System.Text.Json;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Weights;

/// <summary>Checkpoint of a model folder: all tensors of one safetensors file, or of the shards that an index lists.</summary>
/// <remarks>The layout of Hugging Face: <c>model.safetensors</c>, or <c>model.safetensors.index.json</c> beside its shards. Mapped, so
/// that a tensor is read when it is looked at. Owns the files.</remarks>
public sealed class ModelWeights : IDisposable
{
    private const int MaximumShards = 1000;

    private readonly List<Safetensors> _files = [];
    private readonly SortedDictionary<string, (StoredTensor Tensor, string Path)> _tensors = new(StringComparer.Ordinal);

    private ModelWeights(string path) => Path = path;

    /// <summary>The file, or the index of the shards; for messages.</summary>
    public string Path { get; }

    /// <summary>Names of all tensors, in ordinal order.</summary>
    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>Bytes of all tensors.</summary>
    public long Bytes => _tensors.Values.Sum(tensor => (long)tensor.Tensor.Bytes.Length);

    /// <summary>A tensor by name, valid until this is disposed; null if there is none.</summary>
    public StoredTensor? Find(string name) =>
        _tensors.TryGetValue(name, out (StoredTensor Tensor, string Path) found) ? found.Tensor : null;

    /// <summary>The file that a tensor lies in, for messages.</summary>
    public string PathOf(string name) => _tensors.TryGetValue(name, out (StoredTensor Tensor, string Path) found) ? found.Path : Path;

    /// <summary>Whether a folder holds a checkpoint of this stem.</summary>
    public static bool IsIn(string folder, string stem = "model") =>
        File.Exists(Single(folder, stem)) || File.Exists(Single(folder, stem) + ".index.json");

    /// <summary>Opens the checkpoint of a folder; reads headers only.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="stem">Of the file: <c>model</c>, or <c>open_clip_model</c>.</param>
    /// <returns>The caller disposes it.</returns>
    /// <exception cref="AssetMissingException">There is none, or a shard is not there.</exception>
    /// <exception cref="CorruptFileException">A file is cut off, altered or a pickle, or index and shards do not fit.</exception>
    public static ModelWeights Open(string folder, string stem = "model")
    {
        string single = Single(folder, stem), index = single + ".index.json";
        bool isSharded = !File.Exists(single) && File.Exists(index);
        if (!isSharded && !File.Exists(single)) throw Missing(folder, single);
        var weights = new ModelWeights(isSharded ? index : single);
        try
        {
            if (isSharded) weights.AddShards(folder, index);
            else weights.Add(single, null);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Unmaps all files.</summary>
    public void Dispose()
    {
        foreach (Safetensors file in _files) file.Dispose();
    }

    private static string Single(string folder, string stem) => System.IO.Path.Combine(folder, stem + ".safetensors");

    private static EmbodiedException Missing(string folder, string single)
    {
        string? pickle = Directory.Exists(folder) ? Pickles.Find(folder) : null;
        return pickle is null
            ? new AssetMissingException("A checkpoint", $"{single} and {single}.index.json", "Check the folder, or pull the model again.")
            : new CorruptFileException(pickle, "a safetensors file", "a pickle, which can run any code when it is read",
                Pickles.Hint(pickle));
    }

    private void AddShards(string folder, string index)
    {
        Dictionary<string, string> map = ReadIndex(index);
        string[] shards = [.. map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (shards.Length > MaximumShards)
            throw new CorruptFileException(index, $"at most {MaximumShards} shards", $"{shards.Length}", SafetensorsHeader.Remedy);
        foreach (string shard in shards)
        {
            // a name only: an index from elsewhere must not reach files outside of its folder
            if (shard.Length == 0 || shard != System.IO.Path.GetFileName(shard) || shard is "." or "..")
                throw new CorruptFileException(index, "shards by their file names", $"'{shard}'", SafetensorsHeader.Remedy);
            string path = System.IO.Path.Combine(folder, shard);
            if (!File.Exists(path)) throw new AssetMissingException($"A shard that {index} lists", path, "Pull the model again.");
        }

        foreach (string shard in shards) Add(System.IO.Path.Combine(folder, shard), map);

        if (map.Keys.FirstOrDefault(name => !_tensors.ContainsKey(name)) is { } absent)
            throw new CorruptFileException(index, $"'{absent}' in {map[absent]}", "no such tensor there", SafetensorsHeader.Remedy);
    }

    private void Add(string path, Dictionary<string, string>? map)
    {
        Safetensors file = Safetensors.Map(path);
        _files.Add(file);
        string name = System.IO.Path.GetFileName(path);
        foreach ((string key, StoredTensor tensor) in file.Tensors)
        {
            if (map is not null && map.GetValueOrDefault(key) != name)
                throw new CorruptFileException(path, $"only tensors that the index places there", $"'{key}'", SafetensorsHeader.Remedy);
            _tensors.Add(key, (tensor, path));
        }
    }

    private static Dictionary<string, string> ReadIndex(string index)
    {
        try
        {
            byte[] bytes = InputFile.ReadBytes(index, "An index of shards", "Pull the model again.");
            using JsonDocument document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 8 });
            var map = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (JsonProperty entry in document.RootElement.GetProperty("weight_map").EnumerateObject())
                if (!map.TryAdd(entry.Name, entry.Value.GetString() ?? ""))
                    throw new CorruptFileException(index, "each tensor once", $"'{entry.Name}' twice", SafetensorsHeader.Remedy);
            return map;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new CorruptFileException(index, "an index of shards with a weight_map", $"something else ({error.Message})",
                SafetensorsHeader.Remedy, error);
        }
    }
}
