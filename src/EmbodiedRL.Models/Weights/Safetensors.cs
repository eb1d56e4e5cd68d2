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
public sealed class Safetensors
{
    private const string MetadataKey = "__metadata__";
    private const int MaximumHeader = 100_000_000, MostDimensions = 16;
    private const string Remedy = "Restore or make the file again.";

    private readonly SortedDictionary<string, StoredTensor> _tensors;

    private Safetensors(SortedDictionary<string, StoredTensor> tensors, IReadOnlyDictionary<string, string> metadata) =>
        (_tensors, Metadata) = (tensors, metadata);

    /// <summary>All tensors by name, in ordinal order.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <summary>Metadata of the file, as text.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>A tensor by name.</summary>
    /// <exception cref="UnknownNameException">There is none of this name.</exception>
    public StoredTensor this[string name] =>
        _tensors.TryGetValue(name, out StoredTensor? tensor) ? tensor : throw new UnknownNameException("tensor", name, _tensors.Keys);

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="AssetMissingException">There is no such file.</exception>
    /// <exception cref="CorruptFileException">It is cut off, altered, or no safetensors file.</exception>
    public static Safetensors Read(string path)
    {
        InputFile.Require(path, "A file of weights", "Check the path.");
        using SafeFileHandle file = File.OpenHandle(path);
        long length = RandomAccess.GetLength(file);
        Span<byte> prefix = stackalloc byte[8];
        if (length < prefix.Length || RandomAccess.Read(file, prefix, 0) < prefix.Length)
            throw Corrupt(path, "a safetensors file", $"{length} bytes");
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > MaximumHeader || (long)headerLength > length - prefix.Length)
            throw Corrupt(path, $"a header of {headerLength} bytes", $"a file of {length} bytes");

        byte[] header = new byte[headerLength];
        ReadFully(file, header, prefix.Length, path);
        long start = prefix.Length + header.Length;
        try
        {
            using JsonDocument document = JsonDocument.Parse(header);
            return Read(file, document.RootElement, start, length - start, path);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException
            or KeyNotFoundException or OverflowException)
        {
            throw new CorruptFileException(path, "a safetensors header", $"something else ({error.Message})", Remedy, error);
        }
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

    private static Safetensors Read(SafeFileHandle file, JsonElement header, long start, long room, string path)
    {
        var tensors = new SortedDictionary<string, StoredTensor>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        long covered = 0;
        foreach (JsonProperty entry in header.EnumerateObject())
        {
            if (entry.Name == MetadataKey)
            {
                foreach (JsonProperty word in entry.Value.EnumerateObject()) metadata[word.Name] = word.Value.GetString() ?? "";
                continue;
            }

            StoredTensor tensor = Read(file, entry, start, room, path);
            if (!tensors.TryAdd(entry.Name, tensor)) throw Corrupt(path, "tensors of unique names", $"'{entry.Name}' twice");
            covered += tensor.Bytes.Length;
        }

        return covered == room
            ? new Safetensors(tensors, metadata)
            : throw Corrupt(path, $"{covered} bytes of tensors, as its header says", $"{room}");
    }

    private static StoredTensor Read(SafeFileHandle file, JsonProperty entry, long start, long room, string path)
    {
        string type = entry.Value.GetProperty("dtype").GetString() ?? "";
        if (!Enum.TryParse(type, out StoredType stored) || !Enum.IsDefined(stored))
            throw Corrupt(path, $"'{entry.Name}' of a type among {string.Join(", ", Enum.GetNames<StoredType>())}", $"'{type}'");
        long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        if (shape.Length > MostDimensions) throw Corrupt(path, $"'{entry.Name}' of at most {MostDimensions} dimensions", $"{shape.Length}");
        long[] range = [.. entry.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
        if (range is not [>= 0, _] || range[1] < range[0] || range[1] > room)
            throw Corrupt(path, $"'{entry.Name}' within {room} bytes", $"bytes {string.Join(" to ", range)}");
        long length = range[1] - range[0];
        var tensor = new StoredTensor(entry.Name, stored, shape, ReadOnlyMemory<byte>.Empty);
        if (shape.Any(size => size < 0) || checked(tensor.Length * StoredTensor.SizeOf(stored)) != length)
            throw Corrupt(path, $"'{entry.Name}' of shape [{string.Join(", ", shape)}] and type {stored}", $"{length} bytes");
        if (length > Array.MaxLength) throw Corrupt(path, $"'{entry.Name}' of at most {Array.MaxLength} bytes", $"{length}");
        byte[] bytes = new byte[length];
        ReadFully(file, bytes, start + range[0], path);
        return tensor with { Bytes = bytes };
    }

    private static void ReadFully(SafeFileHandle file, Span<byte> into, long offset, string path)
    {
        for (int done = 0; done < into.Length;)
        {
            int read = RandomAccess.Read(file, into[done..], offset + done);
            if (read == 0) throw Corrupt(path, $"{into.Length} bytes at {offset}", $"{done}");
            done += read;
        }
    }

    private static ReadOnlyMemory<byte> Header(StoredTensor[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                writer.WriteStartObject(MetadataKey);
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

    private static CorruptFileException Corrupt(string path, string expected, string found) => new(path, expected, found, Remedy);
}
