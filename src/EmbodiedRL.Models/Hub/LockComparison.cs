using System.Collections.Concurrent;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Hub;

/// <summary>Result of comparing one file with what is recorded of it.</summary>
/// <param name="File">Path inside of the model's folder.</param>
/// <param name="State"><c>ok</c>, <c>differs</c> or <c>missing</c>.</param>
/// <param name="Expected">What is recorded.</param>
/// <param name="Found">What is there; empty if nothing is.</param>
public sealed record FileComparison(string File, string State, string Expected, string Found)
{
    /// <summary>Whether it is what is recorded.</summary>
    public bool IsOk => State == "ok";
}

/// <summary>Comparison of a model's folder with the lock file.</summary>
public static class LockComparison
{
    private static readonly ConcurrentDictionary<string, bool> Compared = new(StringComparer.Ordinal);

    /// <summary>Compares every recorded file, by size first and then by SHA-256.</summary>
    /// <param name="folder">The model's.</param>
    /// <param name="locked">What is recorded of it.</param>
    /// <param name="cancel">Ends the reading.</param>
    public static IEnumerable<FileComparison> Compare(string folder, LockedModel locked, CancellationToken cancel = default) =>
        locked.Files.Select(entry => Compare(folder, entry.Key, entry.Value, cancel));

    /// <summary>Throws at the first file that differs from its record. A folder that has not changed since is not read again.</summary>
    /// <param name="place">The model's. One outside of the cache need not have every file of the repository.</param>
    /// <param name="model">For the error.</param>
    /// <param name="locked">What is recorded of it.</param>
    /// <param name="lockFile">For the error.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="CorruptFileException">Names the file, both hashes and what to do.</exception>
    public static void Require(ModelPlace place, KnownModel model, LockedModel locked, string lockFile, CancellationToken cancel = default)
    {
        string state = StateOf(place.Folder, locked);
        if (Compared.ContainsKey(state)) return;
        foreach (FileComparison file in Compare(place.Folder, locked, cancel))
            if (!file.IsOk && (file.State != "missing" || place.Origin == ModelOrigin.Cache))
                throw Error(Path.Combine(place.Folder, file.File), file, model, lockFile);
        Compared[state] = true;
    }

    /// <summary>The error for a file that differs.</summary>
    internal static CorruptFileException Error(string path, FileComparison file, KnownModel model, string lockFile) => new(path,
        $"{file.Expected}, as {lockFile} records", file.Found.Length > 0 ? file.Found : "no such file",
        $"Restore it with {model.PullCommand}; if the new one is wanted, record it with {model.PullCommand} --update.");

    private static FileComparison Compare(string folder, string file, LockedFile locked, CancellationToken cancel)
    {
        string path = Path.Combine(folder, file), sha = $"sha256 {locked.Sha256}";
        if (!File.Exists(path) || HubCache.SizeOf(path) is not { } size) return new FileComparison(file, "missing", sha, "");
        if (size != locked.Size)
            return new FileComparison(file, "differs", FormattableString.Invariant($"{locked.Size} bytes"),
                FormattableString.Invariant($"{size} bytes"));
        string found = FileDigest.Of(path, withGit: false, cancel).Sha256;
        return new FileComparison(file, found == locked.Sha256 ? "ok" : "differs", sha, $"sha256 {found}");
    }

    private static string StateOf(string folder, LockedModel locked) => string.Join('|', locked.Files
        .OrderBy(entry => entry.Key, StringComparer.Ordinal)
        .Select(entry =>
        {
            var file = new FileInfo(Path.Combine(folder, entry.Key));
            FileSystemInfo target = file.Exists ? file.ResolveLinkTarget(returnFinalTarget: true) ?? file : file;
            long length = target is FileInfo { Exists: true } there ? there.Length : -1;
            return $"{file.FullName}:{length}:{target.LastWriteTimeUtc.Ticks}:{entry.Value.Sha256}";
        }));
}
