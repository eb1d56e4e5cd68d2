namespace EmbodiedRL.Models.Hub;

/// <summary>Remote file: what the hub says of a file before it is transferred.</summary>
/// <param name="Path">Inside of the repository.</param>
/// <param name="Commit">Of the revision that was asked for.</param>
/// <param name="ETag">Without quotes; the SHA-256 of large files, git's SHA-1 of others.</param>
/// <param name="Size">Bytes; null if the hub does not say.</param>
/// <param name="Address">Where to get it.</param>
internal sealed record RemoteFile(string Path, string Commit, string ETag, long? Size, Uri Address)
{
    /// <summary>What the lock file records of the content; null if it records nothing.</summary>
    public string? LockedSha256 { get; init; }

    /// <summary>Whether the ETag is the SHA-256 of the content.</summary>
    public bool HasSha256 => HubNames.IsSha256(ETag);

    /// <summary>Whether the ETag is the SHA-1 by which git names the content.</summary>
    public bool HasGitSha1 => HubNames.IsCommit(ETag);

    /// <summary>What is wrong with a digest.</summary>
    /// <returns>Expected and found; null if it is the file's.</returns>
    public (string Expected, string Found)? Mismatch(FileDigest digest) =>
        Size is { } size && digest.Size != size
            ? (FormattableString.Invariant($"{size} bytes, as the hub says"), FormattableString.Invariant($"{digest.Size} bytes"))
            : HasSha256 && digest.Sha256 != ETag ? ($"sha256 {ETag}, as the hub says", $"sha256 {digest.Sha256}")
            : HasGitSha1 && digest.GitSha1 != ETag ? ($"git's sha1 {ETag}, as the hub says", $"sha1 {digest.GitSha1}")
            : null;
}
