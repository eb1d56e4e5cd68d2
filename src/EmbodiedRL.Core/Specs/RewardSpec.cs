using EmbodiedRL.Core.Batches;
namespace EmbodiedRL.Core.Specs;

/// <summary>The blocks of a <see cref="Batches.TrajectoryBatch"/> that a reward reads.</summary>
[Flags]
public enum BatchFields
{
    /// <summary>Nothing (a constant).</summary>
    None = 0,

    /// <summary>Observations [T, N, O].</summary>
    Observations = 1,

    /// <summary>Actions [T, N, A].</summary>
    Actions = 2,

    /// <summary>States [T, N, S].</summary>
    States = 4,

    /// <summary>Pixels [T, N, H, W, 3].</summary>
    Frames = 8,

    /// <summary>The environment's hand-built reward [T, N].</summary>
    TaskRewards = 16,
}

/// <summary>What a reward is called, what it reads, and the range of what it writes.</summary>
/// <param name="Name">The term's name in settings and logs.</param>
/// <param name="Reads">A run that cannot supply one of these fails when it is composed.</param>
/// <param name="Minimum">Least possible value before transforms.</param>
/// <param name="Maximum">Greatest possible value before transforms.</param>
/// <param name="FrameSize">Side in pixels of the square frames it reads; 0 if it reads none.</param>
public sealed record RewardSpec(
    string Name, BatchFields Reads, float Minimum = float.NegativeInfinity, float Maximum = float.PositiveInfinity, int FrameSize = 0);
