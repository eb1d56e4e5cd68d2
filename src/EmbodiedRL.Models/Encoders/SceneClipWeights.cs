using EmbodiedRL.Core;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;

namespace EmbodiedRL.Models.Encoders;

/// <summary>Initial and shuffled weights of <see cref="SceneClip"/>, the same for the same seed.</summary>
internal static class SceneClipWeights
{
    private const double FirstLogScale = 2.3, FirstBias = -2; // scale 10; most sentences are mostly false of most pictures

    /// <summary>Draws first weights: normal, scaled by the inputs of each layer; norms one, biases zero.</summary>
    public static void Draw(ParameterVector parameters, ulong seed)
    {
        for (int index = 0; index < parameters.Shapes.Count; index++)
        {
            ParameterShape shape = parameters.Shapes[index];
            float[] values = new float[shape.Length];
            var rng = Rng.For(seed, "weights", index);
            double deviation = DeviationOf(shape);
            if (deviation > 0)
                for (int i = 0; i < values.Length; i++) values[i] = (float)(deviation * rng.Normal());
            else
                Array.Fill(values, (float)ConstantOf(shape.Name));
            // An unknown word and no word say nothing.
            if (shape.Name == "text.words.weight") values.AsSpan(0, 2 * (int)shape.Shape[1]).Clear();
            parameters.Set(shape.Name, values);
        }
    }

    /// <summary>Permutes the values within each weight.</summary>
    public static void Shuffle(ParameterVector parameters, ulong seed)
    {
        for (int index = 0; index < parameters.Shapes.Count; index++)
        {
            ParameterShape shape = parameters.Shapes[index];
            float[] values = new float[shape.Length], shuffled = new float[shape.Length];
            TensorSpans.Read(parameters[shape.Name], values);
            int[] order = [.. Enumerable.Range(0, values.Length)];
            var rng = Rng.For(seed, "shuffle", index);
            rng.Shuffle(order);
            for (int i = 0; i < values.Length; i++) shuffled[i] = values[order[i]];
            parameters.Set(shape.Name, shuffled);
        }
    }

    private static double DeviationOf(ParameterShape shape)
    {
        if (shape.Shape.Length < 2) return 0;
        long inputs = shape.Length / shape.Shape[0];
        return shape.Name switch
        {
            "text.words.weight" or "text.positions.weight" => 0.5,
            _ when shape.Name.StartsWith("image.", StringComparison.Ordinal)
                && !shape.Name.StartsWith("image.embedding", StringComparison.Ordinal) => Math.Sqrt(2.0 / inputs),
            _ => Math.Sqrt(1.0 / inputs),
        };
    }

    private static double ConstantOf(string name) => name switch
    {
        SceneClip.LogScale => FirstLogScale,
        SceneClip.Bias => FirstBias,
        _ => name.EndsWith("norm.weight", StringComparison.Ordinal) ? 1 : 0,
    };
}
