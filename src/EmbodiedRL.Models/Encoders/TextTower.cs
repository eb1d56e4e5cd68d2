using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders;

/// <summary>
/// Text encoder: sentences to unit vectors by word and position embeddings, transformer blocks, the mean over words, and an embedding.
/// </summary>
/// <remarks>Blocks normalize before they attend (Xiong et al. 2020, arXiv 2002.04745). Borrows its weights.</remarks>
internal sealed class TextTower(ParameterVector parameters, SceneClipSettings settings)
{
    private const int Widening = 2;

    /// <summary>The weights it needs.</summary>
    /// <param name="settings">Sizes.</param>
    /// <param name="vocabulary">V, how many words there are.</param>
    public static IEnumerable<ParameterShape> Shapes(SceneClipSettings settings, int vocabulary)
    {
        int width = settings.TextWidth;
        yield return new ParameterShape("text.words.weight", vocabulary, width);
        yield return new ParameterShape("text.positions.weight", settings.MaximumWords, width);
        for (int layer = 0; layer < settings.TextLayers; layer++)
        {
            string block = $"text.blocks.{layer}.";
            foreach (ParameterShape shape in Norm(block + "attention_norm", width)) yield return shape;
            foreach (ParameterShape shape in Linear(block + "attention_in", 3 * width, width)) yield return shape;
            foreach (ParameterShape shape in Linear(block + "attention_out", width, width)) yield return shape;
            foreach (ParameterShape shape in Norm(block + "hidden_norm", width)) yield return shape;
            foreach (ParameterShape shape in Linear(block + "hidden_in", Widening * width, width)) yield return shape;
            foreach (ParameterShape shape in Linear(block + "hidden_out", width, Widening * width)) yield return shape;
        }

        foreach (ParameterShape shape in Norm("text.norm", width)) yield return shape;
        foreach (ParameterShape shape in Linear("text.embedding", settings.EmbeddingSize, width)) yield return shape;
    }

    /// <summary>Embeds sentences.</summary>
    /// <param name="words">int64 [B, L], padded at the end.</param>
    /// <returns>[B, D] of length one, fresh; the caller's scope owns it and everything between.</returns>
    public Tensor Forward(Tensor words)
    {
        (long batch, long length) = (words.shape[0], words.shape[1]);
        Tensor padding = words.eq(SubwordTokenizer.Padding);
        Tensor x = parameters["text.words.weight"].index_select(0, words.flatten()).view(batch, length, settings.TextWidth);
        x = x + parameters["text.positions.weight"].narrow(0, 0, length);
        for (int layer = 0; layer < settings.TextLayers; layer++)
        {
            string block = $"text.blocks.{layer}.";
            x = x + Linear(Attend(Linear(Norm(x, block + "attention_norm"), block + "attention_in"), padding), block + "attention_out");
            x = x + Linear(nn.functional.gelu(Linear(Norm(x, block + "hidden_norm"), block + "hidden_in")), block + "hidden_out");
        }

        Tensor said = padding.logical_not().to(x.dtype).unsqueeze(2);
        x = (Norm(x, "text.norm") * said).sum(1) / said.sum(1);
        return nn.functional.normalize(Linear(x, "text.embedding"), p: 2, dim: 1);
    }

    /// <summary>softmax(q k' / sqrt d) v for each head, over the words that are there.</summary>
    private Tensor Attend(Tensor joined, Tensor padding)
    {
        (long batch, long length) = (joined.shape[0], joined.shape[1]);
        int heads = settings.TextHeads, size = settings.TextWidth / heads;
        Tensor[] parts = joined.view(batch, length, 3, heads, size).permute(2, 0, 3, 1, 4).unbind(0); // each [B, heads, L, size]
        Tensor scores = parts[0].matmul(parts[1].transpose(2, 3)) / Math.Sqrt(size);
        scores = scores.masked_fill(padding.view(batch, 1, 1, length), double.NegativeInfinity);
        return scores.softmax(3).matmul(parts[2]).transpose(1, 2).reshape(batch, length, settings.TextWidth);
    }

    private Tensor Linear(Tensor x, string name) => nn.functional.linear(x, parameters[name + ".weight"], parameters[name + ".bias"]);

    private Tensor Norm(Tensor x, string name) =>
        nn.functional.layer_norm(x, [settings.TextWidth], parameters[name + ".weight"], parameters[name + ".bias"], 1e-5);

    private static ParameterShape[] Linear(string name, int outputs, int inputs) =>
        [new(name + ".weight", outputs, inputs), new(name + ".bias", outputs)];

    private static ParameterShape[] Norm(string name, int width) => [new(name + ".weight", width), new(name + ".bias", width)];
}
