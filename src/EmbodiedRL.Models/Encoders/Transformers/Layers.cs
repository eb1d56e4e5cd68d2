using EmbodiedRL.Models.Tensors;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders.Transformers;

/// <summary>Linear layer: x W' + b. Borrows its weights.</summary>
/// <param name="Weight">[out, in].</param>
/// <param name="Bias">[out]; null for none.</param>
internal readonly record struct Linear(Tensor Weight, Tensor? Bias)
{
    /// <summary>The layer whose weights are <c>name.weight</c> and <c>name.bias</c>.</summary>
    public static Linear Take(NetworkWeights weights, string name, int outputs, int inputs, bool hasBias = true) =>
        new(weights.Take(name + ".weight", outputs, inputs), hasBias ? weights.Take(name + ".bias", outputs) : null);

    /// <summary>[..., in] to [..., out], fresh.</summary>
    public Tensor Apply(Tensor x) => nn.functional.linear(x, Weight, Bias);
}

/// <summary>Layer normalization over the last dimension (Ba et al. 2016, arXiv 1607.06450). Borrows its weights.</summary>
/// <param name="Weight">[width].</param>
/// <param name="Bias">[width].</param>
/// <param name="Epsilon">Added to the variance.</param>
internal readonly record struct LayerNorm(Tensor Weight, Tensor Bias, double Epsilon)
{
    /// <summary>The layer whose weights are <c>name.weight</c> and <c>name.bias</c>.</summary>
    public static LayerNorm Take(NetworkWeights weights, string name, int width, double epsilon) =>
        new(weights.Take(name + ".weight", width), weights.Take(name + ".bias", width), epsilon);

    /// <summary>[..., width] to the same shape, fresh.</summary>
    public Tensor Apply(Tensor x) => nn.functional.layer_norm(x, [Weight.shape[0]], Weight, Bias, Epsilon);
}
