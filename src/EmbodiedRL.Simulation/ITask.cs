using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;

namespace EmbodiedRL.Simulation;

/// <summary>What a body is to do, as prose over its physics. One object serves one environment, on one thread at a time.</summary>
/// <remarks>
/// A task keeps no state of its own between steps: whatever a later step depends on lives in the physics
/// (joints, mocap bodies, user data), so that saving the physics saves the episode.
/// </remarks>
public interface ITask
{
    /// <summary>Everything that can be said without stepping.</summary>
    TaskInfo Info { get; }

    /// <summary>Begins an episode; the model's default state is already set, and kinematics are computed afterwards.</summary>
    void Start(PhysicsView physics, StartDistribution start, ref Rng rng);

    /// <summary>Puts the body into a drawn state, to be looked at; the same preparations as for <see cref="Start"/>.</summary>
    void Place(PhysicsView physics, StateSource source, ref Rng rng);

    /// <summary>Writes the controls.</summary>
    /// <param name="physics">Where to.</param>
    /// <param name="action">[A], finite and within bounds.</param>
    void Act(PhysicsView physics, ReadOnlySpan<float> action);

    /// <summary>Writes what the agent sees.</summary>
    void Observe(PhysicsView physics, Span<float> observation);

    /// <summary>Writes what rewards, facts and measures read.</summary>
    void ReadState(PhysicsView physics, Span<float> state);

    /// <summary>The hand-built reward of one control step.</summary>
    /// <param name="state">[S], reached by the action.</param>
    /// <param name="action">[A].</param>
    float Reward(ReadOnlySpan<float> state, ReadOnlySpan<float> action);

    /// <summary>Whether the task is over in this state (terminated, not out of time).</summary>
    bool IsOver(ReadOnlySpan<float> state) => false;
}
