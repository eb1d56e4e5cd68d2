using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Language.Generation;

/// <summary>Weights of linear layers as panels of 16 outputs, so that a product reads memory in order.</summary>
/// <remarks>Copies the weights. Several layers of one input become one product.</remarks>
internal sealed unsafe class PackedMatrix
{
    /// <summary>Outputs of a panel.</summary>
    public const int Panel = 16;

    /// <summary>Rows of a block; the rows of a product are a multiple of it.</summary>
    public const int Block = 4;

    private readonly float[] _panels;
    private readonly float[] _bias;

    private PackedMatrix(int inputs, int outputs)
    {
        (Inputs, Outputs) = (inputs, outputs);
        Width = (outputs + Panel - 1) / Panel * Panel;
        _panels = GC.AllocateArray<float>(Width * inputs, pinned: true);
        _bias = GC.AllocateArray<float>(Width, pinned: true);
    }

    /// <summary>K.</summary>
    public int Inputs { get; }

    /// <summary>N, of all layers.</summary>
    public int Outputs { get; }

    /// <summary>N up to whole panels: columns of a product, the last of which are zero.</summary>
    public int Width { get; }

    /// <summary>The weights of layers, one after another, as they are now.</summary>
    public static PackedMatrix Of(params LinearLayer[] layers)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return Of([.. layers.Select(layer => layer.EffectiveWeight())], [.. layers.Select(layer => (Tensor?)layer.Bias)]);
    }

    /// <summary>Weights [out, in], one after another, as they are now.</summary>
    public static PackedMatrix Of(Tensor[] weights, Tensor?[] biases)
    {
        int inputs = (int)weights[0].shape[1];
        var packed = new PackedMatrix(inputs, weights.Sum(weight => (int)weight.shape[0]));
        int start = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            int outputs = (int)weights[i].shape[0];
            float[] values = new float[outputs * inputs];
            TensorSpans.Read(weights[i].contiguous(), values);
            packed.Put(values, start, outputs);
            if (biases[i] is { } bias) TensorSpans.Read(bias, packed._bias.AsSpan(start, outputs));
            start += outputs;
        }

        return packed;
    }

    /// <summary>y = x W' + b, or y += x W' + b.</summary>
    /// <param name="input">[rows, K].</param>
    /// <param name="rows">A multiple of <see cref="Block"/>.</param>
    /// <param name="output">[rows, Width].</param>
    /// <param name="adds">Whether it is added to what is there.</param>
    public void Multiply(float* input, int rows, float* output, bool adds)
    {
        fixed (float* panels = _panels, bias = _bias)
        {
            // the next panel comes from a far cache while this one is used
            int blocks = rows / Block, share = (Inputs + blocks - 1) / blocks;
            for (int column = 0; column < Width; column += Panel)
            {
                float* panel = panels + (column * Inputs), ahead = panel + (Panel * Inputs);
                int left = column + Panel < Width ? Inputs : 0;
                for (int row = 0; row < rows; row += Block)
                {
                    for (int k = Math.Min(share, left); k > 0; k--, left--, ahead += Panel) Sse.Prefetch1(ahead);
                    Multiply(input + (row * Inputs), panel, bias + column, output + (row * Width) + column, adds);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(float* x, float* panel, float* bias, float* y, bool adds)
    {
        int inputs = Inputs, width = Width;
        float* x1 = x + inputs, x2 = x1 + inputs, x3 = x2 + inputs, y1 = y + width, y2 = y1 + width, y3 = y2 + width;
        Vector256<float> left = Vector256.Load(bias), right = Vector256.Load(bias + 8);
        Vector256<float> a0 = left, b0 = right, a1 = left, b1 = right, a2 = left, b2 = right, a3 = left, b3 = right;
        for (int k = 0; k < inputs; k++, panel += Panel)
        {
            (left, right) = (Vector256.Load(panel), Vector256.Load(panel + 8));
            Vector256<float> one = Vector256.Create(x[k]);
            (a0, b0) = (Vector256.FusedMultiplyAdd(one, left, a0), Vector256.FusedMultiplyAdd(one, right, b0));
            one = Vector256.Create(x1[k]);
            (a1, b1) = (Vector256.FusedMultiplyAdd(one, left, a1), Vector256.FusedMultiplyAdd(one, right, b1));
            one = Vector256.Create(x2[k]);
            (a2, b2) = (Vector256.FusedMultiplyAdd(one, left, a2), Vector256.FusedMultiplyAdd(one, right, b2));
            one = Vector256.Create(x3[k]);
            (a3, b3) = (Vector256.FusedMultiplyAdd(one, left, a3), Vector256.FusedMultiplyAdd(one, right, b3));
        }

        if (adds)
        {
            (a0, b0) = (a0 + Vector256.Load(y), b0 + Vector256.Load(y + 8));
            (a1, b1) = (a1 + Vector256.Load(y1), b1 + Vector256.Load(y1 + 8));
            (a2, b2) = (a2 + Vector256.Load(y2), b2 + Vector256.Load(y2 + 8));
            (a3, b3) = (a3 + Vector256.Load(y3), b3 + Vector256.Load(y3 + 8));
        }

        a0.Store(y);
        b0.Store(y + 8);
        a1.Store(y1);
        b1.Store(y1 + 8);
        a2.Store(y2);
        b2.Store(y2 + 8);
        a3.Store(y3);
        b3.Store(y3 + 8);
    }

    private void Put(float[] values, int start, int outputs) => Parallel.For(0, (outputs + Panel - 1) / Panel, part =>
    {
        for (int output = part * Panel; output < Math.Min(outputs, (part + 1) * Panel); output++)
        {
            int column = start + output, from = output * Inputs;
            int to = (column / Panel * Panel * Inputs) + (column % Panel);
            for (int k = 0; k < Inputs; k++, to += Panel) _panels[to] = values[from + k];
        }
    });
}
