using System.Security.Cryptography;
using System.Text;

namespace EmbodiedRL.Models.Hub;

/// <summary>Cache of one repository, in the layout that all tools of the Hugging Face hub share.</summary>
/// <remarks>
/// <c>models--owner--name/blobs/ETAG</c> holds contents, <c>refs/REVISION</c> the commit of a branch, <c>snapshots/COMMIT/FILE</c> links to
/// contents, or the contents themselves where links are refused; <c>.no_exist/COMMIT/FILE</c> notes that a file is not in the repository.
/// </remarks>
internal sealed class HubCache(HubSettings settings, string repository)
{
    private readonly string _root = settings.Cache;

    /// <summary>The repository's folder.</summary>
    public string Folder => Path.Combine(_root, FolderName(repository));

    /// <summary>Contents of an ETag.</summary>
    public string Blob(string etag) => Path.Combine(Folder, "blobs", BlobName(etag));

    /// <summary>What has arrived of them.</summary>
    public string Partial(string etag) => Blob(etag) + ".incomplete";

    /// <summary>The ETag of the server that sent what has arrived.</summary>
    public string PartialTag(string etag) => Blob(etag) + ".incomplete.etag";

    /// <summary>The lock of an ETag, which Python's tools take too.</summary>
    public string Guard(string etag) => Path.Combine(_root, ".locks", FolderName(repository), BlobName(etag) + ".lock");

    /// <summary>The lock of the lock file.</summary>
    public string GuardOfRecords() => Path.Combine(_root, ".locks", $"embodied-{Hash(settings.LockFile)[..16]}.lock");

    /// <summary>Folder of a commit.</summary>
    public string Snapshot(string commit) => Path.Combine(Folder, "snapshots", commit);

    /// <summary>A file of a commit.</summary>
    public string FileOf(string commit, string path) => Path.Combine([Snapshot(commit), .. path.Split('/')]);

    /// <summary>The commit that a revision was when it was last pulled; null if it never was.</summary>
    public string? Commit(string revision)
    {
        if (HubNames.IsCommit(revision)) return Directory.Exists(Snapshot(revision)) ? revision : null;
        string file = Ref(revision);
        if (!File.Exists(file) || new FileInfo(file).Length > 100) return null;
        string commit = File.ReadAllText(file).Trim();
        return HubNames.IsCommit(commit) ? commit : null;
    }

    /// <summary>Remembers the commit of a revision.</summary>
    public void WriteRef(string revision, string commit)
    {
        if (revision == commit || Commit(revision) == commit) return;
        settings.Step($"ref {revision}");
        HubJson.WriteText(Ref(revision), commit);
    }

    /// <summary>Notes that a commit has no such file, so that tools which look for it offline need not guess.</summary>
    public void WriteAbsence(string commit, string path)
    {
        string note = Path.Combine([Folder, ".no_exist", commit, .. path.Split('/')]);
        if (File.Exists(note)) return;
        settings.Step($"absence {path}");
        Directory.CreateDirectory(Path.GetDirectoryName(note)!);
        File.WriteAllBytes(note, []);
    }

    /// <summary>Puts the contents of an ETag into a snapshot: a link, or the contents themselves where links are refused.</summary>
    /// <param name="etag">Of the contents, which are here.</param>
    /// <param name="commit">Of the snapshot.</param>
    /// <param name="path">Of the file in it.</param>
    /// <param name="isLast">Whether no other file needs the contents, so that they may be moved where links are refused.</param>
    public void Publish(string etag, string commit, string path, bool isLast)
    {
        string target = FileOf(commit, path), blob = Blob(etag);
        string relative = Path.GetRelativePath(Path.GetDirectoryName(target)!, blob);
        if (new FileInfo(target).LinkTarget == relative) return;
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        settings.Step($"publish {path}");
        string temporary = $"{target}.{Environment.ProcessId}.{Path.GetRandomFileName()}.tmp";
        try
        {
            bool isMoved = !(settings.Links != false && TryLink(temporary, relative)) && isLast;
            if (!isMoved && new FileInfo(temporary).LinkTarget is null) File.Copy(blob, temporary);
            File.Move(isMoved ? blob : temporary, target, overwrite: true);
        }
        finally
        {
            if (new FileInfo(temporary) is { LinkTarget: not null } or { Exists: true }) File.Delete(temporary);
        }
    }

    /// <summary>Size of a file, through its link; null if it is not there or its link leads nowhere.</summary>
    public static long? SizeOf(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is null) return file.Exists ? file.Length : null;
        return file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target ? target.Length : null;
    }

    private string Ref(string revision) => Path.Combine([Folder, "refs", .. revision.Split('/')]);

    private bool TryLink(string path, string target)
    {
        try
        {
            File.CreateSymbolicLink(path, target);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return settings.Links is null ? false : throw HubJson.Refused(path, error);
        }
    }

    private static string FolderName(string repository) => "models--" + repository.Replace("/", "--", StringComparison.Ordinal);

    /// <summary>An ETag as a file name; one that could not be a name is hashed.</summary>
    private static string BlobName(string etag) =>
        etag.Length is > 0 and <= 128 && etag[0] != '.'
            && etag.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.')
            ? etag
            : "etag-" + Hash(etag);

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
