using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Envs.Gym.Humanoid;

/// <summary>A humanoid walks toward +x and does not fall: the hand-built task is Gymnasium's Humanoid-v5.</summary>
/// <remarks>
/// Control step 15 ms, episode 1000 steps. From the task's own start an episode is over as soon as the torso leaves its healthy heights.
/// From starts over the whole range time alone ends it: goals such as kneeling or lying are asked for there, and are no falls.
/// </remarks>
[Paper("2407.17032", "Gymnasium: A Standard Interface for Reinforcement Learning Environments", Year = 2024)]
public sealed class HumanoidTask(MujocoModel model) : GymTask(model, Description)
{
    private const double ForwardWeight = 1.25, ControlWeight = 0.1, ContactWeight = 5e-7, ContactMost = 10,
        HealthyReward = 5, StartNoise = 0.01;
    private const double HealthyLeast = 1, HealthyMost = 2;   // m, height of the torso, bounds excluded
    // the torso's place in qpos, and what is its own of qpos and qvel
    private const int Height = 2, Turn = 3, FreePositions = 7, FreeVelocities = 6;
    private const int InertiaWidth = 10, SpatialWidth = 6;    // numbers of cinert, and of cvel and cfrc_ext, for each body
    private const int EndsByTimeAlone = 2;                    // index of a user datum: 1 where falling ends nothing

    private static readonly TaskInfo Description = Describe();
    private static readonly string[] Poses =
        [
            "standing", "hands_raised", "kneeling", "half_kneeling", "squatting", "sitting", "splits", "on_back", "on_front", "on_side",
            "one_leg", "one_hand_raised", "bending"
        ];

    // Poses that a glance mistakes for one another.
    private static readonly (string First, string Second)[] Alike =
    [
        ("kneeling", "half_kneeling"), ("kneeling", "squatting"), ("squatting", "standing"), ("standing", "one_leg"),
        ("standing", "hands_raised"),
        ("one_hand_raised", "hands_raised"), ("one_hand_raised", "standing"), ("bending", "standing"), ("bending", "squatting"),
        ("sitting", "splits"), ("sitting", "kneeling"), ("on_back", "on_side"), ("on_front", "on_side"),
    ];

    private readonly HumanoidState _state = new(model);
    private readonly KeyframeId[] _poses = [.. Poses.Select(model.Keyframe)];
    private readonly (KeyframeId First,
        KeyframeId Second)[] _alike = [.. Alike.Select(pair => (model.Keyframe(pair.First), model.Keyframe(pair.Second)))];
    private readonly double[] _masses = [.. model.Array<double>("body_mass")];
    private readonly double[] _blend = new double[model.PositionCount];

    /// <inheritdoc/>
    public override void AfterSteps(PhysicsView physics)
    {
        physics.UpdateBodyForces();
        base.AfterSteps(physics);
    }

    /// <inheritdoc/>
    public override void Observe(PhysicsView physics, Span<double> observation)
    {
        Span<double> rest = observation;
        Append(physics.Positions[Height..], ref rest); // where it is along x and y does not matter to it
        Append(physics.Velocities, ref rest);
        Append(physics.BodyInertias[InertiaWidth..], ref rest);
        Append(physics.BodyVelocities[SpatialWidth..], ref rest);
        Append(physics.ActuatorForces[FreeVelocities..], ref rest);
        Append(physics.BodyForces[SpatialWidth..], ref rest);
    }

    /// <inheritdoc/>
    public override void ReadState(PhysicsView physics, Span<float> state) => _state.Read(physics, state);

    /// <inheritdoc/>
    public override void Reward(PhysicsView physics, ReadOnlySpan<float> state, ReadOnlySpan<float> action, Span<double> terms)
    {
        double touched = 0;
        foreach (double force in physics.BodyForces) touched += force * force;
        terms[0] = ForwardWeight * ForwardSpeed(physics);
        terms[1] = IsHealthy(physics) ? HealthyReward : 0;
        terms[2] = -ControlWeight * Effort(physics);
        terms[3] = -Math.Min(ContactWeight * touched, ContactMost);
    }

    /// <inheritdoc/>
    public override bool IsOver(PhysicsView physics, ReadOnlySpan<float> state) =>
        physics.UserData[EndsByTimeAlone] == 0 && !IsHealthy(physics);

    /// <inheritdoc/>
    protected override double Progress(PhysicsView physics)
    {
        ReadOnlySpan<double> centers = physics.BodyCenters;
        double sum = 0, mass = 0;
        for (int body = 0; body < _masses.Length; body++)
        {
            sum += _masses[body] * centers[3 * body];
            mass += _masses[body];
        }

        return sum / mass;
    }

    /// <inheritdoc/>
    protected override void Pose(PhysicsView physics, StartDistribution start, ref Rng rng)
    {
        if (start == StartDistribution.Task)
        {
            Shake(physics.Positions, StartNoise, ref rng);
            Shake(physics.Velocities, StartNoise, ref rng);
            return;
        }

        physics.Reset(_poses[0]);
        physics.UserData[EndsByTimeAlone] = 1;
        Settle(physics, 0.3, 0.15, ref rng);
        Shake(physics.Velocities, 0.3, ref rng);
    }

    /// <inheritdoc/>
    protected override void Pose(PhysicsView physics, StateSource source, ref Rng rng)
    {
        switch (source)
        {
            case StateSource.Keyframes:
                physics.Reset(_poses[rng.Below(_poses.Length)]);
                Settle(physics, 0.1, 0.1, ref rng);
                break;
            case StateSource.HardNegatives:
                (KeyframeId first, KeyframeId second) = _alike[rng.Below(_alike.Length)];
                Blend(physics, first, second, rng.NextDouble());
                Settle(physics, 0.1, 0.1, ref rng);
                break;
            default:
                bool anyhow = rng.NextDouble() < 0.5;
                physics.Reset(_poses[rng.Below(_poses.Length)]);
                Settle(physics, anyhow ? 1 : rng.Uniform(0, 0.3), anyhow ? 3 : 0.2, ref rng);
                break;
        }

        Shake(physics.Velocities, 1, ref rng);
    }

    private static bool IsHealthy(PhysicsView physics) => physics.Positions[Height] is > HealthyLeast and < HealthyMost;

    private static void Append(ReadOnlySpan<double> values, ref Span<double> rest)
    {
        values.CopyTo(rest);
        rest = rest[values.Length..];
    }

    private static void SetTurn(PhysicsView physics, Quaternion turn)
    {
        turn = Quaternion.Normalize(turn);
        Span<double> at = physics.Positions.Slice(Turn, 4); // MuJoCo begins with the real part
        (at[0], at[1], at[2], at[3]) = (turn.W, turn.X, turn.Y, turn.Z);
    }

    private static Quaternion TurnOf(ReadOnlySpan<double> positions) =>
        new((float)positions[Turn + 1], (float)positions[Turn + 2], (float)positions[Turn + 3], (float)positions[Turn]);

    /// <summary>Loosens the joints, tilts the body somewhat, turns it to any heading, and lays it on the floor.</summary>
    /// <param name="physics">Posed.</param>
    /// <param name="looseness">0 keeps the joints, 1 forgets them.</param>
    /// <param name="tilt">rad, the most about either level axis.</param>
    /// <param name="rng">Of the draws.</param>
    private void Settle(PhysicsView physics, double looseness, double tilt, ref Rng rng)
    {
        Loosen(physics, looseness, ref rng);
        var heading = Quaternion.CreateFromAxisAngle(Vector3.UnitZ, (float)rng.Uniform(-Math.PI, Math.PI));
        var nod = Quaternion.CreateFromAxisAngle(Vector3.UnitY, (float)rng.Uniform(-tilt, tilt));
        var lean = Quaternion.CreateFromAxisAngle(Vector3.UnitX, (float)rng.Uniform(-tilt, tilt));
        SetTurn(physics, heading * nod * lean * TurnOf(physics.Positions));
        Ground.Rest(physics, Height);
    }

    /// <summary>Somewhere between two poses.</summary>
    private void Blend(PhysicsView physics, KeyframeId first, KeyframeId second, double share)
    {
        physics.Reset(first);
        physics.Positions.CopyTo(_blend);
        physics.Reset(second);
        var turn = Quaternion.Slerp(TurnOf(_blend), TurnOf(physics.Positions), (float)share);
        for (int i = FreePositions; i < _blend.Length; i++) physics.Positions[i] = _blend[i] + (share * (physics.Positions[i] - _blend[i]));
        SetTurn(physics, turn);
    }

    private static TaskInfo Describe() => new()
    {
        Name = "gym/humanoid",
        Summary = "A humanoid walks forwards without falling (Gymnasium's Humanoid-v5).",
        Observations = new ObservationSpec(Seen()),
        Actions = ActionSpec.Continuous(HumanoidState.Drives.Select(drive =>
            new FieldSpec(drive.Joint, 1, -0.4f, 0.4f, Meaning: $"torque, 0.4 is {0.4 * drive.Torque:0} Nm"))),
        State = HumanoidState.Spec,
        RewardTerms = ["reward_forward", "reward_survive", "reward_ctrl", "reward_contact"],
        Camera = "track",
        EpisodeSteps = 1000,
        FrameSkip = 5,
        Baseline = "a humanoid robot",
        DefaultGoal = "a humanoid robot standing up",
        Measures = HumanoidCaptions.Measures,
        Facts = HumanoidCaptions.Facts,
        Subjects = HumanoidCaptions.Subjects,
        Falsehoods = HumanoidCaptions.Falsehoods,
    };

    private static IEnumerable<FieldSpec> Seen() =>
    [
        new FieldSpec("qpos/root.z", Unit: "m", Meaning: "height of the torso"),
        .. "wxyz".Select(part => new FieldSpec($"qpos/root.q{part}", Meaning: "of the torso's rotation, a quaternion")),
        .. HumanoidState.Joints.Select(joint => new FieldSpec($"qpos/{joint}", Unit: "rad")),
        .. "xyz".Select(axis => new FieldSpec($"qvel/root.v{axis}", Unit: "m/s")),
        .. "xyz".Select(axis => new FieldSpec($"qvel/root.w{axis}", Unit: "rad/s")),
        .. HumanoidState.Joints.Select(joint => new FieldSpec($"qvel/{joint}", Unit: "rad/s")),
        .. HumanoidState.Bodies.Select(body => new FieldSpec($"cinert/{body}", InertiaWidth, Unit: "kg m2, kg m, kg",
            Meaning: "inertia, offset times mass, and mass, about the center of mass of all")),
        .. HumanoidState.Bodies.Select(body =>
            new FieldSpec($"cvel/{body}", SpatialWidth, Unit: "rad/s, m/s",
                Meaning: "turning and moving, about the center of mass of all")),
        .. HumanoidState.Joints.Select(joint => new FieldSpec($"qfrc_actuator/{joint}", Unit: "N m", Meaning: "what the motor does")),
        .. HumanoidState.Bodies.Select(body =>
            new FieldSpec($"cfrc_ext/{body}", SpatialWidth, Unit: "N m, N", Meaning: "torque and force of what touches it")),
    ];
}
