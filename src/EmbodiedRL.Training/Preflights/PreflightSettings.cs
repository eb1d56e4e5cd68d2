using EmbodiedRL.Core;

namespace EmbodiedRL.Training.Preflights;

/// <summary>How much a preflight looks at.</summary>
public sealed record PreflightSettings
{
    /// <summary>Ways to success from the task's own start, and as many from starts over the whole range.</summary>
    [Range(2, 256)]
    public int Paths { get; init; } = 8;

    /// <summary>T, states of a way, both ends among them.</summary>
    [Range(4, 256)]
    public int Frames { get; init; } = 19;

    /// <summary>Episodes of random actions.</summary>
    [Range(1, 256)]
    public int Episodes { get; init; } = 8;

    /// <summary>States of the highest, and of the lowest, reward that are shown.</summary>
    [Range(1, 24)]
    public int Shown { get; init; } = 6;

    /// <summary>Pixels a side of what is shown; rewards get the size that they read.</summary>
    [Range(16, 1024)]
    public int Size { get; init; } = 128;
}
