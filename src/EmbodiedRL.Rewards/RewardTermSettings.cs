using EmbodiedRL.Core;

namespace EmbodiedRL.Rewards;

/// <summary>One named term of a reward: source, transforms, weight.</summary>
public sealed record RewardTermSettings
{
    /// <summary>Unique within the reward; names its metrics, <c>reward/NAME/...</c>.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Name { get; init; } = "";

    /// <summary>Which source scores: <c>goal-baseline</c>, <c>task</c> or <c>program</c>.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Source { get; init; } = "";

    /// <summary>For <c>goal-baseline</c>: the image-text model.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Model { get; init; } = "scene-clip";

    /// <summary>For <c>goal-baseline</c>: strength of the regularization in [0, 1] (the paper's examples use 0.5).</summary>
    [Range(0, 1)]
    public float Alpha { get; init; } = 0.5f;

    /// <summary>For <c>goal-baseline</c>: sentences for the goal, averaged; empty takes the run's.</summary>
    [Length(0, 1000)]
    public string[] Prompts { get; init; } = [];

    /// <summary>For <c>goal-baseline</c>: sentences for what is always seen, averaged; empty takes the run's.</summary>
    [Length(0, 1000)]
    public string[] Baselines { get; init; } = [];

    /// <summary>For <c>program</c>: the file that holds the formula, relative to the settings file.</summary>
    [Length(0, LengthAttribute.Path)]
    public string File { get; init; } = "";

    /// <summary>Applied to the scores in this order.</summary>
    [Length(0, 32)]
    public TransformSettings[] Transforms { get; init; } = [];

    /// <summary>Factor of the transformed scores in the join.</summary>
    [Range(-1e9, 1e9)]
    public float Weight { get; init; } = 1;
}
