using System.Text.Json;
using System.Text.Json.Serialization;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Hub;

/// <summary>Locked file: what a file was when its model was first pulled.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
/// <param name="ETag">As the hub said: the SHA-256 of large files, git's SHA-1 of others; null if it said none.</param>
public sealed record LockedFile(long Size, string Sha256, [property: JsonPropertyName("etag")] string? ETag);

/// <summary>Locked model: the commit that was pulled, and its files by path.</summary>
/// <param name="Revision">Commit of the repository.</param>
/// <param name="Files">By path inside of the repository.</param>
public sealed record LockedModel(string Revision, IReadOnlyDictionary<string, LockedFile> Files);

/// <summary>Lock file of models: revision, size and SHA-256 of every file, recorded at the first pull and compared ever after.</summary>
public sealed class ModelLock
{
    private const int CurrentVersion = 1;
    private const string Remedy = "Restore the file (git checkout), or delete it and pull the models again.";

    private readonly SortedDictionary<string, LockedModel> _models;

    private ModelLock(string path, SortedDictionary<string, LockedModel> models) => (Path, _models) = (path, models);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Locked models by repository.</summary>
    public IReadOnlyDictionary<string, LockedModel> Models => _models;

    /// <summary>Reads the file; without one nothing is locked.</summary>
    /// <exception cref="CorruptFileException">It is no lock file.</exception>
    public static ModelLock Read(string path)
    {
        if (!File.Exists(path)) return new ModelLock(path, new(StringComparer.Ordinal));
        try
        {
            Content content = JsonSerializer.Deserialize<Content>(InputFile.ReadBytes(path, "The lock file of models", Remedy),
                HubJson.Options) ?? throw new JsonException("it is null");
            if (content.Version != CurrentVersion) throw new JsonException($"its version is {content.Version}, not {CurrentVersion}");
            foreach ((string repository, LockedModel model) in content.Models) Check(repository, model);
            return new ModelLock(path, new(content.Models, StringComparer.Ordinal));
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path, "a lock file of models", $"something else ({error.Message})", Remedy, error);
        }
    }

    /// <summary>The entry of a repository; null if it was never pulled.</summary>
    public LockedModel? Find(string repository) => _models.GetValueOrDefault(repository);

    /// <summary>Records a model over what is recorded of it, and writes the file in one step.</summary>
    /// <exception cref="EmbodiedException">The disk refuses.</exception>
    internal void Record(string repository, LockedModel model)
    {
        var files = new SortedDictionary<string, LockedFile>(model.Files.ToDictionary(), StringComparer.Ordinal);
        _models[repository] = model with { Files = files };
        HubJson.WriteText(Path, JsonSerializer.Serialize(new Content(CurrentVersion, _models), HubJson.Options) + "\n");
    }

    private static void Check(string repository, LockedModel? model)
    {
        if (!HubNames.IsRepository(repository)) throw new JsonException($"'{HubNames.Printable(repository)}' is no repository");
        if (model is null || !HubNames.IsCommit(model.Revision)) throw new JsonException($"the revision of '{repository}' is no commit");
        foreach ((string file, LockedFile locked) in model.Files)
            if (!HubNames.IsFile(file) || locked is not { Size: >= 0 } || !HubNames.IsSha256(locked.Sha256))
                throw new JsonException($"'{HubNames.Printable(file)}' of '{repository}' has no path, size and sha256");
    }

    private sealed record Content(int Version, SortedDictionary<string, LockedModel> Models);
}
