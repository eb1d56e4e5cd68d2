using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Physics;

public sealed unsafe partial class PhysicsView
{
    /// <summary>
    /// Computes the velocities of bodies (cvel) of the present state, which a physics step leaves as they were
    /// at its start; kinematics must be fresh.
    /// </summary>
    public void UpdateVelocities()
    {
        Functions.CentersOfMass(_model, _data);
        Functions.CenterVelocities(_model, _data);
    }

    /// <summary>
    /// Computes anew what the edited model derives from its masses, in this state's memory; the state itself is to be reset afterwards.
    /// </summary>
    /// <exception cref="Core.EmbodiedException">The engine gave up; carries its word.</exception>
    internal void UpdateConstants() => Call(EngineGuard.SetConstants);
}
