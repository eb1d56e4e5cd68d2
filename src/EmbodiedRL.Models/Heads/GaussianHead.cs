using EmbodiedRL.Core;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Heads;

/// <summary>
/// Diagonal Gaussian action head: outputs are the means; the log standard deviations are learned and independent of the state.
/// </summary>
/// <remarks>log p = sum_i -z_i^2 / 2 - s_i - log(2 pi) / 2 with z = (a - m) / e^s; entropy = sum_i s_i + log(2 pi e) / 2.</remarks>
public sealed class GaussianHead(int actions) : IActionHead
{
    private const float HalfLogTwoPi = 0.918938533204672742f;

    /// <inheritdoc/>
    public int Outputs => actions;

    /// <inheritdoc/>
    public int Actions => actions;

    /// <inheritdoc/>
    public int LogStdCount => actions;

    /// <inheritdoc/>
    public float Sample(ReadOnlySpan<float> outputs, ReadOnlySpan<float> logStd, ref Rng rng, Span<float> action)
    {
        for (int i = 0; i < actions; i++) action[i] = outputs[i] + (MathF.Exp(logStd[i]) * (float)rng.Normal());
        return LogProbability(outputs, logStd, action);
    }

    /// <inheritdoc/>
    public void Mode(ReadOnlySpan<float> outputs, Span<float> action) => outputs.CopyTo(action);

    /// <inheritdoc/>
    public float LogProbability(ReadOnlySpan<float> outputs, ReadOnlySpan<float> logStd, ReadOnlySpan<float> action)
    {
        float sum = 0;
        for (int i = 0; i < actions; i++)
        {
            float z = (action[i] - outputs[i]) * MathF.Exp(-logStd[i]);
            sum -= (0.5f * z * z) + logStd[i] + HalfLogTwoPi;
        }

        return sum;
    }

    /// <inheritdoc/>
    public float Entropy(ReadOnlySpan<float> outputs, ReadOnlySpan<float> logStd)
    {
        float sum = 0;
        for (int i = 0; i < actions; i++) sum += logStd[i] + HalfLogTwoPi + 0.5f;
        return sum;
    }

    /// <inheritdoc/>
    public void Backward(
        ReadOnlySpan<float> outputs, ReadOnlySpan<float> logStd, ReadOnlySpan<float> action,
        float byLogProbability, float byEntropy, Span<float> byOutputs, Span<float> byLogStd)
    {
        for (int i = 0; i < actions; i++)
        {
            float narrow = MathF.Exp(-logStd[i]), z = (action[i] - outputs[i]) * narrow;
            byOutputs[i] = byLogProbability * z * narrow;                       // d log p / d m = z / e^s
            byLogStd[i] += (byLogProbability * ((z * z) - 1)) + byEntropy;      // d log p / d s = z^2 - 1
        }
    }

    /// <inheritdoc/>
    public Tensor LogProbability(Tensor outputs, Tensor logStd, Tensor actions)
    {
        Tensor z = (actions - outputs) * logStd.neg().exp();
        return ((z.square() * -0.5) - logStd - HalfLogTwoPi).sum(dim: -1);
    }

    /// <inheritdoc/>
    public Tensor Entropy(Tensor outputs, Tensor logStd) => (logStd + (HalfLogTwoPi + 0.5f)).expand_as(outputs).sum(dim: -1);

    /// <inheritdoc/>
    public Tensor Sample(Tensor outputs, Tensor logStd, ref Rng rng)
    {
        float[] noise = new float[outputs.numel()];
        for (int i = 0; i < noise.Length; i++) noise[i] = (float)rng.Normal();
        return outputs + (logStd.exp() * tensor(noise).view(outputs.shape).to(outputs.device));
    }
}
