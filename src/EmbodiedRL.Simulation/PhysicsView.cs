namespace EmbodiedRL.Simulation;

/// <summary>What a task may touch of one environment's physics.</summary>
public sealed class PhysicsView
{
}
