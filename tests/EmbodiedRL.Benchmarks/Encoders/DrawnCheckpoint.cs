using EmbodiedRL.Models.Tensors;
using static TorchSharp.torch;

namespace EmbodiedRL.Benchmarks.Encoders;

/// <summary>Weights of a published shape and of no worth: speed does not depend on them.</summary>
internal static class DrawnCheckpoint
{
    /// <summary>Uniform values of a variance that keeps activations of the size of one, from a generator of one multiplication.</summary>
    public static NetworkWeights Draw(ScalarType type) => NetworkWeights.Draw((name, shape) =>
    {
        float[] values = new float[shape.Aggregate(1L, (product, size) => product * size)];
        bool isNorm = shape.Length == 1 && name.Contains("norm", StringComparison.Ordinal)
            && name.EndsWith("weight", StringComparison.Ordinal);
        float width = shape.Length < 2 ? 0.1f : (float)(2 * Math.Sqrt(3.0 * shape[0] / values.Length));
        uint state = (uint)values.Length | 1;
        for (int i = 0; i < values.Length; i++)
        {
            state = (state * 747_796_405) + 2_891_336_453;
            values[i] = (isNorm ? 1 : 0) + (width * (((state >> 8) / 16_777_216f) - 0.5f));
        }

        return values;
    }, CPU, type);
}
