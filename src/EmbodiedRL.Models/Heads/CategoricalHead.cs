using EmbodiedRL.Core;
using EmbodiedRL.Models.Tensors;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Heads;

/// <summary>Categorical action head: outputs are unnormalized log-probabilities, the action is the index of the choice.</summary>
/// <remarks>p = softmax(y); d log p_a / d y_k = [k = a] - p_k; d H / d y_k = -p_k (log p_k + H).</remarks>
public sealed class CategoricalHead(int choices) : IActionHead
{
    /// <inheritdoc/>
    public int Outputs => choices;

    /// <summary>1: the number of the choice.</summary>
    public int Actions => 1;

    /// <summary>0.</summary>
    public int LogStdCount => 0;

    /// <inheritdoc/>
    public float Sample(ReadOnlySpan<float> outputs, ReadOnlySpan<float> logStd, ref Rng rng, Span<float> action)
    {
        float normalizer = LogSumExp(outputs);
        double left = rng.NextDouble();
        int chosen = 0;
        while (chosen < choices - 1 && (left -= Math.Exp(outputs[chosen] - normalizer)) >= 0) chosen++;
        action[0] = chosen;
        return outputs[chosen] - normalizer;
    }

    /// <inheritdoc/>
    public void Mode(ReadOnlySpan<float> outputs, Span<float> action)
    {
        int best = 0;
        for (int k = 1; k < choices; k++)
            if (outputs[k] > outputs[best]) best = k;
        action[0] = best;
    }

    /// <inheritdoc/>
    public float LogProbability(ReadOnlySpan<float> outputs, ReadOnlySpan<float> logStd, ReadOnlySpan<float> action) =>
        outputs[(int)action[0]] - LogSumExp(outputs);

    /// <inheritdoc/>
    public float Entropy(ReadOnlySpan<float> outputs, ReadOnlySpan<float> logStd)
    {
        float normalizer = LogSumExp(outputs), sum = 0;
        for (int k = 0; k < choices; k++) sum -= MathF.Exp(outputs[k] - normalizer) * (outputs[k] - normalizer);
        return sum;
    }

    /// <inheritdoc/>
    public void Backward(
        ReadOnlySpan<float> outputs, ReadOnlySpan<float> logStd, ReadOnlySpan<float> action,
        float byLogProbability, float byEntropy, Span<float> byOutputs, Span<float> byLogStd)
    {
        float normalizer = LogSumExp(outputs), entropy = byEntropy == 0 ? 0 : Entropy(outputs, logStd);
        int chosen = (int)action[0];
        for (int k = 0; k < choices; k++)
        {
            float logP = outputs[k] - normalizer, p = MathF.Exp(logP);
            byOutputs[k] = (byLogProbability * ((k == chosen ? 1 : 0) - p)) - (byEntropy * p * (logP + entropy));
        }
    }

    /// <inheritdoc/>
    public Tensor LogProbability(Tensor outputs, Tensor logStd, Tensor actions) =>
        nn.functional.log_softmax(outputs, dim: -1).gather(-1, actions.to(ScalarType.Int64)).squeeze(-1);

    /// <inheritdoc/>
    public Tensor Entropy(Tensor outputs, Tensor logStd)
    {
        Tensor logP = nn.functional.log_softmax(outputs, dim: -1);
        return (logP.exp() * logP).sum(dim: -1).neg();
    }

    /// <inheritdoc/>
    public Tensor Sample(Tensor outputs, Tensor logStd, ref Rng rng)
    {
        float[] rows = new float[outputs.numel()], chosen = new float[rows.Length / choices];
        TensorSpans.Read(outputs.detach().contiguous(), rows);
        for (int row = 0; row < chosen.Length; row++) Sample(rows.AsSpan(row * choices, choices), [], ref rng, chosen.AsSpan(row, 1));
        return tensor(chosen).unsqueeze(-1).to(outputs.device);
    }

    private static float LogSumExp(ReadOnlySpan<float> outputs)
    {
        float largest = float.NegativeInfinity, sum = 0;
        foreach (float output in outputs) largest = MathF.Max(largest, output);
        foreach (float output in outputs) sum += MathF.Exp(output - largest);
        return largest + MathF.Log(sum);
    }
}
