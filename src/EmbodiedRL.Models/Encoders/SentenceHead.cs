using EmbodiedRL.Core;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders;

/// <summary>Sentence head: a perceptron from a sentence encoder's vectors to the text vectors of a <see cref="SceneClip"/>.</summary>
/// <remarks>Owns its weights. Not thread-safe.</remarks>
internal sealed class SentenceHead : IDisposable
{
    private const string Hidden = "hidden", Embedding = "embedding";

    /// <summary>Weights drawn from a seed: normal, scaled by the inputs of each layer; biases zero.</summary>
    /// <param name="settings">Sizes.</param>
    /// <param name="seed">Equal seeds give equal weights.</param>
    /// <param name="device">Where they live.</param>
    public SentenceHead(SceneClipMinilmSettings settings, ulong seed, Device device)
    {
        Parameters = new ParameterVector(device,
            new ParameterShape($"{Hidden}.weight", settings.HiddenSize, settings.SentenceSize), new($"{Hidden}.bias", settings.HiddenSize),
            new ParameterShape($"{Embedding}.weight", settings.EmbeddingSize, settings.HiddenSize),
            new ParameterShape($"{Embedding}.bias", settings.EmbeddingSize));
        for (int index = 0; index < Parameters.Shapes.Count; index++)
        {
            ParameterShape shape = Parameters.Shapes[index];
            if (shape.Shape.Length < 2) continue;
            float[] values = new float[shape.Length];
            var rng = Rng.For(seed, "sentence head", index);
            // Sentence vectors have length one, so that their components are about 1 / sqrt(inputs).
            double deviation = index == 0 ? 1 : Math.Sqrt(1.0 / shape.Shape[1]);
            for (int i = 0; i < values.Length; i++) values[i] = (float)(deviation * rng.Normal());
            Parameters.Set(shape.Name, values);
        }
    }

    /// <summary>All weights; lent.</summary>
    public ParameterVector Parameters { get; }

    /// <summary>Maps vectors, with a graph if gradients are on.</summary>
    /// <param name="sentences">float32 [B, E].</param>
    /// <returns>[B, D] of length one, fresh; the caller's scope owns it and everything between.</returns>
    public Tensor Forward(Tensor sentences)
    {
        Tensor x = nn.functional.gelu(Linear(sentences, Hidden));
        return nn.functional.normalize(Linear(x, Embedding), p: 2, dim: 1);
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose() => Parameters.Dispose();

    private Tensor Linear(Tensor x, string name) => nn.functional.linear(x, Parameters[name + ".weight"], Parameters[name + ".bias"]);
}
