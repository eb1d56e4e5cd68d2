namespace EmbodiedRL.Simulation;

/// <summary>A body of a model; made by <see cref="Model.Body"/>.</summary>
public readonly record struct BodyId(int Index);

/// <summary>A joint of a model, with where its coordinates begin.</summary>
/// <param name="Index">Among joints.</param>
/// <param name="Position">Index of its first coordinate in qpos.</param>
/// <param name="Velocity">Index of its first coordinate in qvel.</param>
public readonly record struct JointId(int Index, int Position, int Velocity);

/// <summary>A geom of a model.</summary>
public readonly record struct GeomId(int Index);

/// <summary>A site of a model.</summary>
public readonly record struct SiteId(int Index);

/// <summary>An actuator of a model.</summary>
public readonly record struct ActuatorId(int Index);

/// <summary>A mocap body of a model: one that is placed, not simulated.</summary>
/// <param name="Body">The body.</param>
/// <param name="Index">Among mocap bodies.</param>
public readonly record struct MocapId(BodyId Body, int Index);

/// <summary>A keyframe of a model.</summary>
public readonly record struct KeyframeId(int Index);
