using System.Collections.Immutable;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Envs.CartPole;

/// <summary>A cart on a rail carries a pole on a free hinge: swing it up from hanging and keep it there.</summary>
/// <remarks>
/// Control step 20 ms, episode 500 steps, never over before. Hand-built reward in [0, 1]: the pole up, the cart in the middle, little speed
/// and push (the form of dm_control's cart-pole, arXiv 1801.00690).
/// </remarks>
[Paper("1801.00690", "DeepMind Control Suite", Year = 2018)]
public sealed class CartPoleTask(MujocoModel model) : ITask, IScriptedExpert
{
    private const double RailHalf = 1.5;                      // m, from the middle to either end
    private const double Upright = 15 * Math.PI / 180;        // rad, what counts as upright, and as hanging from below
    private const double Middle = 0.25;                       // m, what counts as the middle of the rail
    private const int Position = 0, Velocity = 1, Angle = 2, AngularVelocity = 3;

    private static readonly TaskInfo Description = Describe();
    private static readonly string[] Poses = ["hanging", "upright", "left", "right", "left_end", "right_end"];

    private readonly JointId _slider = model.Joint("slider");
    private readonly JointId _hinge = model.Joint("hinge");
    private readonly ActuatorId _push = model.Actuator("push");
    private readonly KeyframeId[] _poses = [.. Poses.Select(model.Keyframe)];

    /// <inheritdoc/>
    public TaskInfo Info => Description;

    /// <inheritdoc/>
    public void Start(PhysicsView physics, StartDistribution start, ref Rng rng)
    {
        if (start == StartDistribution.Task)
        {
            Put(physics, rng.Uniform(-0.1, 0.1), Math.PI + rng.Uniform(-0.1, 0.1), 0, rng.Uniform(-0.05, 0.05));
            return;
        }

        Put(physics, rng.Uniform(-0.8 * RailHalf, 0.8 * RailHalf), rng.Uniform(-Math.PI, Math.PI),
            rng.Uniform(-0.5, 0.5), rng.Uniform(-1, 1));
    }

    /// <inheritdoc/>
    public void Place(PhysicsView physics, StateSource source, ref Rng rng)
    {
        double speed = rng.Uniform(-2, 2), spin = rng.Uniform(-6, 6);
        switch (source)
        {
            case StateSource.Keyframes:
                physics.Reset(_poses[rng.Below(_poses.Length)]);
                Put(physics, physics.Position(_slider) + (0.1 * rng.Normal()), physics.Position(_hinge) + (0.15 * rng.Normal()),
                    speed, spin);
                break;
            case StateSource.HardNegatives:
                // A pole a little to either side of straight up, straight down or level: much the same picture, another word.
                double straight = rng.Below(4) * Math.PI / 2;
                Put(physics, rng.Uniform(-RailHalf, RailHalf), straight + rng.Uniform(-0.5, 0.5), speed, spin);
                break;
            default:
                Put(physics, rng.Uniform(-RailHalf, RailHalf), rng.Uniform(-Math.PI, Math.PI), speed, spin);
                break;
        }
    }

    /// <inheritdoc/>
    public void Act(PhysicsView physics, ReadOnlySpan<float> action) => physics.Control(_push) = action[0];

    /// <inheritdoc/>
    public ImmutableArray<string> Skills => ["upright"];

    /// <inheritdoc/>
    public void Demonstrate(PhysicsView physics, int skill, Span<float> action) =>
        action[0] = (float)CartPoleExpert.Push(physics.Position(_slider), physics.Velocity(_slider),
            physics.Position(_hinge), physics.Velocity(_hinge));

    /// <inheritdoc/>
    public void Observe(PhysicsView physics, Span<float> observation)
    {
        double angle = physics.Position(_hinge);
        observation[0] = (float)physics.Position(_slider);
        observation[1] = (float)physics.Velocity(_slider);
        observation[2] = (float)Math.Cos(angle);
        observation[3] = (float)Math.Sin(angle);
        observation[4] = (float)physics.Velocity(_hinge);
    }

    /// <inheritdoc/>
    public void ReadState(PhysicsView physics, Span<float> state)
    {
        state[Position] = (float)physics.Position(_slider);
        state[Velocity] = (float)physics.Velocity(_slider);
        state[Angle] = (float)Math.IEEERemainder(physics.Position(_hinge), 2 * Math.PI);
        state[AngularVelocity] = (float)physics.Velocity(_hinge);
    }

    /// <inheritdoc/>
    public void Reward(PhysicsView physics, ReadOnlySpan<float> state, ReadOnlySpan<float> action, Span<double> terms)
    {
        double up = (1 + Math.Cos(state[Angle])) / 2;
        double centered = Shaping.Tolerance(state[Position], margin: 2);
        double gentle = Shaping.Tolerance(action[0], margin: 1, falloff: Falloff.Quadratic, valueAtMargin: 0);
        double still = Shaping.Tolerance(state[AngularVelocity], margin: 5);
        terms[0] = up * ((1 + centered) / 2) * ((4 + gentle) / 5) * ((1 + still) / 2);
    }

    private static TaskInfo Describe() => new()
    {
        Name = "cartpole",
        Summary = "A cart on a rail swings up a pole and keeps it there.",
        Observations = new ObservationSpec(
            new FieldSpec("cart/position", Unit: "m", Meaning: "right is positive, 0 the middle of the rail"),
            new FieldSpec("cart/velocity", Unit: "m/s"),
            new FieldSpec("pole/cos", 1, -1, 1, Meaning: "cosine of the pole's angle, 1 upright"),
            new FieldSpec("pole/sin", 1, -1, 1, Meaning: "sine of the pole's angle, 1 level to the right"),
            new FieldSpec("pole/velocity", Unit: "rad/s")),
        Actions = ActionSpec.Continuous(new FieldSpec("push", 1, -1, 1, Meaning: "force on the cart, 1 is 10 N to the right")),
        State = new StateSpec(
            new FieldSpec("cart/position", Unit: "m", Meaning: "right is positive, 0 the middle of the rail"),
            new FieldSpec("cart/velocity", Unit: "m/s"),
            new FieldSpec("pole/angle", Unit: "rad", Meaning: "0 upright, positive to the right, in [-pi, pi]"),
            new FieldSpec("pole/velocity", Unit: "rad/s")),
        Camera = "front",
        EpisodeSteps = 500,
        FrameSkip = 2,
        Baseline = "a pole on a cart",
        DefaultGoal = "a pole standing upright on a cart",
        Measures =
        [
            new SuccessMeasure("upright", "the pole within 15 degrees of upright",
                new MeasureTolerance((state, scale) => Math.Abs(state[Angle]) <= scale * Upright, 15, "degrees")),
            new SuccessMeasure("hanging", "the pole within 15 degrees of hanging",
                new MeasureTolerance((state, scale) => Math.Abs(state[Angle]) >= Math.PI - (scale * Upright), 15, "degrees")),
            new SuccessMeasure("centered", "the cart within 25 cm of the middle of the rail",
                new MeasureTolerance((state, scale) => Math.Abs(state[Position]) <= scale * Middle, Middle, "m")),
        ],
        Facts =
        [
            CartPoleCaptions.Pole("upright", Toward(0), "upright"),
            CartPoleCaptions.Pole("hanging", Toward(Math.PI), "hanging"),
            CartPoleCaptions.Pole("left", Toward(-Math.PI / 2)),
            CartPoleCaptions.Pole("right", Toward(Math.PI / 2)),
            CartPoleCaptions.Pole("level", state => Squared(Math.Sin(state[Angle]))),
            CartPoleCaptions.Cart("centered", state => (float)((1 + Math.Cos(Math.PI * state[Position] / RailHalf)) / 2), "centered"),
            CartPoleCaptions.Cart("left-end", state => Along(-state[Position])),
            CartPoleCaptions.Cart("right-end", state => Along(state[Position])),
        ],
        Subjects = CartPoleCaptions.Subjects,
        Falsehoods = CartPoleCaptions.Falsehoods,
    };

    /// <summary>How near the pole's angle is to another, rad.</summary>
    private static StateFunction Toward(double angle) => state => (float)Math.Pow((1 + Math.Cos(state[Angle] - angle)) / 2, 1.5);

    private static float Along(float position) => (float)Math.Pow(Math.Clamp((1 + (position / RailHalf)) / 2, 0, 1), 1.5);

    private static float Squared(double value) => (float)(value * value);

    private void Put(PhysicsView physics, double position, double angle, double velocity, double angularVelocity)
    {
        physics.Position(_slider) = Math.Clamp(position, -RailHalf, RailHalf);
        physics.Position(_hinge) = angle;
        physics.Velocity(_slider) = velocity;
        physics.Velocity(_hinge) = angularVelocity;
    }
}
