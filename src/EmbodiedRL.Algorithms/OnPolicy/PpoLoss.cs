using EmbodiedRL.Models.Heads;

namespace EmbodiedRL.Algorithms.OnPolicy;

/// <summary>One minibatch as the loss sees it; B rows.</summary>
internal readonly ref struct PpoMinibatch
{
    /// <summary>[B, outputs], the actor's outputs now.</summary>
    public required ReadOnlySpan<float> Outputs { get; init; }

    /// <summary>[A] or empty, the log deviations now.</summary>
    public required ReadOnlySpan<float> LogStd { get; init; }

    /// <summary>[B], the critic's values now.</summary>
    public required ReadOnlySpan<float> Values { get; init; }

    /// <summary>[B, A], as drawn.</summary>
    public required ReadOnlySpan<float> Actions { get; init; }

    /// <summary>[B], when they were drawn.</summary>
    public required ReadOnlySpan<float> OldLogProbabilities { get; init; }

    /// <summary>[B], when they were drawn.</summary>
    public required ReadOnlySpan<float> OldValues { get; init; }

    /// <summary>[B], whitened if so set.</summary>
    public required ReadOnlySpan<float> Advantages { get; init; }

    /// <summary>[B], the critic's targets.</summary>
    public required ReadOnlySpan<float> Returns { get; init; }
}

/// <summary>Where the derivatives of the loss go.</summary>
internal readonly ref struct PpoDerivatives
{
    /// <summary>[B, outputs], overwritten.</summary>
    public required Span<float> ByOutputs { get; init; }

    /// <summary>[B], overwritten.</summary>
    public required Span<float> ByValues { get; init; }

    /// <summary>[A] or empty, overwritten.</summary>
    public required Span<float> ByLogStd { get; init; }
}

/// <summary>Means over a minibatch.</summary>
internal record struct PpoLossTerms(double Policy, double Value, double Entropy, double Kl, double ClipFraction)
{
    public static PpoLossTerms operator +(PpoLossTerms left, PpoLossTerms right) => new(left.Policy + right.Policy,
        left.Value + right.Value,
        left.Entropy + right.Entropy, left.Kl + right.Kl, left.ClipFraction + right.ClipFraction);
}

/// <summary>The clipped surrogate loss and its derivatives.</summary>
/// <remarks>
/// With r = exp(log p - old log p): loss = mean(-min(r A, clip(r, 1 - c, 1 + c) A)) + value coefficient * mean((v - R)^2) - entropy
/// coefficient * mean(H) (eq. 7 and 9 of the paper). With a value clip k the squared error is the larger of v's and of old v + clip(v - old
/// v, -k, k)'s. KL is estimated by mean(r - 1 - log r).
/// </remarks>
internal static class PpoLoss
{
    public static PpoLossTerms Compute(in PpoMinibatch batch, IActionHead head, PpoOptions settings, PpoDerivatives derivatives)
    {
        int rows = batch.Values.Length, width = head.Outputs, length = head.Actions;
        float share = 1f / rows, low = 1 - settings.Clip, high = 1 + settings.Clip;
        double policy = 0, value = 0, entropy = 0, kl = 0, clipped = 0;
        derivatives.ByLogStd.Clear();
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<float> outputs = batch.Outputs.Slice(i * width, width), action = batch.Actions.Slice(i * length, length);
            float logRatio = head.LogProbability(outputs, batch.LogStd, action) - batch.OldLogProbabilities[i];
            float ratio = MathF.Exp(logRatio), advantage = batch.Advantages[i];
            float free = ratio * advantage, bounded = Math.Clamp(ratio, low, high) * advantage;
            policy -= Math.Min(free, bounded);
            kl += ratio - 1 - logRatio;
            if (ratio < low || ratio > high) clipped++;
            entropy += head.Entropy(outputs, batch.LogStd);

            float byLogProbability = free <= bounded ? -free * share : 0;       // d r / d log p = r; where the bound holds, nothing moves
            head.Backward(outputs, batch.LogStd, action, byLogProbability, -settings.Entropy * share,
                derivatives.ByOutputs.Slice(i * width, width), derivatives.ByLogStd);
            (float squared, float slope) = ValueError(batch.Values[i], batch.OldValues[i], batch.Returns[i], settings.ValueClip);
            value += squared;
            derivatives.ByValues[i] = settings.ValueCoefficient * slope * share;
        }

        return new(policy / rows, value / rows, entropy / rows, kl / rows, clipped / rows);
    }

    private static (float Squared, float Slope) ValueError(float value, float old, float target, float clip)
    {
        float error = value - target, squared = error * error;
        if (clip <= 0) return (squared, 2 * error);
        // where nothing is cut off both errors are one: their rounding must not decide whether the value learns
        if (Math.Abs(value - old) <= clip) return (squared, 2 * error);
        float bounded = old + Math.Clamp(value - old, -clip, clip) - target;
        return bounded * bounded > squared ? (bounded * bounded, 0) : (squared, 2 * error);
    }
}
