using System.Buffers.Binary;
using System.Text.Json;
using EmbodiedRL.Core;
using Microsoft.Win32.SafeHandles;

namespace EmbodiedRL.Models.Weights;

/// <summary>Place of one tensor in a safetensors file.</summary>
/// <param name="Name">Unique within the file.</param>
/// <param name="Type">Of its values.</param>
/// <param name="Shape">Row-major.</param>
/// <param name="Offset">Bytes from the beginning of the file.</param>
/// <param name="Length">Bytes.</param>
internal sealed record TensorEntry(string Name, StoredType Type, long[] Shape, long Offset, int Length);

/// <summary>Header of a safetensors file: names, types, shapes and places, checked against the file before any tensor is read.</summary>
/// <param name="Entries">In the order of the header.</param>
/// <param name="Metadata">Words about the file.</param>
internal sealed record SafetensorsHeader(IReadOnlyList<TensorEntry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Key of the metadata within the header.</summary>
    public const string MetadataKey = "__metadata__";

    /// <summary>What to do about a file that is not whole.</summary>
    public const string Remedy = "Restore or make the file again.";

    // Far above what any model needs (a few hundred bytes a tensor), and read in a fraction of a second.
    private const int MaximumBytes = 32_000_000, MaximumTensors = 100_000, MaximumDimensions = 16, PrefixBytes = 8;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 8 };

    /// <summary>Reads and checks the header.</summary>
    /// <exception cref="CorruptFileException">It is cut off, altered, too large, or no safetensors header.</exception>
    public static SafetensorsHeader Read(SafeFileHandle file, string path)
    {
        long length = RandomAccess.GetLength(file);
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        if (length < prefix.Length || RandomAccess.Read(file, prefix, 0) < prefix.Length)
            throw Corrupt(path, "a safetensors file", $"{length} bytes");
        RefuseOtherFormats(prefix, path);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > (ulong)(length - prefix.Length))
            throw Corrupt(path, $"a header of {headerLength} bytes", $"a file of {length} bytes");
        if (headerLength > MaximumBytes) throw Corrupt(path, $"a header of at most {MaximumBytes} bytes", $"{headerLength}");

        byte[] header = new byte[headerLength];
        ReadFully(file, header, prefix.Length, path);
        long start = prefix.Length + header.Length;
        try
        {
            using JsonDocument document = JsonDocument.Parse(header, Strict);
            return Read(document.RootElement, start, length - start, path);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException
            or KeyNotFoundException or OverflowException)
        {
            throw new CorruptFileException(path, "a safetensors header", $"something else ({error.Message})", Remedy, error);
        }
    }

    /// <summary>Reads until all bytes are there.</summary>
    /// <exception cref="CorruptFileException">The file ends before.</exception>
    public static void ReadFully(SafeFileHandle file, Span<byte> into, long offset, string path)
    {
        for (int done = 0; done < into.Length;)
        {
            int read = RandomAccess.Read(file, into[done..], offset + done);
            if (read == 0) throw Corrupt(path, $"{into.Length} bytes at {offset}", $"{done}");
            done += read;
        }
    }

    private static SafetensorsHeader Read(JsonElement header, long start, long room, string path)
    {
        List<TensorEntry> entries = [];
        var names = new HashSet<string>(StringComparer.Ordinal);
        Dictionary<string, string>? metadata = null;
        foreach (JsonProperty entry in header.EnumerateObject())
        {
            if (entry.Name == MetadataKey)
            {
                if (metadata is not null) throw Corrupt(path, $"one '{MetadataKey}'", "two");
                metadata = new Dictionary<string, string>(StringComparer.Ordinal);
                foreach (JsonProperty word in entry.Value.EnumerateObject()) metadata[word.Name] = word.Value.GetString() ?? "";
                continue;
            }

            if (!names.Add(entry.Name)) throw Corrupt(path, "tensors of unique names", $"'{entry.Name}' twice");
            if (entries.Count == MaximumTensors) throw Corrupt(path, $"at most {MaximumTensors} tensors", "more");
            entries.Add(Read(entry, start, room, path));
        }

        RequireNoGaps(entries, start, room, path);
        return new SafetensorsHeader(entries, metadata ?? []);
    }

    private static TensorEntry Read(JsonProperty entry, long start, long room, string path)
    {
        string name = entry.Name;
        string[] keys = [.. entry.Value.EnumerateObject().Select(field => field.Name).Order(StringComparer.Ordinal)];
        if (keys is not ["data_offsets", "dtype", "shape"])
            throw Corrupt(path, $"'{name}' with dtype, shape and data_offsets, each once", string.Join(", ", keys));
        string type = entry.Value.GetProperty("dtype").GetString() ?? "";
        if (!Enum.TryParse(type, out StoredType stored) || stored.ToString() != type)
            throw Corrupt(path, $"'{name}' of a type among {string.Join(", ", Enum.GetNames<StoredType>())}", $"'{type}'");
        JsonElement sizes = entry.Value.GetProperty("shape"), offsets = entry.Value.GetProperty("data_offsets");
        if (sizes.GetArrayLength() > MaximumDimensions)
            throw Corrupt(path, $"'{name}' of at most {MaximumDimensions} dimensions", $"{sizes.GetArrayLength()}");
        long[] shape = [.. sizes.EnumerateArray().Select(size => size.GetInt64())];
        long[] range = [.. offsets.EnumerateArray().Take(3).Select(offset => offset.GetInt64())];
        if (range is not [>= 0, _] || range[1] < range[0] || range[1] > room)
            throw Corrupt(path, $"'{name}' within {room} bytes", $"bytes {string.Join(" to ", range)}");
        long length = range[1] - range[0];
        if (shape.Any(size => size < 0)
            || shape.Aggregate((long)StoredTensor.SizeOf(stored), (product, size) => checked(product * size)) != length)
            throw Corrupt(path, $"'{name}' of shape [{string.Join(", ", shape)}] and type {stored}", $"{length} bytes");
        if (length > Array.MaxLength) throw Corrupt(path, $"'{name}' of at most {Array.MaxLength} bytes", $"{length}");
        return new TensorEntry(name, stored, shape, start + range[0], (int)length);
    }

    /// <summary>Tensors that overlap or leave gaps would hide bytes that nobody checks.</summary>
    private static void RequireNoGaps(List<TensorEntry> entries, long start, long room, string path)
    {
        long end = start;
        foreach (TensorEntry entry in entries.OrderBy(entry => entry.Offset).ThenBy(entry => entry.Length))
        {
            if (entry.Offset != end)
                throw Corrupt(path, $"'{entry.Name}' at byte {end - start} of the tensors, without gap or overlap",
                    $"{entry.Offset - start}");
            end += entry.Length;
        }

        if (end - start != room) throw Corrupt(path, $"{end - start} bytes of tensors, as its header says", $"{room}");
    }

    private static void RefuseOtherFormats(ReadOnlySpan<byte> prefix, string path)
    {
        // a header of 640, 896, 1152 or 1408 bytes begins as a pickle does, but its length ends in zeros
        bool isZip = prefix.StartsWith("PK\x03\x04"u8),
            isPickle = prefix[0] == 0x80 && prefix[1] is >= 2 and <= 5 && prefix[4..].ContainsAnyExcept((byte)0);
        if (isZip || isPickle)
            throw new CorruptFileException(path, "a safetensors file", "a pickle, which can run any code when it is read",
                Pickles.Hint(path));
        if (prefix.StartsWith("version "u8))
            throw Corrupt(path, "a safetensors file", "a pointer of Git LFS to it; run git lfs pull");
        if (prefix.StartsWith("GGUF"u8)) throw Corrupt(path, "a safetensors file", "a GGUF file");
    }

    private static CorruptFileException Corrupt(string path, string expected, string found) => new(path, expected, found, Remedy);
}
