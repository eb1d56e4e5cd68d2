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
    /// Text up to which the completions of a prompt are one: it is drawn once, read as part of the prompt, and not learned from, so that
    /// they are compared by what differs alone. A prompt whose completion ends before it is answered anew each time. Empty shares nothing.
    /// </summary>
    [Length(0, LengthAttribute.Name)]
    public string SharedUntil { get; init; } = "";

    /// <summary>
    /// How often prompts whose completions all earn the same are replaced by others, as they teach nothing (DAPO's dynamic sampling);
    /// 0 is off.
    /// </summary>
    [Range(0, 100)]
    public int Resamples { get; init; }
}
