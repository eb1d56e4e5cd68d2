using System.Collections.Immutable;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;

namespace EmbodiedRL.Envs.Gym.Humanoid;

/// <summary>State features of the humanoid: positions of its parts, posture and speed.</summary>
/// <param name="model">Of the humanoid's scene.</param>
internal sealed class HumanoidState(MujocoModel model)
{
    /// <summary>Places in a state row.</summary>
    public const int TorsoHeight = 0, Up = 1, Facing = 2, Pace = 3, Velocity = 4, PelvisHeight = 7, HeadHeight = 8, Knees = 9, Feet = 11,
        Hands = 13, FeetApart = 15, Angles = 16;

    private const int FreePositions = 7; // of qpos, before the joints

    private readonly BodyId _torso = model.Body("torso"), _pelvis = model.Body("pelvis");
    private readonly GeomId _head = model.Geom("head");
    private readonly BodyId[] _knees = [model.Body("right_shin"), model.Body("left_shin")];
    private readonly GeomId[] _feet = [model.Geom("right_foot"), model.Geom("left_foot")],
        _hands = [model.Geom("right_hand"), model.Geom("left_hand")];

    /// <summary>All joints but the free one, in the order of their coordinates.</summary>
    public static ImmutableArray<string> Joints { get; } =
    [
        "abdomen_z", "abdomen_y", "abdomen_x", "right_hip_x", "right_hip_z", "right_hip_y", "right_knee", "left_hip_x",
        "left_hip_z", "left_hip_y", "left_knee",
        "right_shoulder1", "right_shoulder2", "right_elbow", "left_shoulder1", "left_shoulder2", "left_elbow",
    ];

    /// <summary>All bodies but the world, in order.</summary>
    public static ImmutableArray<string> Bodies { get; } =
    [
        "torso", "lwaist", "pelvis", "right_thigh", "right_shin", "right_foot", "left_thigh", "left_shin", "left_foot",
        "right_upper_arm", "right_lower_arm", "left_upper_arm", "left_lower_arm",
    ];

    /// <summary>The joint of each control, and Nm for a control of 1. The first two joints have changed places.</summary>
    public static ImmutableArray<(string Joint, double Torque)> Drives { get; } =
    [
        ("abdomen_y", 100), ("abdomen_z", 100), ("abdomen_x", 100),
        ("right_hip_x", 100), ("right_hip_z", 100), ("right_hip_y", 300), ("right_knee", 200), ("left_hip_x", 100), ("left_hip_z", 100),
        ("left_hip_y", 300), ("left_knee", 200),
        ("right_shoulder1", 25), ("right_shoulder2", 25), ("right_elbow", 25), ("left_shoulder1", 25),
        ("left_shoulder2", 25), ("left_elbow", 25),
    ];

    /// <summary>The row's fields.</summary>
    public static StateSpec Spec { get; } = new(
    [
        new FieldSpec("torso/height", Unit: "m"),
        new FieldSpec("torso/up", 1, -1, 1, Meaning: "how upright the torso is: 1 upright, 0 level, -1 upside down"),
        new FieldSpec("torso/facing", 1, -1, 1, Meaning: "where the chest looks: 1 up, -1 down"),
        new FieldSpec("torso/pace", Unit: "m/s", Meaning: "along the floor to where the chest looks"),
        new FieldSpec("torso/velocity", 3, Unit: "m/s", Meaning: "x, y and up"),
        new FieldSpec("pelvis/height", Unit: "m"), new FieldSpec("head/height", Unit: "m", Meaning: "of its center"),
        new FieldSpec("right-knee/height", Unit: "m"), new FieldSpec("left-knee/height", Unit: "m"),
        new FieldSpec("right-foot/height", Unit: "m"), new FieldSpec("left-foot/height", Unit: "m"),
        new FieldSpec("right-hand/height", Unit: "m"), new FieldSpec("left-hand/height", Unit: "m"),
        new FieldSpec("feet/apart", Unit: "m", Meaning: "along the floor, from one foot to the other"),
        .. Joints.Select(joint => new FieldSpec($"{joint}/angle", Unit: "rad")),
    ]);

    /// <summary>Writes a row.</summary>
    /// <param name="physics">With kinematics of the state.</param>
    /// <param name="state">[S].</param>
    public void Read(PhysicsView physics, Span<float> state)
    {
        ReadOnlySpan<double> turn = physics.Rotation(_torso), velocity = physics.Velocities[..3];
        state[TorsoHeight] = (float)physics.Position(_torso)[2];
        (state[Facing], state[Up]) = ((float)turn[6], (float)turn[8]); // the third row: how much of the torso's x and z points up
        double ahead = Math.Sqrt((turn[0] * turn[0]) + (turn[3] * turn[3]));
        // lying on its back it has no heading
        state[Pace] = ahead > 0 ? (float)(((turn[0] * velocity[0]) + (turn[3] * velocity[1])) / ahead) : 0;
        for (int axis = 0; axis < 3; axis++) state[Velocity + axis] = (float)velocity[axis];
        state[PelvisHeight] = (float)physics.Position(_pelvis)[2];
        state[HeadHeight] = (float)physics.Position(_head)[2];
        for (int side = 0; side < 2; side++)
        {
            state[Knees + side] = (float)physics.Position(_knees[side])[2];
            state[Feet + side] = (float)physics.Position(_feet[side])[2];
            state[Hands + side] = (float)physics.Position(_hands[side])[2];
        }

        ReadOnlySpan<double> right = physics.Position(_feet[0]), left = physics.Position(_feet[1]);
        state[FeetApart] = (float)Math.Sqrt(((right[0] - left[0]) * (right[0] - left[0])) + ((right[1] - left[1]) * (right[1] - left[1])));
        ReadOnlySpan<double> angles = physics.Positions[FreePositions..];
        for (int joint = 0; joint < angles.Length; joint++) state[Angles + joint] = (float)angles[joint];
    }
}
