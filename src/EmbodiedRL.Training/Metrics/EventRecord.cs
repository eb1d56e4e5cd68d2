using System.Buffers.Binary;
using System.Numerics;

namespace EmbodiedRL.Training.Metrics;

/// <summary>Record of a TensorBoard file: length, checksum, bytes, checksum.</summary>
internal static class EventRecord
{
    private const int Before = sizeof(ulong) + sizeof(uint), After = sizeof(uint);

    public static void Write(Stream to, ReadOnlySpan<byte> content)
    {
        Span<byte> head = stackalloc byte[Before];
        BinaryPrimitives.WriteUInt64LittleEndian(head, (ulong)content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[sizeof(ulong)..], MaskedCrc(head[..sizeof(ulong)]));
        Span<byte> tail = stackalloc byte[After];
        BinaryPrimitives.WriteUInt32LittleEndian(tail, MaskedCrc(content));
        to.Write(head);
        to.Write(content);
        to.Write(tail);
    }

    /// <summary>The first record of the bytes and what follows it; false if the first record is cut off or altered.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> content, out ReadOnlySpan<byte> rest)
    {
        content = rest = default;
        if (bytes.Length < Before) return false;
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[sizeof(ulong)..]) != MaskedCrc(bytes[..sizeof(ulong)])) return false;
        if (length > (ulong)bytes.Length - Before || bytes.Length - Before - (int)length < After) return false;
        content = bytes.Slice(Before, (int)length);
        ReadOnlySpan<byte> tail = bytes[(Before + (int)length)..];
        rest = tail[After..];
        return BinaryPrimitives.ReadUInt32LittleEndian(tail) == MaskedCrc(content);
    }

    // CRC-32C, rotated and shifted so that a file of such files does not check itself.
    private static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes) crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }
}
