using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Simulation.Physics;

/// <content>What pushes: actuators, tendons, forces of the caller's own, and equality constraints.</content>
public sealed unsafe partial class PhysicsView
{
    private readonly ForcePointers _forces;

    /// <summary>qfrc_applied [nv]: forces of the caller's own on the joints, N or Nm; they stay until overwritten.</summary>
    public Span<double> AppliedForces => new(_forces.AppliedToJoints, Model.VelocityCount);

    /// <summary>
    /// Force, N, and torque, Nm, of the caller's own on a body's center of mass, along the world's axes, [6]; they stay until overwritten.
    /// </summary>
    public Span<double> AppliedForce(BodyId body) => new(_forces.AppliedToBodies + (6 * body.Index), 6);

    /// <summary>Adds what a push at a point does to the joints; the state's kinematics must be up to date.</summary>
    /// <param name="body">Which is pushed.</param>
    /// <param name="force">[3], N, along the world's axes.</param>
    /// <param name="torque">[3], Nm.</param>
    /// <param name="point">[3], where in the world, m.</param>
    /// <param name="into">[nv], added to; mostly <see cref="AppliedForces"/>.</param>
    public void AddForce(BodyId body, ReadOnlySpan<double> force, ReadOnlySpan<double> torque,
        ReadOnlySpan<double> point, Span<double> into)
    {
        RequireLength("force", force, 3);
        RequireLength("torque", torque, 3);
        RequireLength("point", point, 3);
        RequireLength("forces on the joints", into, Model.VelocityCount);
        fixed (double* f = force, t = torque, p = point,
            target = into) Functions.ApplyForce(Model.Handle, _handle, f, t, p, body.Index, target);
    }

    /// <summary>An actuator's force, in N or Nm before its gear.</summary>
    public double Force(ActuatorId actuator) => _forces.Actuator[actuator.Output];

    /// <summary>How long an actuator is, in the unit of what it moves.</summary>
    public double Length(ActuatorId actuator) => _forces.ActuatorLength[actuator.Output];

    /// <summary>How fast an actuator's length changes.</summary>
    public double Velocity(ActuatorId actuator) => _forces.ActuatorVelocity[actuator.Output];

    /// <summary>An actuator's own state.</summary>
    /// <exception cref="Core.SpecMismatchException">It has none.</exception>
    public ref double Activation(ActuatorId actuator)
    {
        if (actuator.Activation < 0)
            throw new Core.SpecMismatchException($"activation of actuator {actuator.Index} of {Model.File}",
                "an actuator with a state (dyntype)",
                "one without");
        return ref _act[actuator.Activation];
    }

    /// <summary>How long a tendon is, m (or the sum of its joints' coordinates).</summary>
    public double Length(TendonId tendon) => _forces.TendonLength[tendon.Index];

    /// <summary>How fast a tendon's length changes.</summary>
    public double Velocity(TendonId tendon) => _forces.TendonVelocity[tendon.Index];

    /// <summary>Whether an equality constraint acts.</summary>
    /// <remarks>MuJoCo 2 keeps this in the model, so that all its environments share it; MuJoCo 3 keeps it in the state.</remarks>
    public bool IsActive(EqualityId equality) => Switch(equality) != 0;

    /// <summary>Lets an equality constraint act or not, from the next step on.</summary>
    /// <exception cref="Core.SpecMismatchException">MuJoCo 2 keeps this in the model; use <see cref="MujocoModel.Copy"/> and
    /// <c>eq_active</c> there.</exception>
    public void SetActive(EqualityId equality, bool isActive)
    {
        if (_forces.EqualityInState == null)
            throw new Core.SpecMismatchException($"equality {equality.Index} of {Model.File}",
                "MuJoCo 3, which keeps it in each state",
                $"MuJoCo {MujocoModel.Table.Version}; edit eq_active of Model.Copy() instead");
        Switch(equality) = isActive ? (byte)1 : (byte)0;
    }

    private ref byte Switch(EqualityId equality)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)equality.Index, (uint)Model.Size("neq"));
        if (_forces.EqualityInState != null) return ref _forces.EqualityInState[equality.Index];
        return ref Model.Writable<byte>("eq_active")[equality.Index];
    }

    /// <summary>MuJoCo never moves these arrays of a state.</summary>
    private readonly struct ForcePointers(Struct data)
    {
        public readonly double* AppliedToJoints = data.Pointer<double>("qfrc_applied"),
            AppliedToBodies = data.Pointer<double>("xfrc_applied");
        public readonly double* Accelerations = data.Pointer<double>("qacc");
        public readonly double* Actuator = data.Pointer<double>("actuator_force");
        public readonly double* ActuatorLength = data.Pointer<double>("actuator_length"),
            ActuatorVelocity = data.Pointer<double>("actuator_velocity");
        public readonly double* TendonLength = data.Pointer<double>("ten_length"), TendonVelocity = data.Pointer<double>("ten_velocity");
        public readonly byte* EqualityInState = data.Has("eq_active") ? data.Pointer<byte>("eq_active") : null;
    }
}
