using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>Options of <see cref="WindowedReinforce"/>.</summary>
public sealed record WindowedReinforceOptions : Options
{
    /// <summary>Steps of a window, k.</summary>
    [Range(1, 4096)]
    public int Window { get; init; } = 5;

    /// <summary>Steps between two windows, s.</summary>
    [Range(1, 4096)]
    public int Stride { get; init; } = 2;

    /// <summary>Share of the policy gradient; the rest is cross-entropy.</summary>
    [Range(0, 1)]
    public double Lambda { get; init; } = 0.5;
}

/// <summary>Pseudo-convolutional policy gradient: REINFORCE on rewards and log-probabilities averaged over windows of time.</summary>
/// <remarks>
/// <para>Loss = (1 - lambda) cross-entropy + lambda mean over windows of -(mean reward - baseline) (mean log-probability). One step a
/// window (k = s = 1) is plain REINFORCE.</para>
/// <para>The reward of a step is the drop in edit distance that it brings, so that rewards of a sequence add up to 1 - error rate.</para>
/// <para>Windows lie within the real tokens of a row: the last one ends with the last token, and a row that is shorter than a window is one
/// window. The per-step split of the reward, k, s and lambda are this project's choices; the paper leaves them open.</para>
/// </remarks>
[Paper("2003.03983", "Pseudo-Convolutional Policy Gradient for Sequence-to-Sequence Lip-Reading", Year = 2020, Method = "S14")]
public static class WindowedReinforce
{
    /// <summary>The loss.</summary>
    /// <param name="logProbabilities">[B, T], of sampled tokens, differentiable.</param>
    /// <param name="rewards">[B, T], of each step.</param>
    /// <param name="lengths">[B], real tokens of each row, from its beginning.</param>
    /// <param name="baseline">Broadcast to [B, windows], e.g. a scalar or [B, 1].</param>
    /// <param name="crossEntropy">Of the reference sequences, a scalar; null leaves it out.</param>
    /// <param name="options">Checked.</param>
    /// <returns>A scalar of the caller's dispose scope.</returns>
    /// <exception cref="SpecMismatchException">Shapes differ.</exception>
    public static Tensor Loss(Tensor logProbabilities, Tensor rewards, ReadOnlySpan<int> lengths, Tensor baseline, Tensor? crossEntropy,
        WindowedReinforceOptions options)
    {
        SpecMismatchException.ThrowIfLength("lengths", lengths.Length, (int)logProbabilities.shape[0]);
        SpecMismatchException.ThrowIfLength("rewards of steps", (int)rewards.shape[1], (int)logProbabilities.shape[1]);
        using DisposeScope scope = NewDisposeScope();
        (Tensor averaging, Tensor real, int count) = Windows(lengths, logProbabilities, options);
        Tensor Averaged(Tensor steps) => averaging.bmm(steps.unsqueeze(2)).squeeze(2);
        Tensor gradient = -((Averaged(rewards) - baseline) * Averaged(logProbabilities) * real).sum() / Math.Max(1, count);
        Tensor loss = crossEntropy is null
            ? gradient * options.Lambda
            : (crossEntropy * (1 - options.Lambda)) + (gradient * options.Lambda);
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>Rewards of steps: how much nearer each token brings a sequence to the reference, as a share of the reference.</summary>
    /// <param name="sampled">Tokens.</param>
    /// <param name="reference">Tokens, at least one.</param>
    /// <returns>[sampled]; the sum is 1 less the error rate.</returns>
    public static double[] StepRewards(ReadOnlySpan<int> sampled, ReadOnlySpan<int> reference)
    {
        ArgumentOutOfRangeException.ThrowIfZero(reference.Length);
        int[] row = [.. Enumerable.Range(0, reference.Length + 1)];
        double[] rewards = new double[sampled.Length];
        for (int i = 0; i < sampled.Length; i++)
        {
            int before = row[^1], corner = row[0];
            row[0] = i + 1;
            for (int j = 1; j < row.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, corner + (sampled[i] == reference[j - 1] ? 0 : 1));
                corner = above;
            }

            rewards[i] = (double)(before - row[^1]) / reference.Length;
        }

        return rewards;
    }

    /// <summary>Weights [B, windows, T] that average steps, and which windows are real [B, windows].</summary>
    private static (Tensor Averaging, Tensor Real, int Count) Windows(
        ReadOnlySpan<int> lengths, Tensor like, WindowedReinforceOptions options)
    {
        int steps = (int)like.shape[1], most = 1, count = 0;
        foreach (int length in lengths) most = Math.Max(most, Ends(length, options).Count);
        double[] weights = new double[lengths.Length * most * steps], real = new double[lengths.Length * most];
        for (int row = 0; row < lengths.Length; row++)
        {
            List<int> ends = Ends(lengths[row], options);
            count += ends.Count;
            for (int w = 0; w < ends.Count; w++)
            {
                int window = Math.Min(options.Window, lengths[row]), at = ((row * most) + w) * steps;
                real[(row * most) + w] = 1;
                weights.AsSpan(at + ends[w] - window, window).Fill(1.0 / window);
            }
        }

        return (tensor(weights, [lengths.Length, most, steps], like.dtype, like.device),
            tensor(real, [lengths.Length, most], like.dtype, like.device), count);
    }

    /// <summary>Where windows of a row end, one past their last step.</summary>
    private static List<int> Ends(int length, WindowedReinforceOptions options)
    {
        List<int> ends = [];
        if (length == 0) return ends;
        for (int end = Math.Min(options.Window, length); end <= length; end += options.Stride) ends.Add(end);
        if (ends[^1] < length) ends.Add(length);
        return ends;
    }
}
