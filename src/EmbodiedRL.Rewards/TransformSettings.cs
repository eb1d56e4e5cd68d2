using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Rewards;

/// <summary>
/// Settings of a transform of a term's scores: <c>"standardize"</c>, or <c>{ "name": "clip", "minimum": -1, "maximum": 1 }</c>.
/// </summary>
[Shorthand(nameof(Name))]
public sealed record TransformSettings
{
    /// <summary>Which transform.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Name { get; init; } = "";

    /// <summary>The transform's own options; null takes its defaults.</summary>
    [OptionsOf(PartKinds.RewardTransform, nameof(Name))]
    public Options? Options { get; init; }
}
