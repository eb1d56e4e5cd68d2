using System.Buffers;
using System.Security.Cryptography;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Weights;
using MessagePack;

namespace EmbodiedRL.Training.Checkpoints;

/// <summary>Files of a checkpoint: weights that other tools can read, and the rest of the state.</summary>
/// <remarks>
/// <c>state.msgpack</c> is one MessagePack array: a magic word, the version of the layout, the content and its SHA-256. The content is the
/// update, the SHA-256 of <c>weights.safetensors</c>, and a map from entry to bytes; so one flipped bit in either file is noticed.
/// </remarks>
internal static class CheckpointFiles
{
    internal const string Weights = "weights.safetensors", State = "state.msgpack";
    private const string Magic = "embodied-checkpoint";
    private const int Version = 1;

    /// <summary>Writes both files into a folder that exists, and flushes them.</summary>
    public static void Write(string folder, long update, Snapshot snapshot)
    {
        string weights = Path.Combine(folder, Weights);
        Safetensors.Write(weights,
            snapshot.Weights.Select(pair => new StoredTensor(pair.Key, StoredType.F32, pair.Value, snapshot.Entries[pair.Key])));

        var content = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(content);
        writer.WriteArrayHeader(3);
        writer.Write(update);
        writer.Write(SHA256.HashData(File.ReadAllBytes(weights)));
        writer.WriteMapHeader(snapshot.Entries.Count - snapshot.Weights.Count);
        foreach ((string name, byte[] bytes) in snapshot.Entries)
        {
            if (snapshot.Weights.ContainsKey(name)) continue;
            writer.Write(name);
            writer.Write(bytes);
        }

        writer.Flush();
        var whole = new ArrayBufferWriter<byte>(content.WrittenCount + 128);
        writer = new MessagePackWriter(whole);
        writer.WriteArrayHeader(4);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(content.WrittenSpan);
        writer.Write(SHA256.HashData(content.WrittenSpan));
        writer.Flush();

        using var stream = new FileStream(Path.Combine(folder, State), FileMode.CreateNew, FileAccess.Write);
        stream.Write(whole.WrittenSpan);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Reads both files.</summary>
    /// <exception cref="CheckpointDamage">Something is missing, cut off, altered or of another layout.</exception>
    public static Snapshot Read(string folder, long update)
    {
        string weights = Path.Combine(folder, Weights), state = Path.Combine(folder, State);
        foreach (string file in new[] { weights, state })
            if (!File.Exists(file)) throw new CheckpointDamage(file, "a file of a checkpoint", "nothing");

        var snapshot = new Snapshot();
        try
        {
            byte[] hash = ReadState(state, update, snapshot);
            if (!SHA256.HashData(File.ReadAllBytes(weights)).AsSpan().SequenceEqual(hash))
                throw new CheckpointDamage(weights, "the weights that were written with this checkpoint", "others (cut off or altered)");
            foreach (StoredTensor tensor in Safetensors.Read(weights).Tensors.Values)
                snapshot.PutWeights(tensor.Name, [.. tensor.Shape], tensor.Floats());
            return snapshot;
        }
        catch (Exception error) when (error is MessagePackSerializationException or EndOfStreamException)
        {
            throw new CheckpointDamage(state, "a whole checkpoint", "one that is cut off or another kind of file", error);
        }
    }

    private static byte[] ReadState(string path, long update, Snapshot into)
    {
        var reader = new MessagePackReader(File.ReadAllBytes(path));
        if (reader.NextMessagePackType != MessagePackType.Array || reader.ReadArrayHeader() != 4
            || reader.NextMessagePackType != MessagePackType.String || reader.ReadString() != Magic)
            throw new CheckpointDamage(path, "the state of a run", "another kind of file");
        int version = reader.ReadInt32();
        if (version != Version)
            throw new CheckpointDamage(path, $"layout {Version}", $"layout {version}, written by another version of this program");
        ReadOnlySequence<byte> content = reader.ReadBytes() ?? default;
        byte[] hash = reader.ReadBytes()?.ToArray() ?? [];
        if (!SHA256.HashData(content.ToArray()).AsSpan().SequenceEqual(hash))
            throw new CheckpointDamage(path, "content that fits its hash", "altered content");

        reader = new MessagePackReader(content);
        reader.ReadArrayHeader();
        long found = reader.ReadInt64();
        if (found != update) throw new CheckpointDamage(path, $"update {update}", $"update {found}");
        byte[] weights = reader.ReadBytes()?.ToArray() ?? [];
        for (int left = reader.ReadMapHeader(); left > 0; left--)
            into.Put<byte>(reader.ReadString() ?? "", (reader.ReadBytes() ?? default).ToArray());
        return weights;
    }
}

/// <summary>Fault of a checkpoint; the store adds which older one can be used instead.</summary>
internal sealed class CheckpointDamage(string file, string expected, string found, Exception? inner = null)
    : Exception($"{file}: expected {expected}, found {found}.", inner)
{
    public string File { get; } = file;

    public string Expected { get; } = expected;

    public string Found { get; } = found;
}
