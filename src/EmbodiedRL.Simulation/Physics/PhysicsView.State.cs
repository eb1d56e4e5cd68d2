using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Physics;

/// <content>The whole state as one vector: what was saved goes on bit for bit when it is brought back.</content>
public sealed unsafe partial class PhysicsView
{
    /// <summary>How many numbers <see cref="SaveState(Span{double})"/> writes.</summary>
    public int StateLength => PhysicsState.LengthOf(this);

    /// <summary>
    /// Writes everything that a later step depends on: time, positions, velocities, activations, controls, applied forces, mocap poses,
    /// user data, and the warm start of the solver, without which bodies in contact would go on otherwise.
    /// </summary>
    /// <param name="into">[<see cref="StateLength"/>].</param>
    public void SaveState(Span<double> into)
    {
        RequireLength("state", into, StateLength);
        PhysicsState.Write(this, into);
    }

    /// <summary>Writes everything that a later step depends on into an array of its own.</summary>
    public double[] SaveState()
    {
        double[] state = new double[StateLength];
        SaveState(state);
        return state;
    }

    /// <summary>
    /// Brings back what <see cref="SaveState(Span{double})"/> wrote, from this state or another one of
    /// the same model; kinematics are computed.
    /// </summary>
    /// <param name="state">[<see cref="StateLength"/>].</param>
    public void RestoreState(ReadOnlySpan<double> state)
    {
        RequireLength("state", state, StateLength);
        PhysicsState.Read(this, state);
        UpdateKinematics();
    }

    /// <summary>
    /// The first half of a step: everything that does not depend on controls and applied forces, which may then be chosen in its light.
    /// </summary>
    public void StepBeforeControls() => Call(EngineGuard.StepBeforeControls);

    /// <summary>The second half of a step, after <see cref="StepBeforeControls"/>; always by Euler's method.</summary>
    /// <returns>False if the state went bad (not finite, or too large) and MuJoCo reset it.</returns>
    public bool StepAfterControls()
    {
        Call(EngineGuard.StepAfterControls);
        return !IsBad();
    }
}
