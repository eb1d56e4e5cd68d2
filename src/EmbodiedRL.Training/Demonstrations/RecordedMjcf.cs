using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using EmbodiedRL.Core;
using EmbodiedRL.Training.Composition;

namespace EmbodiedRL.Training.Demonstrations;

/// <summary>Model file of a recorded environment with all files it names: embedded if small, else its path and hash.</summary>
public sealed record RecordedMjcf
{
    /// <summary>Files of more bytes than this in all are left where they are.</summary>
    public const long MostBytes = 4 << 20;

    /// <summary>The model's own file, relative to the folder of all of them.</summary>
    public required string File { get; init; }

    /// <summary>SHA-256 over names, lengths and bytes of all files, in ordinal order of their names.</summary>
    public required string Hash { get; init; }

    /// <summary>All files by their path in the folder; their bytes are null if they are too many to be kept here.</summary>
    public required IReadOnlyDictionary<string, byte[]?> Files { get; init; }

    /// <summary>Where the folder was; empty if the files are kept here.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Whether the files are kept here.</summary>
    [JsonIgnore]
    public bool IsWhole => Folder.Length == 0;

    /// <summary>What is to be kept of a model.</summary>
    /// <param name="path">Of its own file.</param>
    /// <param name="mostBytes">How many bytes are kept at most.</param>
    /// <exception cref="EmbodiedException">A file is missing, or named by a path of this machine.</exception>
    public static RecordedMjcf Of(string path, long mostBytes = MostBytes)
    {
        (string root, string main, string[] files) = MjcfFiles.Gathered(path);
        SortedDictionary<string, byte[]> contents = Read(root, files);
        bool isWhole = contents.Values.Sum(content => (long)content.Length) <= mostBytes;
        return new RecordedMjcf
        {
            File = Portable(main),
            Hash = HashOf(contents),
            Files = contents.ToDictionary(file => file.Key, file => isWhole ? file.Value : null),
            Folder = isWhole ? "" : root,
        };
    }

    /// <summary>Where the model's own file is, found or written.</summary>
    /// <param name="modelFolder">Where the user says that the files are; null for what the recording says.</param>
    /// <param name="target">An empty folder that files which are kept here are written to.</param>
    /// <param name="recording">The file that this comes from, for errors.</param>
    /// <exception cref="AssetMissingException">The files are not there, or are others; names file, hash and what to do.</exception>
    /// <exception cref="CorruptFileException">The files that are kept here are not those that were recorded.</exception>
    public string Place(string? modelFolder, string target, string recording) =>
        IsWhole && modelFolder is null ? Unpack(target, recording) : Find(Path.GetFullPath(modelFolder ?? Folder));

    private string Unpack(string target, string recording)
    {
        var contents = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach ((string name, byte[]? content) in Files)
        {
            string path = Path.GetFullPath(Path.Combine(target, name));
            if (content is null || !path.StartsWith(Path.GetFullPath(target).TrimEnd('/') + '/', StringComparison.Ordinal))
                throw new CorruptFileException(recording, "model files that lie within one folder", $"'{name}'", "Record it again.");
            contents[name] = content;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            System.IO.File.WriteAllBytes(path, content);
        }

        return HashOf(contents) == Hash && Files.ContainsKey(File) ? Path.Combine(target, File)
            : throw new CorruptFileException(recording, $"a model of hash {Hash}", HashOf(contents),
                "The file is altered; record it again.");
    }

    private string Find(string folder)
    {
        string[] missing = [.. Files.Keys.Where(file => !System.IO.File.Exists(Path.Combine(folder, file))).Order(StringComparer.Ordinal)];
        string found = missing.Length > 0 ? $"no '{missing[0]}'" : HashOf(Read(folder, Files.Keys));
        return found == Hash
            ? Path.Combine(folder, File)
            : throw new AssetMissingException($"The model of the recording, '{File}' whose {Files.Count} files have the hash {Hash},",
                $"{folder}: {found}", "Name the folder that holds them with --model-folder DIR.");
    }

    private static SortedDictionary<string, byte[]> Read(string folder, IEnumerable<string> files) =>
        new(files.ToDictionary(Portable, file => System.IO.File.ReadAllBytes(Path.Combine(folder, file))), StringComparer.Ordinal);

    private static string HashOf(SortedDictionary<string, byte[]> contents)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(long)];
        foreach ((string name, byte[] content) in contents)
        {
            foreach (byte[] part in new[] { Encoding.UTF8.GetBytes(name), content })
            {
                BinaryPrimitives.WriteInt64LittleEndian(length, part.Length);
                hash.AppendData(length);
                hash.AppendData(part);
            }
        }

        return "sha256:" + Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Portable(string path) => path.Replace('\\', '/');
}
