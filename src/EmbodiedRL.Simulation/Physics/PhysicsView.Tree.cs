namespace EmbodiedRL.Simulation.Physics;

/// <content>What MuJoCo keeps of all bodies together. All but the centers are of the last forward pass or physics
/// step: kinematics leave them alone.</content>
public sealed unsafe partial class PhysicsView
{
    private double* _bodyCenter, _bodyInertia, _bodyVelocity, _bodyForce, _actuatorForce;

    /// <summary>xipos [nbody, 3], m: centers of mass of all bodies, the world first; kinematics compute them anew.</summary>
    public ReadOnlySpan<double> BodyCenters => new(Find(ref _bodyCenter, "xipos"), 3 * Model.BodyCount);

    /// <summary>cinert [nbody, 10], kg m2, kg m and kg: inertias about the body tree's center of mass, the world's first.</summary>
    public ReadOnlySpan<double> BodyInertias => new(Find(ref _bodyInertia, "cinert"), 10 * Model.BodyCount);

    /// <summary>cvel [nbody, 6], rad/s and m/s: velocities about the body tree's center of mass, the world's first.</summary>
    public ReadOnlySpan<double> BodyVelocities => new(Find(ref _bodyVelocity, "cvel"), 6 * Model.BodyCount);

    /// <summary>cfrc_ext [nbody, 6], N m and N: what touches each body, the world's first; see <see cref="UpdateBodyForces"/>.</summary>
    public ReadOnlySpan<double> BodyForces => new(Find(ref _bodyForce, "cfrc_ext"), 6 * Model.BodyCount);

    /// <summary>qfrc_actuator [nv], N or N m: what the actuators do to each degree of freedom.</summary>
    public ReadOnlySpan<double> ActuatorForces => new(Find(ref _actuatorForce, "qfrc_actuator"), Model.VelocityCount);

    /// <summary>MuJoCo never moves these arrays, and looking a name up in every step would cost more than reading them.</summary>
    private double* Find(ref double* known, string name) => known != null ? known : known = Fields.Pointer<double>(name);
}
