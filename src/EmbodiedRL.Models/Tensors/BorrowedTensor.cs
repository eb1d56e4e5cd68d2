using System.Runtime.InteropServices;
using EmbodiedRL.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tensors;

/// <summary>Tensor over memory that something else owns, without a copy.</summary>
internal static unsafe class BorrowedTensor
{
    // memory, deleter, sizes, dimensions, stored type, wanted type, kind of device, its index, whether it needs a gradient
    private static readonly delegate* unmanaged<byte*, delegate* unmanaged<void*, void>, long*, int, sbyte, sbyte, int, int, byte, nint>
        New = (delegate* unmanaged<byte*, delegate* unmanaged<void*, void>, long*, int, sbyte, sbyte, int, int, byte, nint>)
            NativeLibrary.GetExport(TorchRuntime.Bridge, "THSTensor_new");

    /// <summary>libtorch's type for a stored type.</summary>
    /// <exception cref="NotSupportedException">libtorch has none.</exception>
    public static ScalarType TypeOf(StoredType type) => type switch
    {
        StoredType.F64 => ScalarType.Float64,
        StoredType.F32 => ScalarType.Float32,
        StoredType.F16 => ScalarType.Float16,
        StoredType.BF16 => ScalarType.BFloat16,
        StoredType.I64 => ScalarType.Int64,
        StoredType.I32 => ScalarType.Int32,
        StoredType.I16 => ScalarType.Int16,
        StoredType.I8 => ScalarType.Int8,
        StoredType.U8 => ScalarType.Byte,
        StoredType.BOOL => ScalarType.Bool,
        _ => throw new NotSupportedException($"libtorch computes nothing with values of type {type}."),
    };

    /// <summary>A tensor of a stored tensor's shape and type.</summary>
    /// <param name="stored">Memory that stays where it is (a mapped file) and outlives the tensor.</param>
    /// <returns>The caller owns the tensor, never its memory; over the very bytes where they are aligned, else a copy.</returns>
    public static Tensor Over(StoredTensor stored)
    {
        ScalarType type = TypeOf(stored.Type);
        int size = StoredTensor.SizeOf(stored.Type);
        fixed (byte* bytes = stored.Bytes.Span)
        {
            if (stored.Bytes.Length == 0 || (nuint)bytes % (nuint)size != 0) return Copy(stored, type);
            long[] shape = [.. stored.Shape];
            fixed (long* sizes = shape)
            {
                nint handle = New(bytes, &Nothing, sizes, shape.Length, (sbyte)type, (sbyte)type, (int)DeviceType.CPU, -1, 0);
                CheckForErrors();
                return Tensor.UnsafeCreateTensor(handle);
            }
        }
    }

    private static Tensor Copy(StoredTensor stored, ScalarType type)
    {
        Tensor copy = empty([.. stored.Shape], type);
        stored.Bytes.Span.CopyTo(copy.bytes);
        return copy;
    }

    [UnmanagedCallersOnly]
    private static void Nothing(void* memory)
    {
    }
}
