using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Rewards;

/// <summary>
/// Settings of a whole reward: terms and their combinator. They are saved with a run, and so is how a run's reward is reproduced.
/// </summary>
public sealed record RewardStackSettings
{
    /// <summary>How terms are joined; <c>sum</c> adds weight times score.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Combine { get; init; } = "sum";

    /// <summary>The combinator's own options; null takes its defaults.</summary>
    [OptionsOf(PartKinds.RewardCombinator, nameof(Combine))]
    public Options? Options { get; init; }

    /// <summary>Where the models that rewards ask live; empty takes the run's <c>device</c>.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Device { get; init; } = "";

    /// <summary>
    /// What image-text models compute in: <c>auto</c> (bfloat16 where the machine multiplies it faster), <c>fp32</c> or <c>bf16</c>.
    /// </summary>
    [Length(1, LengthAttribute.Name)]
    public string Precision { get; init; } = "auto";

    /// <summary>At least one.</summary>
    [Length(0, 64)]
    public RewardTermSettings[] Terms { get; init; } = [];
}
