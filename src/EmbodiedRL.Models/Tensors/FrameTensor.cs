using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tensors;

/// <summary>Frame tensor: images that a renderer writes and a model reads in the same memory. Owns it; it is the processor's.</summary>
public sealed class FrameTensor : IDisposable
{
    /// <param name="count">N pictures.</param>
    /// <param name="size">H = W in pixels.</param>
    /// <exception cref="ArgumentOutOfRangeException">Either is not positive.</exception>
    public FrameTensor(int count, int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        (Count, Size) = (count, size);
        Values = zeros([count, size, size, 3], ScalarType.Byte).DetachFromDisposeScope();
    }

    /// <summary>N.</summary>
    public int Count { get; }

    /// <summary>H = W in pixels.</summary>
    public int Size { get; }

    /// <summary>uint8 [N, H, W, 3]; owned by this, shows whatever is in <see cref="Bytes"/>.</summary>
    public Tensor Values { get; }

    /// <summary>[N, H, W, 3], row 0 at the top: what is handed to a renderer.</summary>
    public Span<byte> Bytes => Values.bytes;

    /// <summary>Frees the memory.</summary>
    public void Dispose() => Values.Dispose();
}
