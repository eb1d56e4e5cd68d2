using System.Buffers;
using EmbodiedRL.Models.Weights;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tensors;

/// <summary>Memory of a tensor on the CPU as managed memory, without a copy.</summary>
internal static class TensorMemory
{
    /// <summary>A tensor as it is stored.</summary>
    /// <param name="name">Its key.</param>
    /// <param name="tensor">Contiguous, on the CPU; must outlive the answer.</param>
    public static StoredTensor Store(string name, Tensor tensor) =>
        new(name, TypeOf(tensor.dtype), tensor.shape, tensor.numel() == 0 ? ReadOnlyMemory<byte>.Empty : new Manager(tensor).Memory);

    private static StoredType TypeOf(ScalarType type) => type switch
    {
        ScalarType.Float64 => StoredType.F64,
        ScalarType.Float32 => StoredType.F32,
        ScalarType.Float16 => StoredType.F16,
        ScalarType.BFloat16 => StoredType.BF16,
        ScalarType.Int64 => StoredType.I64,
        ScalarType.Int32 => StoredType.I32,
        ScalarType.Byte => StoredType.U8,
        _ => throw new NotSupportedException($"A tensor of type {type} is not stored."),
    };

    private sealed class Manager(Tensor tensor) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => tensor.bytes;

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException("libtorch's memory does not move.");

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
