using System.Security.Cryptography;
using System.Text;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Training.Demonstrations;

/// <summary>Hash of an episode's values, which detects a flipped bit that a decompressor does not.</summary>
internal static class EpisodeDigest
{
    /// <summary>SHA-256 over the columns in the order of their names, each its name and its little-endian values.</summary>
    public static string Of(DemonstrationEpisode episode)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, Array values) in DemonstrationColumns.Values(episode).OrderBy(column => column.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            if (values is byte[][] files)
            {
                foreach (byte[] file in files) hash.AppendData(file);
                continue;
            }

            byte[] bytes = new byte[Buffer.ByteLength(values)];
            Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
            hash.AppendData(bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
