using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Settings;

/// <summary>A wrapper around the environment: <c>"scale-action"</c>, or <c>{ "name": "frame-stack", "args": { "count": 3 } }</c>.</summary>
public sealed record WrapperSettings
{
    /// <summary>Its name in the catalog.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Name { get; init; } = "";

    /// <summary>Its arguments by name; empty takes the defaults.</summary>
    [Length(0, 64)]
    public Dictionary<string, float> Args { get; init; } = [];
}
