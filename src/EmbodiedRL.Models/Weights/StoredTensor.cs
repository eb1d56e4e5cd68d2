using System.Runtime.InteropServices;
using EmbodiedRL.Core;

namespace EmbodiedRL.Models.Weights;

/// <summary>Element types of a safetensors file, by the names it uses for them.</summary>
public enum StoredType
{
    /// <summary>64-bit float.</summary>
    F64,

    /// <summary>32-bit float.</summary>
    F32,

    /// <summary>16-bit float.</summary>
    F16,

    /// <summary>The upper half of a 32-bit float.</summary>
    BF16,

    /// <summary>64-bit integer.</summary>
    I64,

    /// <summary>32-bit integer.</summary>
    I32,

    /// <summary>16-bit integer.</summary>
    I16,

    /// <summary>Signed byte.</summary>
    I8,

    /// <summary>Byte.</summary>
    U8,

    /// <summary>Byte that is 0 or 1.</summary>
    BOOL,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64,
}

/// <summary>Stored tensor: a named tensor as plain bytes, little-endian and row-major.</summary>
/// <param name="Name">Its key in the file, e.g. <c>image.0.weight</c>.</param>
/// <param name="Type">What its numbers are.</param>
/// <param name="Shape">Row-major; empty for a single number.</param>
/// <param name="Bytes">All values; of a mapped file, valid until the file is disposed.</param>
public sealed record StoredTensor(string Name, StoredType Type, IReadOnlyList<long> Shape, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>How many values the shape asks for.</summary>
    public long Length => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>A copy of values of one of the stored types.</summary>
    /// <exception cref="SpecMismatchException">Shape and number of values differ.</exception>
    public static StoredTensor Of<T>(string name, IReadOnlyList<long> shape, ReadOnlySpan<T> values) where T : unmanaged
    {
        var tensor = new StoredTensor(name, TypeOf<T>(), shape, MemoryMarshal.AsBytes(values).ToArray());
        return tensor.Length == values.Length
            ? tensor
            : throw new SpecMismatchException($"tensor '{name}'", $"{tensor.Length} values", $"{values.Length}");
    }

    /// <summary>Bytes of one value.</summary>
    public static int SizeOf(StoredType type) => type switch
    {
        StoredType.F64 or StoredType.I64 or StoredType.U64 => 8,
        StoredType.F32 or StoredType.I32 or StoredType.U32 => 4,
        StoredType.F16 or StoredType.BF16 or StoredType.I16 or StoredType.U16 => 2,
        _ => 1,
    };

    /// <summary>The values, which must be stored as this very type.</summary>
    /// <exception cref="SpecMismatchException">They are of another type.</exception>
    public ReadOnlySpan<T> Values<T>() where T : unmanaged => TypeOf<T>() == Type
        ? MemoryMarshal.Cast<byte, T>(Bytes.Span)
        : throw new SpecMismatchException($"tensor '{Name}'", $"values of type {TypeOf<T>()}", $"{Type}");

    /// <summary>The values as 32-bit floats, from any kind of float.</summary>
    /// <param name="into">As many as <see cref="Length"/>; overwritten.</param>
    /// <exception cref="SpecMismatchException">The lengths differ, or the values are integers.</exception>
    public void ReadFloats(Span<float> into)
    {
        SpecMismatchException.ThrowIfLength($"tensor '{Name}'", into.Length, (int)Length);
        switch (Type)
        {
            case StoredType.F32:
                Values<float>().CopyTo(into);
                break;
            case StoredType.F16:
                ReadOnlySpan<Half> halves = Values<Half>();
                for (int i = 0; i < into.Length; i++) into[i] = (float)halves[i];
                break;
            case StoredType.BF16:
                ReadOnlySpan<ushort> uppers = MemoryMarshal.Cast<byte, ushort>(Bytes.Span);
                for (int i = 0; i < into.Length; i++) into[i] = BitConverter.Int32BitsToSingle(uppers[i] << 16);
                break;
            case StoredType.F64:
                ReadOnlySpan<double> doubles = Values<double>();
                for (int i = 0; i < into.Length; i++) into[i] = (float)doubles[i];
                break;
            default:
                throw new SpecMismatchException($"tensor '{Name}'", "floats", $"{Type}");
        }
    }

    /// <summary>The place of the first value that is NaN or infinite; -1 if there is none, and for integers.</summary>
    public long FirstNonFinite() => Type switch
    {
        StoredType.F64 => NonFinite.IndexOf<ulong>(MemoryMarshal.Cast<byte, ulong>(Bytes.Span), 0x7FF0_0000_0000_0000),
        StoredType.F32 => NonFinite.IndexOf<uint>(MemoryMarshal.Cast<byte, uint>(Bytes.Span), 0x7F80_0000),
        StoredType.F16 => NonFinite.IndexOf<ushort>(MemoryMarshal.Cast<byte, ushort>(Bytes.Span), 0x7C00),
        StoredType.BF16 => NonFinite.IndexOf<ushort>(MemoryMarshal.Cast<byte, ushort>(Bytes.Span), 0x7F80),
        _ => -1,
    };

    /// <summary>A fresh array of the values as 32-bit floats.</summary>
    /// <exception cref="SpecMismatchException">The values are integers.</exception>
    public float[] Floats()
    {
        float[] values = new float[Length];
        ReadFloats(values);
        return values;
    }

    private static StoredType TypeOf<T>() => default(T) switch
    {
        double => StoredType.F64,
        float => StoredType.F32,
        Half => StoredType.F16,
        long => StoredType.I64,
        int => StoredType.I32,
        byte => StoredType.U8,
        sbyte => StoredType.I8,
        bool => StoredType.BOOL,
        short => StoredType.I16,
        ushort => StoredType.U16,
        uint => StoredType.U32,
        ulong => StoredType.U64,
        _ => throw new ArgumentException($"No stored type for {typeof(T).Name}.", nameof(T)),
    };
}
