using EmbodiedRL.Core;
using EmbodiedRL.Training.Auditing.RedTeam;

namespace EmbodiedRL.Training.Auditing;

/// <summary>How much an audit looks at.</summary>
public sealed record AuditSettings
{
    /// <summary>Trajectories of each kind.</summary>
    [Range(2, 256)]
    public int Episodes { get; init; } = 8;

    /// <summary>T, frames of each trajectory.</summary>
    [Range(4, 256)]
    public int Frames { get; init; } = 16;

    /// <summary>Pixels a side of the videos; rewards get the size that they read.</summary>
    [Range(16, 1024)]
    public int Size { get; init; } = 128;

    /// <summary>Of all draws.</summary>
    [Range(0, ulong.MaxValue)]
    public ulong Seed { get; init; } = 1;

    /// <summary>How frauds are looked for.</summary>
    public RedTeamSettings RedTeam { get; init; } = new();
}
