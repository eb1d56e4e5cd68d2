using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Hub;

/// <summary>Where a model was found.</summary>
public enum ModelOrigin
{
    /// <summary>A folder that was named as such.</summary>
    Folder,

    /// <summary>The folder of the user's own models (EMBODIED_MODELS).</summary>
    Models,

    /// <summary>The cache of the hub.</summary>
    Cache,

    /// <summary>The weights that ship.</summary>
    Weights,
}

/// <summary>Place of a model.</summary>
/// <param name="Name">As it was asked for.</param>
/// <param name="Folder">Holds its files.</param>
/// <param name="Origin">Where it was found.</param>
/// <param name="Known">Its entry of the manifest, or one made for its repository; null for a folder of the user's own.</param>
/// <param name="Revision">Commit, where it is in the cache; else null.</param>
public sealed record ModelPlace(string Name, string Folder, ModelOrigin Origin, KnownModel? Known = null, string? Revision = null);

/// <summary>
/// Locator of models: from a name, a repository or a folder to the folder that holds the files. Nothing is ever downloaded.
/// </summary>
/// <remarks>
/// A folder that is named as a path is taken as it is. A name is looked for in the folder of EMBODIED_MODELS, in the cache of the hub (at
/// the revision of the lock file, else of <c>refs/main</c>), and among the weights that ship.
/// </remarks>
public sealed class ModelLocator(HubSettings settings)
{
    /// <summary>Finds a model and compares it with the lock file.</summary>
    /// <param name="nameOrFolder">A name of the manifest, a repository <c>owner/name</c>, or a folder.</param>
    /// <param name="cancel">Ends the comparison, which reads every file once.</param>
    /// <exception cref="AssetMissingException">It is not here; says the command that pulls it.</exception>
    /// <exception cref="CorruptFileException">A file is not what the lock file records.</exception>
    /// <exception cref="UnknownNameException">There is no such name.</exception>
    public ModelPlace Locate(string nameOrFolder, CancellationToken cancel = default)
    {
        if (Find(nameOrFolder) is not { } place) throw Absent(nameOrFolder);
        if (place is { Origin: not ModelOrigin.Folder, Known: { } known }
            && ModelLock.Read(settings.LockFile).Find(known.Repository) is { } locked)
            LockComparison.Require(place, known, locked, settings.LockFile, cancel);
        return place;
    }

    /// <summary>Finds a model without reading its files.</summary>
    /// <returns>Null if it is not here, or not whole.</returns>
    public ModelPlace? Find(string nameOrFolder)
    {
        if (IsPath(nameOrFolder))
        {
            string folder = HubSettings.Expand(nameOrFolder, settings.Home);
            return Directory.Exists(folder) ? new ModelPlace(nameOrFolder, Path.GetFullPath(folder), ModelOrigin.Folder) : null;
        }

        if (!HubNames.IsFile(nameOrFolder)) return null;
        KnownModel? known = KnownModels.Find(nameOrFolder);
        if (nameOrFolder.Contains('/') && Directory.Exists(nameOrFolder))
            return new ModelPlace(nameOrFolder, Path.GetFullPath(nameOrFolder), ModelOrigin.Folder);
        return Below(settings.Models, nameOrFolder, known, ModelOrigin.Models)
            ?? (known is null ? null : InCache(nameOrFolder, known))
            ?? Below(settings.Weights, nameOrFolder, known, ModelOrigin.Weights)
            ?? (known is null && Directory.Exists(nameOrFolder)
                ? new ModelPlace(nameOrFolder, Path.GetFullPath(nameOrFolder), ModelOrigin.Folder)
                : null);
    }

    /// <summary>The cache's folder of a model, whether it is there or not.</summary>
    public string CacheFolder(KnownModel known) => new HubCache(settings, known.Repository).Folder;

    private static bool IsPath(string text) => Path.IsPathRooted(text) || text is "." or ".." or "~"
        || text.StartsWith("./", StringComparison.Ordinal) || text.StartsWith("../", StringComparison.Ordinal)
        || text.StartsWith("~/", StringComparison.Ordinal);

    private static ModelPlace? Below(string? root, string name, KnownModel? known, ModelOrigin origin)
    {
        if (root is null) return null;
        string[] names = known is null ? [name] : [known.Name, known.Repository, known.Repository.Split('/')[1]];
        string? folder = names.Distinct().Select(one => Path.Combine(root, one))
            .FirstOrDefault(one => Directory.Exists(one) && (known is null || ModelFiles.Missing(one, known).Count == 0));
        return folder is null ? null : new ModelPlace(name, folder, origin, known);
    }

    private ModelPlace? InCache(string name, KnownModel known)
    {
        (string? commit, string? folder) = Snapshot(known);
        return folder is not null && ModelFiles.Missing(folder, known).Count == 0
            ? new ModelPlace(name, folder, ModelOrigin.Cache, known, commit)
            : null;
    }

    /// <summary>The snapshot that a load would read, whole or not.</summary>
    private (string? Commit, string? Folder) Snapshot(KnownModel known)
    {
        var cache = new HubCache(settings, known.Repository);
        string? locked = ModelLock.Read(settings.LockFile).Find(known.Repository)?.Revision ?? known.Revision;
        IEnumerable<string?> commits = locked is not null
            ? [locked]
            : new[] { "main", known.SafetensorsRevision }.OfType<string>().Select(cache.Commit);
        foreach (string commit in commits.OfType<string>().Where(commit => Directory.Exists(cache.Snapshot(commit))).Order(
            Comparer<string>.Create((one, other) => Lacks(one).CompareTo(Lacks(other)))))
            return (commit, cache.Snapshot(commit));
        return (locked, null);

        int Lacks(string commit) => ModelFiles.Missing(cache.Snapshot(commit), known).Count;
    }

    private Exception Absent(string name)
    {
        if (IsPath(name)) return new AssetMissingException("The model's folder", name, "Check the path.");
        if (!HubNames.IsFile(name) || KnownModels.Find(name) is not { } known)
            return new UnknownNameException("model, nor a repository OWNER/NAME or a folder,", HubNames.Printable(name),
                KnownModels.All.Select(model => model.Name).Concat(Shipped()));
        (string? commit, string? folder) = Snapshot(known);
        string tried = folder is not null
            ? $"{folder}, which lacks {string.Join(", ", ModelFiles.Missing(folder, known))}"
            : new HubCache(settings, known.Repository).Folder + (commit is null ? "" : $" at the locked revision {commit}");
        if (settings.Models is { } models) tried += $" and {Path.Combine(models, known.Name)}";
        return new AssetMissingException($"The model {name}", tried, $"Nothing is downloaded unasked; get it with: {known.PullCommand}");
    }

    private IEnumerable<string> Shipped() => settings.Weights is { } weights && Directory.Exists(weights)
        ? Directory.EnumerateDirectories(weights).Select(folder => Path.GetFileName(folder))
        : [];
}
