using EmbodiedRL.Core;
using EmbodiedRL.Core.Registry;

namespace EmbodiedRL.Training.Settings;

/// <summary>Settings of a wrapper around the environment: <c>"scale-action"</c>, or <c>{ "name": "frame-stack", "count": 3 }</c>.</summary>
[Shorthand(nameof(Name))]
public sealed record WrapperSettings
{
    /// <summary>Which wrapper.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Name { get; init; } = "";

    /// <summary>The wrapper's own options; null takes its defaults.</summary>
    [OptionsOf(PartKinds.Wrapper, nameof(Name))]
    public Options? Options { get; init; }
}
