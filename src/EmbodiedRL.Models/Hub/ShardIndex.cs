using System.Text.Json;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Hub;

/// <summary>Index of sharded weights: which files hold the tensors.</summary>
internal static class ShardIndex
{
    private const long MostBytes = 64L << 20;
    private const int MostShards = 1024;
    private const string Remedy = "Pull the model again; if it stays so, the repository is damaged.";

    /// <summary>The files of an index, each once, in ordinal order.</summary>
    /// <param name="path">On the disk.</param>
    /// <param name="place">Path of the index inside of the repository; its shards lie beside it.</param>
    /// <exception cref="CorruptFileException">It is no index, or names files outside of its folder.</exception>
    public static IReadOnlyList<string> Files(string path, string place)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(InputFile.ReadBytes(path, "An index of weights", Remedy, MostBytes));
            var files = new SortedSet<string>(StringComparer.Ordinal);
            foreach (JsonProperty tensor in document.RootElement.GetProperty("weight_map").EnumerateObject())
            {
                string? shard = tensor.Value.GetString();
                if (!HubNames.IsFile(shard) || !shard!.EndsWith(".safetensors", StringComparison.Ordinal) || shard.Contains('/'))
                    throw new CorruptFileException(path, "names of .safetensors files beside it", $"'{HubNames.Printable(shard)}'", Remedy);
                files.Add(place.Contains('/') ? $"{place[..place.LastIndexOf('/')]}/{shard}" : shard);
                if (files.Count > MostShards) throw new CorruptFileException(path, $"at most {MostShards} files", "more", Remedy);
            }

            return files.Count > 0 ? [.. files] : throw new CorruptFileException(path, "names of files", "none", Remedy);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new CorruptFileException(path, "an index of weights with a weight_map", $"something else ({error.Message})", Remedy,
                error);
        }
    }
}
