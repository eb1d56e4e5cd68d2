using System.Buffers.Binary;
using System.Text;

namespace EmbodiedRL.Training.Metrics;

/// <summary>Event message of TensorBoard in protocol buffer encoding, as far as scalars need it.</summary>
internal static class EventMessage
{
    private const byte WallTime = (1 << 3) | 1, Step = 2 << 3, FileVersion = (3 << 3) | 2, Summary = (5 << 3) | 2;
    private const byte Value = (1 << 3) | 2, Tag = (1 << 3) | 2, SimpleValue = (2 << 3) | 5;

    /// <summary>What every file begins with.</summary>
    public static byte[] Version(double wallTime)
    {
        using var message = new MemoryStream();
        PutDouble(message, WallTime, wallTime);
        PutBytes(message, FileVersion, "brain.Event:2"u8);
        return message.ToArray();
    }

    /// <summary>Named numbers of one step.</summary>
    public static byte[] Scalars(double wallTime, long step, IEnumerable<KeyValuePair<string, double>> values)
    {
        using MemoryStream message = new(), summary = new(), value = new();
        PutDouble(message, WallTime, wallTime);
        message.WriteByte(Step);
        PutVarint(message, (ulong)step);
        Span<byte> number = stackalloc byte[sizeof(float)];
        foreach ((string name, double scalar) in values)
        {
            value.SetLength(0);
            PutBytes(value, Tag, Encoding.UTF8.GetBytes(name));
            BinaryPrimitives.WriteSingleLittleEndian(number, (float)scalar);
            value.WriteByte(SimpleValue);
            value.Write(number);
            PutBytes(summary, Value, value.GetBuffer().AsSpan(0, (int)value.Length));
        }

        PutBytes(message, Summary, summary.GetBuffer().AsSpan(0, (int)summary.Length));
        return message.ToArray();
    }

    /// <summary>The step of a message that this class wrote; 0 for the version.</summary>
    public static long StepOf(ReadOnlySpan<byte> message)
    {
        const int afterWallTime = 1 + sizeof(double);
        if (message.Length <= afterWallTime || message[afterWallTime] != Step) return 0;
        ulong step = 0;
        int shift = 0;
        foreach (byte part in message[(afterWallTime + 1)..])
        {
            step |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) break;
            shift += 7;
        }

        return (long)step;
    }

    private static void PutDouble(Stream to, byte key, double value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        to.WriteByte(key);
        to.Write(bytes);
    }

    private static void PutBytes(Stream to, byte key, ReadOnlySpan<byte> bytes)
    {
        to.WriteByte(key);
        PutVarint(to, (ulong)bytes.Length);
        to.Write(bytes);
    }

    private static void PutVarint(Stream to, ulong value)
    {
        for (; value >= 0x80; value >>= 7) to.WriteByte((byte)(value | 0x80));
        to.WriteByte((byte)value);
    }
}
