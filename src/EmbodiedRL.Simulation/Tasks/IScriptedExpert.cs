using System.Collections.Immutable;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tasks;

/// <summary>Scripted expert of a task: a controller over the physics, without learning. Implement it beside <see cref="ITask"/>.</summary>
/// <remarks>Like a task it keeps no state between steps, so that what it does depends on the state alone.</remarks>
public interface IScriptedExpert
{
    /// <summary>The success measures that it can bring about, the plainest first.</summary>
    ImmutableArray<string> Skills { get; }

    /// <summary>Chooses the next action.</summary>
    /// <param name="physics">The present state, kinematics computed; to be left as it is.</param>
    /// <param name="skill">Index into <see cref="Skills"/>.</param>
    /// <param name="action">[A], overwritten; clipped to bounds by the environment.</param>
    void Demonstrate(PhysicsView physics, int skill, Span<float> action);
}
