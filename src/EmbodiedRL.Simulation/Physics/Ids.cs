namespace EmbodiedRL.Simulation.Physics;

/// <summary>Body of a model; made by <see cref="MujocoModel.Body"/>.</summary>
public readonly record struct BodyId(int Index);

/// <summary>Joint of a model, with the addresses of its coordinates.</summary>
/// <param name="Index">Among joints.</param>
/// <param name="Position">Index of its first coordinate in qpos.</param>
/// <param name="Velocity">Index of its first coordinate in qvel.</param>
public readonly record struct JointId(int Index, int Position, int Velocity);

/// <summary>Geom of a model.</summary>
public readonly record struct GeomId(int Index);

/// <summary>Site of a model.</summary>
public readonly record struct SiteId(int Index);

/// <summary>Camera of a model.</summary>
public readonly record struct CameraId(int Index);

/// <summary>Tendon of a model.</summary>
public readonly record struct TendonId(int Index);

/// <summary>Equality constraint of a model (weld, connect, joint, tendon).</summary>
public readonly record struct EqualityId(int Index);

/// <summary>Sensor of a model.</summary>
/// <param name="Index">Among sensors.</param>
/// <param name="Address">Of its first value in sensordata.</param>
/// <param name="Dimension">How many values it has.</param>
/// <param name="Type">An mjSENS_ constant.</param>
/// <param name="Cutoff">What its values are clipped to; 0: nothing.</param>
public readonly record struct SensorId(int Index, int Address, int Dimension, int Type, double Cutoff);

/// <summary>Actuator of a model.</summary>
/// <param name="Index">Among actuators.</param>
public readonly record struct ActuatorId(int Index)
{
    /// <summary>Index of its (first) control in ctrl.</summary>
    public int Control { get; init; } = Index;

    /// <summary>Index of its (first) force among the actuators' forces.</summary>
    public int Output { get; init; } = Index;

    /// <summary>Index of its (first) activation in act; -1 if it has no state.</summary>
    public int Activation { get; init; } = -1;
}

/// <summary>Mocap body of a model: its pose is set, not simulated.</summary>
/// <param name="Body">The body.</param>
/// <param name="Index">Among mocap bodies.</param>
public readonly record struct MocapId(BodyId Body, int Index);

/// <summary>Keyframe of a model.</summary>
public readonly record struct KeyframeId(int Index);
