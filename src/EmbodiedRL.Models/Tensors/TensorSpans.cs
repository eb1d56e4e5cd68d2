using System.Runtime.InteropServices;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Heads;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Tensors;

/// <summary>Conversion between spans and float tensors. On the CPU it is one copy of memory and no tensor.</summary>
public static class TensorSpans
{
    /// <summary>Copies a tensor's values out, row-major.</summary>
    /// <param name="tensor">Float, contiguous, on any device.</param>
    /// <param name="into">As many values as the tensor has; overwritten.</param>
    /// <exception cref="SpecMismatchException">The lengths differ.</exception>
    public static void Read(Tensor tensor, Span<float> into)
    {
        SpecMismatchException.ThrowIfLength("tensor", (int)tensor.numel(), into.Length);
        if (tensor.device_type == TorchSharp.DeviceType.CPU)
        {
            MemoryMarshal.Cast<byte, float>(tensor.bytes).CopyTo(into);
            return;
        }

        using Tensor near = tensor.cpu();
        MemoryMarshal.Cast<byte, float>(near.bytes).CopyTo(into);
    }

    /// <summary>Overwrites a tensor's values, row-major.</summary>
    /// <param name="tensor">Float, contiguous, on any device.</param>
    /// <param name="values">As many values as the tensor has.</param>
    /// <exception cref="SpecMismatchException">The lengths differ.</exception>
    public static void Write(Tensor tensor, ReadOnlySpan<float> values)
    {
        SpecMismatchException.ThrowIfLength("tensor", (int)tensor.numel(), values.Length);
        if (tensor.device_type == TorchSharp.DeviceType.CPU)
        {
            values.CopyTo(MemoryMarshal.Cast<byte, float>(tensor.bytes));
            return;
        }

        using IDisposable still = no_grad();
        using Tensor near = empty(tensor.shape, ScalarType.Float32);
        values.CopyTo(MemoryMarshal.Cast<byte, float>(near.bytes));
        tensor.copy_(near).Dispose();
    }
}
