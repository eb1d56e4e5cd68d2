using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Envs.Gym.HalfCheetah;

/// <summary>A two-legged cheetah in a plane runs to the right: the hand-built task is Gymnasium's HalfCheetah-v5.</summary>
/// <remarks>Control step 50 ms, episode 1000 steps, never over before.</remarks>
[Paper("2407.17032", "Gymnasium: A Standard Interface for Reinforcement Learning Environments", Year = 2024)]
public sealed class HalfCheetahTask(MujocoModel model) : GymTask(model, Description)
{
    private const double ForwardWeight = 1, ControlWeight = 0.1, StartNoise = 0.1;
    private const double Running = 2;                         // m/s
    private const double Near = Math.PI / 6;                  // rad, what counts as level, on its back, and on end
    private const int X = 0, Z = 1, Turn = 2;                 // of the trunk, in qpos and qvel
    private const int Height = 0, Pitch = 1, Speed = 2, Climb = 3, Spin = 4, HeadHeight = 5, HindHeight = 6, FrontHeight = 7, Legs = 8;

    private static readonly TaskInfo Description = Describe();
    private static readonly string[] Poses = ["standing", "on_back", "rearing", "nose_down", "crouching"];

    private readonly BodyId _trunk = model.Body("torso");
    private readonly GeomId _head = model.Geom("head"), _hindFoot = model.Geom("bfoot"), _frontFoot = model.Geom("ffoot");
    private readonly KeyframeId[] _poses = [.. Poses.Select(model.Keyframe)];

    /// <inheritdoc/>
    public override void Observe(PhysicsView physics, Span<double> observation)
    {
        Span<double> positions = physics.Positions[Z..]; // where it is along x does not matter to it
        positions.CopyTo(observation);
        physics.Velocities.CopyTo(observation[positions.Length..]);
    }

    /// <inheritdoc/>
    public override void ReadState(PhysicsView physics, Span<float> state)
    {
        state[Height] = (float)physics.Position(_trunk)[2];
        state[Pitch] = (float)Math.IEEERemainder(physics.Positions[Turn], 2 * Math.PI);
        state[Speed] = (float)physics.Velocities[X];
        state[Climb] = (float)physics.Velocities[Z];
        state[Spin] = (float)physics.Velocities[Turn];
        state[HeadHeight] = (float)physics.Position(_head)[2];
        state[HindHeight] = (float)physics.Position(_hindFoot)[2];
        state[FrontHeight] = (float)physics.Position(_frontFoot)[2];
        for (int joint = Turn + 1; joint < physics.Positions.Length; joint++)
            state[Legs + joint - Turn - 1] = (float)physics.Positions[joint];
    }

    /// <inheritdoc/>
    public override void Reward(PhysicsView physics, ReadOnlySpan<float> state, ReadOnlySpan<float> action, Span<double> terms)
    {
        terms[0] = ForwardWeight * ForwardSpeed(physics);
        terms[1] = -ControlWeight * Effort(physics);
    }

    /// <inheritdoc/>
    protected override double Progress(PhysicsView physics) => physics.Positions[X];

    /// <inheritdoc/>
    protected override void Pose(PhysicsView physics, StartDistribution start, ref Rng rng)
    {
        if (start == StartDistribution.Task)
        {
            Shake(physics.Positions, StartNoise, ref rng);
            foreach (ref double velocity in physics.Velocities) velocity = StartNoise * rng.Normal();
            return;
        }

        Pose(physics, rng.Uniform(-Math.PI, Math.PI), 1, ref rng);
        Shake(physics.Velocities, 0.5, ref rng);
    }

    /// <inheritdoc/>
    protected override void Pose(PhysicsView physics, StateSource source, ref Rng rng)
    {
        switch (source)
        {
            case StateSource.Keyframes:
                physics.Reset(_poses[rng.Below(_poses.Length)]);
                Pose(physics, physics.Positions[Turn] + (0.15 * rng.Normal()), 0.2, ref rng);
                break;
            case StateSource.HardNegatives:
                // A trunk with four bars below it or above it, and its nose left or right: outlines much alike.
                Pose(physics, (rng.Below(4) * Math.PI / 2) + rng.Uniform(-0.5, 0.5), 1, ref rng);
                break;
            default:
                Pose(physics, rng.Uniform(-Math.PI, Math.PI), 1, ref rng);
                break;
        }

        Shake(physics.Velocities, 3, ref rng);
        physics.Velocities[X] = rng.Uniform(-3, 6);
    }

    /// <summary>On the floor, or in a leap up to 40 cm above it.</summary>
    private void Pose(PhysicsView physics, double pitch, double looseness, ref Rng rng)
    {
        physics.Positions[Turn] = pitch;
        Loosen(physics, looseness, ref rng);
        Ground.Rest(physics, Z, Math.Max(0, rng.Uniform(-0.4, 0.4)));
    }

    private static TaskInfo Describe() => new()
    {
        Name = "gym/half-cheetah",
        Summary = "A half cheetah runs to the right (Gymnasium's HalfCheetah-v5).",
        Observations = new ObservationSpec(
        [
            new FieldSpec("qpos/rootz", Unit: "m", Meaning: "height of the trunk above where it stands by default"),
            new FieldSpec("qpos/rooty", Unit: "rad", Meaning: "pitch, positive is nose down, turns are counted"),
            .. Joints().Select(joint => new FieldSpec($"qpos/{joint}", Unit: "rad")),
            new FieldSpec("qvel/rootx", Unit: "m/s"), new FieldSpec("qvel/rootz", Unit: "m/s"), new FieldSpec("qvel/rooty", Unit: "rad/s"),
            .. Joints().Select(joint => new FieldSpec($"qvel/{joint}", Unit: "rad/s")),
        ]),
        Actions = ActionSpec.Continuous(Joints().Zip([120, 90, 60, 120, 60, 30],
            (joint, torque) => new FieldSpec(joint, 1, -1, 1, Meaning: $"torque, 1 is {torque} Nm"))),
        State = new StateSpec(
        [
            new FieldSpec("torso/height", Unit: "m", Meaning: "of the trunk's middle above the floor"),
            new FieldSpec("torso/pitch", Unit: "rad", Meaning: "0 level and right way up, positive nose down, in [-pi, pi]"),
            new FieldSpec("torso/velocity", Unit: "m/s", Meaning: "forwards, which is +x"),
            new FieldSpec("torso/climb", Unit: "m/s", Meaning: "upwards"),
            new FieldSpec("torso/spin", Unit: "rad/s", Meaning: "positive nose down"),
            new FieldSpec("head/height", Unit: "m"), new FieldSpec("hind-foot/height", Unit: "m"),
            new FieldSpec("front-foot/height", Unit: "m"),
            .. Joints().Select(joint => new FieldSpec($"{joint}/angle", Unit: "rad")),
        ]),
        RewardTerms = ["reward_forward", "reward_ctrl"],
        Camera = "track",
        EpisodeSteps = 1000,
        FrameSkip = 5,
        Baseline = "a robot cheetah",
        DefaultGoal = "a robot cheetah running forwards",
        Measures =
        [
            new SuccessMeasure("running", "the trunk forwards at 2 m/s or more, within 60 degrees of level",
                new MeasureTolerance((state, scale) => state[Speed] >= Running / scale && Math.Abs(state[Pitch]) <= 2 * Near,
                    Running, "m/s", IsLeast: true)),
            new SuccessMeasure("upright", "the trunk within 30 degrees of level, feet down", Pitched(0)),
            new SuccessMeasure("flipped", "the trunk within 30 degrees of level, feet up", Pitched(Math.PI)),
            new SuccessMeasure("rearing", "the trunk within 30 degrees of vertical, nose up", Pitched(-Math.PI / 2)),
            new SuccessMeasure("nose-down", "the trunk within 30 degrees of vertical, nose down", Pitched(Math.PI / 2)),
        ],
        Facts =
        [
            HalfCheetahCaptions.Running(state => (float)Math.Clamp(state[Speed] / Running, 0, 1)),
            HalfCheetahCaptions.Trunk("upright", Toward(0)), HalfCheetahCaptions.Trunk("flipped", Toward(Math.PI)),
            HalfCheetahCaptions.Trunk("rearing", Toward(-Math.PI / 2)), HalfCheetahCaptions.Trunk("nose-down", Toward(Math.PI / 2)),
            HalfCheetahCaptions.Leaping(state =>
                (float)Math.Clamp((Math.Min(Math.Min(state[HindHeight], state[FrontHeight]), state[HeadHeight]) - 0.15) / 0.3, 0, 1)),
        ],
        Subjects = HalfCheetahCaptions.Subjects,
        Falsehoods = HalfCheetahCaptions.Falsehoods,
    };

    private static string[] Joints() => ["bthigh", "bshin", "bfoot", "fthigh", "fshin", "ffoot"];

    /// <summary>How near the trunk's pitch is to another, rad.</summary>
    private static StateFunction Toward(double pitch) => state => (float)Math.Pow((1 + Math.Cos(state[Pitch] - pitch)) / 2, 1.5);

    private static MeasureTolerance Pitched(double pitch) =>
        new((state, scale) => Math.Cos(state[Pitch] - pitch) >= Math.Cos(scale * Near), 30, "degrees");
}
