using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Simulation.Tasks;

/// <summary>
/// Task: observation, state, reward and termination over a physics. One object serves one environment, on one thread at a time.
/// </summary>
/// <remarks>
/// A task keeps no state of its own between steps: whatever a later step depends on lives in the physics
/// (joints, mocap bodies, user data), so that saving the physics saves the episode.
/// </remarks>
public interface ITask
{
    /// <summary>Description of the task, known without stepping.</summary>
    TaskInfo Info { get; }

    /// <summary>Begins an episode; the model's default state is already set, and kinematics are computed afterwards.</summary>
    void Start(PhysicsView physics, StartDistribution start, ref Rng rng);

    /// <summary>Sets the body to a sampled state, for rendering; the same preparations as for <see cref="Start"/>.</summary>
    void Place(PhysicsView physics, StateSource source, ref Rng rng);

    /// <summary>Writes the controls.</summary>
    /// <param name="physics">Where to.</param>
    /// <param name="action">[A], finite and within bounds.</param>
    void Act(PhysicsView physics, ReadOnlySpan<float> action);

    /// <summary>
    /// Called right after the physics steps of a control step, before kinematics are computed anew: here derived quantities are still those
    /// of the last physics step, and what the reward reads of them may be noted in user data.
    /// </summary>
    void AfterSteps(PhysicsView physics)
    {
    }

    /// <summary>Writes what the agent sees.</summary>
    void Observe(PhysicsView physics, Span<float> observation);

    /// <summary>Writes what rewards, facts and measures read.</summary>
    void ReadState(PhysicsView physics, Span<float> state);

    /// <summary>Writes the terms of the hand-built reward of one control step; the reward is their sum.</summary>
    /// <param name="physics">The state reached by the action.</param>
    /// <param name="state">[S], what <see cref="ReadState"/> wrote of it.</param>
    /// <param name="action">[A].</param>
    /// <param name="terms">[R], as <see cref="TaskInfo.RewardTerms"/> names them; overwritten in full.</param>
    void Reward(PhysicsView physics, ReadOnlySpan<float> state, ReadOnlySpan<float> action, Span<double> terms);

    /// <summary>Whether the task is over in this state (terminated, not out of time).</summary>
    /// <param name="physics">The state reached.</param>
    /// <param name="state">[S], what <see cref="ReadState"/> wrote of it.</param>
    bool IsOver(PhysicsView physics, ReadOnlySpan<float> state) => false;
}
