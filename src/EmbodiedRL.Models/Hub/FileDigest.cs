using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace EmbodiedRL.Models.Hub;

/// <summary>Digest of a file: its size and hashes.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
/// <param name="GitSha1">As git names the content: SHA-1 of <c>blob SIZE\0</c> and the bytes; null if it was not asked for.</param>
internal sealed record FileDigest(long Size, string Sha256, string? GitSha1)
{
    private const int Chunk = 1 << 20;

    /// <summary>Reads a whole file.</summary>
    public static FileDigest Of(string path, bool withGit, CancellationToken cancel)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 0,
            FileOptions.SequentialScan);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using IncrementalHash? git = withGit ? IncrementalHash.CreateHash(HashAlgorithmName.SHA1) : null;
        long size = stream.Length, read = 0;
        git?.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {size}\0")));
        byte[] buffer = new byte[(int)Math.Clamp(size, 1, Chunk)];
        for (int count; (count = stream.Read(buffer)) > 0; read += count)
        {
            cancel.ThrowIfCancellationRequested();
            sha256.AppendData(buffer, 0, count);
            git?.AppendData(buffer, 0, count);
        }

        return new FileDigest(read, Convert.ToHexStringLower(sha256.GetHashAndReset()),
            git is null ? null : Convert.ToHexStringLower(git.GetHashAndReset()));
    }
}
