using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Training.Reasoning;

/// <summary>How a <see cref="CompletionSource"/> samples.</summary>
public sealed record CompletionSourceOptions : Options
{
    /// <summary>Prompts of a batch, B.</summary>
    [Range(1, 65_536)]
    public int Prompts { get; init; } = 8;

    /// <summary>Completions of each prompt, G.</summary>
    [Range(1, 4096)]
    public int Completions { get; init; } = 8;

    /// <summary>The most tokens of a completion.</summary>
    [Range(1, 1 << 20)]
    public int MaximumTokens { get; init; } = 256;

    /// <summary>Logits are divided by it.</summary>
    [Range(0, 100, IsAboveLeast = true)]
    public double Temperature { get; init; } = 1;

    /// <summary>
    /// How often prompts whose completions all earn the same are replaced by others, as they teach nothing (DAPO's dynamic sampling);
    /// 0 is off.
    /// </summary>
    [Range(0, 100)]
    public int Resamples { get; init; }
}
