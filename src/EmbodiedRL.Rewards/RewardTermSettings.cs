using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Rewards.Shaping;

namespace EmbodiedRL.Rewards;

/// <summary>Settings of one reward term: source, transforms, weight.</summary>
public sealed record RewardTermSettings
{
    /// <summary>Unique within the reward; names its metrics, <c>reward/NAME/...</c>.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Name { get; init; } = "";

    /// <summary>Which source scores.</summary>
    [Length(0, LengthAttribute.Name)]
    public string Source { get; init; } = "";

    /// <summary>The source's own options; null takes its defaults.</summary>
    [OptionsOf(PartKinds.RewardSource, nameof(Source))]
    public Options? Options { get; init; }

    /// <summary>Applied to the scores in this order.</summary>
    [Length(0, 32)]
    public TransformSettings[] Transforms { get; init; } = [];

    /// <summary>A student that learns the source's scores while the run goes on and stands in where it is sure.</summary>
    public DistillSettings Distill { get; init; } = new();

    /// <summary>Factor of the transformed scores in the join.</summary>
    [Range(-1e9, 1e9)]
    public float Weight { get; init; } = 1;

    /// <summary>How the weight follows the run's progress, e.g. fades out.</summary>
    public WeightSchedule Schedule { get; init; } = new();
}
