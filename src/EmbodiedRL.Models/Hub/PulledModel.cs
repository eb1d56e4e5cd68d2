namespace EmbodiedRL.Models.Hub;

/// <summary>Request for a pull.</summary>
/// <param name="Revision">Branch, tag, commit or <c>refs/pr/N</c>; null for the locked commit, or else the newest of <c>main</c>.</param>
/// <param name="Update">Whether another commit than the locked one may be taken, and is recorded in its place.</param>
public sealed record PullRequest(string? Revision = null, bool Update = false);

/// <summary>Pulled file.</summary>
/// <param name="Path">Inside of the model's folder.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
public sealed record PulledFile(string Path, long Size, string Sha256);

/// <summary>Pulled model.</summary>
/// <param name="Name">As settings say it.</param>
/// <param name="Repository">On the hub.</param>
/// <param name="Revision">Its commit.</param>
/// <param name="Folder">Holds its files.</param>
/// <param name="License">As published; null where that is not certain.</param>
/// <param name="Bytes">Of all files.</param>
/// <param name="Transferred">Bytes that came over the network.</param>
/// <param name="Files">All of them.</param>
public sealed record PulledModel(string Name, string Repository, string Revision, string Folder, string? License, long Bytes,
    long Transferred, IReadOnlyList<PulledFile> Files);
