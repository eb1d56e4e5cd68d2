using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using EmbodiedRL.Core;
using Microsoft.Win32.SafeHandles;

namespace EmbodiedRL.Models.Weights;

/// <summary>Safetensors file: eight bytes of length, a JSON header, then the bytes of all tensors without gaps.</summary>
/// <remarks>
/// The format of the safetensors project, version 0.4: other tools read what is written here, and this reads what they write.
/// </remarks>
public sealed class Safetensors : IDisposable
{
    private readonly MappedFile? _mapped;
    private readonly SortedDictionary<string, StoredTensor> _tensors;

    private Safetensors(SortedDictionary<string, StoredTensor> tensors, IReadOnlyDictionary<string, string> metadata, MappedFile? mapped) =>
        (_tensors, Metadata, _mapped) = (tensors, metadata, mapped);

    /// <summary>All tensors by name, in ordinal order.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <summary>Metadata of the file, as text.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>A tensor by name.</summary>
    /// <exception cref="UnknownNameException">There is none of this name.</exception>
    public StoredTensor this[string name] =>
        _tensors.TryGetValue(name, out StoredTensor? tensor) ? tensor : throw new UnknownNameException("tensor", name, _tensors.Keys);

    /// <summary>Reads a whole file into memory.</summary>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is cut off, altered, or no safetensors file.</exception>
    public static Safetensors Read(string path)
    {
        InputFile.Require(path, "A file of weights", "Check the path.");
        using SafeFileHandle file = File.OpenHandle(path);
        return Make(SafetensorsHeader.Read(file, path), null, entry =>
        {
            byte[] bytes = new byte[entry.Length];
            SafetensorsHeader.ReadFully(file, bytes, entry.Offset, path);
            return bytes;
        });
    }

    /// <summary>Maps a file into memory, so that large weights are read when they are used and never copied.</summary>
    /// <returns>The caller disposes it; its tensors are valid until then. The file may be replaced meanwhile, not shortened.</returns>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is cut off, altered, or no safetensors file.</exception>
    public static Safetensors Map(string path)
    {
        InputFile.Require(path, "A file of weights", "Check the path.");
        SafetensorsHeader header;
        using (SafeFileHandle file = File.OpenHandle(path)) header = SafetensorsHeader.Read(file, path);
        var mapped = new MappedFile(path);
        return Make(header, mapped, entry => mapped.Slice(entry.Offset, entry.Length));
    }

    /// <summary>Throws if a tensor holds what is no number, e.g. because a bit of its file was flipped.</summary>
    /// <param name="path">Of the file, for people.</param>
    /// <param name="names">Which tensors; null for all.</param>
    /// <exception cref="CorruptFileException">Names the tensor and the place.</exception>
    public void RequireFinite(string path, IEnumerable<string>? names = null)
    {
        foreach (StoredTensor tensor in _tensors.Values)
        {
            if (names is not null && !names.Contains(tensor.Name)) continue;
            if (tensor.FirstNonFinite() is >= 0 and long place)
                throw Corrupt(path,
                    $"finite numbers in '{tensor.Name}'",
                    FormattableString.Invariant($"NaN or an infinite one at place {place} of {tensor.Length}"));
        }
    }

    /// <summary>
    /// Writes tensors in the order of their names, so that equal content gives equal bytes; replaces a file only when all is on disk.
    /// </summary>
    /// <param name="path">The folder must exist.</param>
    /// <param name="tensors">Unique names.</param>
    /// <param name="metadata">Words about the file.</param>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written to; an older file is then still whole.</exception>
    public static void Write(string path, IEnumerable<StoredTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        StoredTensor[] ordered = [.. tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal)];
        ReadOnlyMemory<byte> header = Header(ordered, metadata);
        string temporary = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                Span<byte> prefix = stackalloc byte[8];
                BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
                stream.Write(prefix);
                stream.Write(header.Span);
                foreach (StoredTensor tensor in ordered) stream.Write(tensor.Bytes.Span);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Unmaps the file if it was mapped.</summary>
    public void Dispose() => _mapped?.Dispose();

    private static Safetensors Make(SafetensorsHeader header, MappedFile? mapped, Func<TensorEntry, ReadOnlyMemory<byte>> bytes)
    {
        var tensors = new SortedDictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (TensorEntry entry in header.Entries)
            tensors.Add(entry.Name, new StoredTensor(entry.Name, entry.Type, entry.Shape, bytes(entry)));
        return new Safetensors(tensors, header.Metadata, mapped);
    }

    private static ReadOnlyMemory<byte> Header(StoredTensor[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                writer.WriteStartObject(SafetensorsHeader.MetadataKey);
                foreach ((string key, string word) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                    writer.WriteString(key, word);
                writer.WriteEndObject();
            }

            long offset = 0;
            foreach (StoredTensor tensor in tensors)
            {
                if (tensor.Bytes.Length != tensor.Length * StoredTensor.SizeOf(tensor.Type))
                    throw new SpecMismatchException($"tensor '{tensor.Name}'",
                        $"{tensor.Length * StoredTensor.SizeOf(tensor.Type)} bytes", $"{tensor.Bytes.Length}");
                writer.WriteStartObject(tensor.Name);
                writer.WriteString("dtype", tensor.Type.ToString());
                writer.WriteStartArray("shape");
                foreach (long size in tensor.Shape) writer.WriteNumberValue(size);
                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(offset);
                writer.WriteNumberValue(offset += tensor.Bytes.Length);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        // Padded with spaces, so that the tensors begin at a multiple of eight bytes.
        int padding = (8 - (buffer.WrittenCount % 8)) % 8;
        buffer.GetSpan(padding)[..padding].Fill((byte)' ');
        buffer.Advance(padding);
        return buffer.WrittenMemory;
    }

    private static CorruptFileException Corrupt(string path, string expected, string found) =>
        new(path, expected, found, SafetensorsHeader.Remedy);
}
