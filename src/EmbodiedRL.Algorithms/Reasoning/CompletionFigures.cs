using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Losses;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>Statistics of completions and their rewards, under the names that TRL gives them.</summary>
internal static class CompletionFigures
{
    public static void Write(IMetricSink metrics, CompletionBatch batch, ReadOnlySpan<float> rewards)
    {
        int[] lengths = [.. batch.Tokens!.Select(tokens => tokens.Length)];
        Lengths(metrics, "length", lengths);
        if (batch.Truncated is { } truncated)
        {
            int[] terminated = [.. lengths.Where((_, row) => !truncated[row])];
            Lengths(metrics, "terminated_length", terminated.Length > 0 ? terminated : [0]);
            metrics.Write("completions/clipped_ratio", 1 - ((double)terminated.Length / lengths.Length));
        }

        (double deviations, int flat, int groups) = (0, 0, batch.Prompts.Count);
        for (int first = 0; first < rewards.Length; first += batch.Completions)
        {
            ReadOnlySpan<float> group = rewards.Slice(first, batch.Completions);
            deviations += GroupStatistics.Of(group).Deviation;
            if (GroupAdvantages.IsFlat(group)) flat++;
        }

        metrics.Write("reward", GroupStatistics.Of(rewards).Mean);
        metrics.Write("reward_std", deviations / groups);
        metrics.Write("frac_reward_zero_std", (double)flat / groups);
    }

    private static void Lengths(IMetricSink metrics, string name, int[] values)
    {
        metrics.Write($"completions/mean_{name}", values.Average());
        metrics.Write($"completions/min_{name}", values.Min());
        metrics.Write($"completions/max_{name}", values.Max());
    }
}
