using System.Security.Cryptography;
using System.Text.Json;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Composition;

/// <summary>Entry of the asset manifest: one file.</summary>
/// <param name="Path">Relative to the assets folder, with slashes.</param>
/// <param name="Sha256">Of its bytes, lower-case hexadecimal.</param>
/// <param name="License">Terms of use.</param>
/// <param name="Origin">Where it comes from.</param>
public sealed record AssetEntry(string Path, string Sha256, string License, string Origin);

/// <summary><c>assets/manifest.json</c>: hash, license and origin of every file of weights.</summary>
public static class AssetManifest
{
    /// <summary>The file's name.</summary>
    internal const string FileName = "manifest.json";

    private const string Page = ".md";
    private const string Remedy =
        "It is altered: restore it (git checkout, or the package), or make the model anew with ./embodied models train.";

    /// <summary>All entries, sorted by path; none if there is no manifest yet.</summary>
    /// <param name="assets">The assets folder.</param>
    /// <exception cref="CorruptFileException">It is no manifest.</exception>
    public static IReadOnlyList<AssetEntry> Read(string assets)
    {
        string path = Path.Combine(assets, FileName);
        if (!File.Exists(path)) return [];
        try
        {
            return [.. (JsonSerializer.Deserialize<AssetEntry?[]>(InputFile.ReadBytes(path, "The manifest of assets", "Restore the file."),
                RunJson.Options)
                ?? []).OfType<AssetEntry>()
                .Where(entry => entry is { Path: not null, Sha256: not null })];
        }
        catch (JsonException error)
        {
            throw new CorruptFileException(path, "a manifest of assets", $"something else ({error.Message})", "Restore the file.", error);
        }
    }

    /// <summary>Writes anew what the manifest says of one folder; the rest of it stays.</summary>
    /// <param name="assets">The assets folder.</param>
    /// <param name="folder">A folder below it.</param>
    /// <param name="license">Of all its files.</param>
    /// <param name="origin">Of all its files.</param>
    public static void Refresh(string assets, string folder, string license, string origin)
    {
        string below = RelativeTo(assets, folder) + "/";
        IEnumerable<AssetEntry> others = Read(assets).Where(entry => !entry.Path.StartsWith(below, StringComparison.Ordinal));
        IEnumerable<AssetEntry> own = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => new AssetEntry(RelativeTo(assets, file), Sha256Of(file), license, origin));
        Write(assets, others.Concat(own));
    }

    /// <summary>
    /// Throws unless the files of a folder that the manifest lists are those it lists. A folder that it does not list is somebody's own.
    /// </summary>
    /// <param name="assets">The assets folder.</param>
    /// <param name="folder">A folder below it.</param>
    /// <exception cref="AssetMissingException">A file is not there.</exception>
    /// <exception cref="CorruptFileException">A file is altered; names it and both hashes.</exception>
    public static void Require(string assets, string folder)
    {
        string below = RelativeTo(assets, folder) + "/";
        foreach (AssetEntry entry in Read(assets).Where(entry => entry.Path.StartsWith(below, StringComparison.Ordinal)
            && !entry.Path.EndsWith(Page, StringComparison.Ordinal)))
        {
            string file = Path.Combine(assets, entry.Path);
            InputFile.Require(file, "A file of the project's weights", Remedy);
            if (Sha256Of(file) is var hash && hash != entry.Sha256)
                throw new CorruptFileException(file, $"sha256 {entry.Sha256}, as {FileName} says", hash, Remedy);
        }
    }

    /// <summary>The assets folder of the checkout that a folder of weights belongs to; null if it belongs to none.</summary>
    internal static string? AssetsOf(string folder)
    {
        if (WeightsFolder.RepositoryOf(folder) is not { } repository) return null;
        string assets = Path.Combine(repository, "assets"), weights = Path.Combine(assets, "weights") + Path.DirectorySeparatorChar;
        return Path.GetFullPath(folder).StartsWith(weights, StringComparison.Ordinal) ? assets : null;
    }

    /// <summary>The hash of a file, lower-case hexadecimal.</summary>
    internal static string Sha256Of(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static void Write(string assets, IEnumerable<AssetEntry> entries) =>
        AtomicFile.WriteText(Path.Combine(assets, FileName), RunJson.Of(entries.OrderBy(entry => entry.Path, StringComparer.Ordinal)));

    private static string RelativeTo(string assets, string path) =>
        Path.GetRelativePath(assets, path).Replace(Path.DirectorySeparatorChar, '/');
}
