using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using EmbodiedRL.Core;

namespace EmbodiedRL.Simulation.Layout;

/// <summary>Cache of layout tables that were generated from headers: one file for each content of headers and library.</summary>
/// <remarks>
/// An entry begins with the SHA-256 of the rest and is replaced whole: one that was cut off or altered is generated again, as a wrong
/// offset would be a wrong position. A folder that cannot be written costs time at the next start and nothing else.
/// </remarks>
/// <param name="folder">Of the entries; made if it is not there. Null keeps nothing.</param>
internal sealed class LayoutCache(string? folder)
{
    private const string Mark = "# sha256 ";

    /// <summary>The entries of this user: <c>embodiedrl</c> under XDG_CACHE_HOME, or under ~/.cache.</summary>
    public static LayoutCache OfUser()
    {
        string home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify),
                ".cache");
        return new LayoutCache(Path.IsPathRooted(home) ? Path.Combine(home, "embodiedrl") : null);
    }

    /// <summary>The table of these headers, read if it is kept and generated if it is not.</summary>
    /// <param name="headers">Folder of mujoco.h.</param>
    /// <param name="library">The library's file.</param>
    /// <exception cref="AssetMissingException">The folder has no mujoco.h.</exception>
    /// <exception cref="CorruptFileException">Something in the headers is not understood; the message says which file and line.</exception>
    public LayoutTable Get(string headers, string library)
    {
        string? entry = folder is null ? null : EntryOf(headers, library);
        if (entry is not null && TryRead(entry) is { } kept) return kept;
        LayoutTable made = CHeader.Read(headers);
        if (entry is not null) TryWrite(entry, made);
        return made;
    }

    /// <summary>Where the table of these headers is kept, whether or not it is there.</summary>
    internal string EntryOf(string headers, string library)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(typeof(LayoutCache).Module.ModuleVersionId.ToByteArray()); // another generator may make another table
        string[] files = Directory.Exists(headers) ? Directory.GetFiles(headers, "*.h") : [];
        foreach (string file in files.Order(StringComparer.Ordinal)) Append(hash, Path.GetFileName(file), File.ReadAllBytes(file));
        Append(hash, "", File.ReadAllBytes(library));
        return Path.Combine(folder!, $"{Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}-mujoco.layout");
    }

    private static void Append(IncrementalHash hash, string name, byte[] content)
    {
        Span<byte> lengths = stackalloc byte[16];                               // so that no other split of the bytes is equal
        byte[] written = Encoding.UTF8.GetBytes(name);
        BinaryPrimitives.WriteInt64LittleEndian(lengths, written.Length);
        BinaryPrimitives.WriteInt64LittleEndian(lengths[8..], content.Length);
        hash.AppendData(lengths);
        hash.AppendData(written);
        hash.AppendData(content);
    }

    private static LayoutTable? TryRead(string entry)
    {
        try
        {
            string text = File.ReadAllText(entry);
            int end = text.IndexOf('\n', StringComparison.Ordinal) + 1;
            return end > 0 && text[..end] == FirstLine(text[end..]) ? LayoutText.Read(new StringReader(text), entry) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CorruptFileException)
        {
            return null; // it is generated again
        }
    }

    private static string FirstLine(string rest) => $"{Mark}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(rest)))}\n";

    private static void TryWrite(string entry, LayoutTable table)
    {
        using var text = new StringWriter();
        table.Write(text);
        string parent = Path.GetDirectoryName(entry)!, temporary = Path.Combine(parent, Path.GetRandomFileName());
        try
        {
            Directory.CreateDirectory(parent);
            File.WriteAllText(temporary, FirstLine(text.ToString()) + text);
            File.Move(temporary, entry, overwrite: true); // another process that writes it at the same time writes the same text
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The folder refuses everything.
        }
    }
}
