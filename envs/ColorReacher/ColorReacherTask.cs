using System.Collections.Immutable;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Envs.ColorReacher;

/// <summary>A two-link arm and four balls of four colors: touch the one that the goal names.</summary>
/// <remarks>
/// Control step 20 ms, episode 200 steps, never over before. The balls lie elsewhere in every episode. Which ball is meant is said by the
/// goal's sentence alone, so the hand-built reward, which must choose, asks for the red one: in [0, 1], by
/// the hand's distance and a little effort.
/// </remarks>
[NoPaper("a scene of the project's own")]
public sealed class ColorReacherTask(MujocoModel model) : ITask, IScriptedExpert
{
    private const double Nearest = 0.35, Farthest = 0.9;      // m, of a ball from the arm's base
    private const double Apart = 0.36;                        // m, between two balls at least
    // m, hand to ball center; their radii together are 0.21; was 0.12 until agents were seen to miss it
    private const double Touching = 0.18;
    private const double Sight = 1.6;                         // m, from where on a ball counts as not reached at all
    private const double ElbowLimit = 2.6;                    // rad
    private const int Shoulder = 0, Elbow = 1, Hand = 4, Balls = 6;

    private static readonly ImmutableArray<string> Colors = ["red", "green", "blue", "yellow"];
    private static readonly TaskInfo Description = Describe();

    private readonly JointId _shoulder = model.Joint("shoulder");
    private readonly JointId _elbow = model.Joint("elbow");
    private readonly ActuatorId _turnShoulder = model.Actuator("shoulder");
    private readonly ActuatorId _turnElbow = model.Actuator("elbow");
    private readonly SiteId _hand = model.Site("hand");
    private readonly MocapId[] _balls = [.. Colors.Select(model.Mocap)];
    private readonly KeyframeId[] _poses = [model.Keyframe("stretched"), model.Keyframe("folded")];

    /// <inheritdoc/>
    public TaskInfo Info => Description;

    /// <inheritdoc/>
    public void Start(PhysicsView physics, StartDistribution start, ref Rng rng)
    {
        ScatterBalls(physics, ref rng);
        bool anywhere = start == StartDistribution.WholeRange;
        physics.Position(_shoulder) = anywhere ? rng.Uniform(-Math.PI, Math.PI) : rng.Uniform(-0.1, 0.1);
        physics.Position(_elbow) = anywhere ? rng.Uniform(-0.9 * ElbowLimit, 0.9 * ElbowLimit) : rng.Uniform(-0.1, 0.1);
    }

    /// <inheritdoc/>
    public void Place(PhysicsView physics, StateSource source, ref Rng rng)
    {
        if (source == StateSource.Keyframes) physics.Reset(_poses[rng.Below(_poses.Length)]);
        ScatterBalls(physics, ref rng);
        double shoulder = rng.Uniform(-Math.PI, Math.PI), elbow = rng.Uniform(-ElbowLimit, ElbowLimit);
        if (source == StateSource.Keyframes) elbow = physics.Position(_elbow) + (0.2 * rng.Normal());
        (physics.Position(_shoulder), physics.Position(_elbow)) = (shoulder, Math.Clamp(elbow, -ElbowLimit, ElbowLimit));
        physics.Velocity(_shoulder) = rng.Uniform(-3, 3);
        physics.Velocity(_elbow) = rng.Uniform(-3, 3);
        if (source != StateSource.HardNegatives) return;

        // The same arm on a ball of one color or another, or just beside it: the picture hardly changes, the sentence does.
        MocapId ball = _balls[rng.Below(_balls.Length)];
        double away = rng.NextDouble() < 0.5 ? 0 : rng.Uniform(0.1, 0.3), bearing = rng.Uniform(-Math.PI, Math.PI);
        ReachFor(physics, physics.Position(ball)[0] + (away * Math.Cos(bearing)),
            physics.Position(ball)[1] + (away * Math.Sin(bearing)), rng.NextDouble() < 0.5);
    }

    /// <inheritdoc/>
    public void Act(PhysicsView physics, ReadOnlySpan<float> action)
    {
        physics.Control(_turnShoulder) = action[0];
        physics.Control(_turnElbow) = action[1];
    }

    /// <inheritdoc/>
    public ImmutableArray<string> Skills => Colors;

    /// <inheritdoc/>
    public void Demonstrate(PhysicsView physics, int skill, Span<float> action)
    {
        ReadOnlySpan<double> ball = physics.Position(_balls[skill]);
        ColorReacherExpert.Turn(
            (physics.Position(_shoulder), physics.Velocity(_shoulder)), (physics.Position(_elbow), physics.Velocity(_elbow)),
            ElbowLimit, ball[0], ball[1], action);
    }

    /// <inheritdoc/>
    public void Observe(PhysicsView physics, Span<float> observation)
    {
        double shoulder = physics.Position(_shoulder), elbow = physics.Position(_elbow);
        observation[0] = (float)Math.Cos(shoulder);
        observation[1] = (float)Math.Sin(shoulder);
        observation[2] = (float)Math.Cos(elbow);
        observation[3] = (float)Math.Sin(elbow);
        observation[4] = (float)physics.Velocity(_shoulder);
        observation[5] = (float)physics.Velocity(_elbow);
        ReadOnlySpan<double> hand = physics.Position(_hand);
        (observation[6], observation[7]) = ((float)hand[0], (float)hand[1]);
        for (int ball = 0; ball < _balls.Length; ball++)
        {
            ReadOnlySpan<double> at = physics.Position(_balls[ball]);
            observation[8 + (2 * ball)] = (float)(at[0] - hand[0]);
            observation[9 + (2 * ball)] = (float)(at[1] - hand[1]);
        }
    }

    /// <inheritdoc/>
    public void ReadState(PhysicsView physics, Span<float> state)
    {
        state[Shoulder] = (float)Math.IEEERemainder(physics.Position(_shoulder), 2 * Math.PI);
        state[Elbow] = (float)physics.Position(_elbow);
        state[2] = (float)physics.Velocity(_shoulder);
        state[3] = (float)physics.Velocity(_elbow);
        ReadOnlySpan<double> hand = physics.Position(_hand);
        (state[Hand], state[Hand + 1]) = ((float)hand[0], (float)hand[1]);
        for (int ball = 0; ball < _balls.Length; ball++)
        {
            ReadOnlySpan<double> at = physics.Position(_balls[ball]);
            (state[Balls + (2 * ball)], state[Balls + (2 * ball) + 1]) = ((float)at[0], (float)at[1]);
        }
    }

    /// <inheritdoc/>
    public void Reward(PhysicsView physics, ReadOnlySpan<float> state, ReadOnlySpan<float> action, Span<double> terms)
    {
        double near = Shaping.Tolerance(Distance(state, 0), margin: 1, falloff: Falloff.LongTail);
        double effort = ((action[0] * action[0]) + (action[1] * action[1])) / 2;
        terms[0] = near * (1 - (0.1 * effort));
    }

    private static TaskInfo Describe() => new()
    {
        Name = "color-reacher",
        Summary = "A two-link arm reaches for the ball of the color that the goal names.",
        Observations = new ObservationSpec(
        [
            new FieldSpec("shoulder/cos", 1, -1, 1), new FieldSpec("shoulder/sin", 1, -1, 1),
            new FieldSpec("elbow/cos", 1, -1, 1), new FieldSpec("elbow/sin", 1, -1, 1),
            new FieldSpec("shoulder/velocity", Unit: "rad/s"), new FieldSpec("elbow/velocity", Unit: "rad/s"),
            new FieldSpec("hand/position", 2, Unit: "m", Meaning: "x right, y up in the picture"),
            .. Colors.Select(color => new FieldSpec($"{color}/from-hand", 2, Unit: "m", Meaning: $"from the hand to the {color} ball")),
        ]),
        Actions = ActionSpec.Continuous(
            new FieldSpec("shoulder", 1, -1, 1, Meaning: "torque, 1 is 1.2 Nm"),
            new FieldSpec("elbow", 1, -1, 1, Meaning: "torque, 1 is 0.6 Nm")),
        State = new StateSpec(
        [
            new FieldSpec("shoulder/angle", Unit: "rad", Meaning: "in [-pi, pi], 0 to the right"),
            new FieldSpec("elbow/angle", Unit: "rad", Meaning: "0 stretched"),
            new FieldSpec("shoulder/velocity", Unit: "rad/s"), new FieldSpec("elbow/velocity", Unit: "rad/s"),
            new FieldSpec("hand/position", 2, Unit: "m", Meaning: "x right, y up in the picture"),
            .. Colors.Select(color => new FieldSpec($"{color}/position", 2, Unit: "m")),
        ]),
        Camera = "top",
        EpisodeSteps = 200,
        FrameSkip = 2,
        Baseline = "an arm and four balls",
        DefaultGoal = "the arm touching the red ball",
        Measures = [.. Colors.Select((color, ball) => new SuccessMeasure(
            color, $"the hand within 18 cm of the {color} ball's center",
            new MeasureTolerance((state, scale) => Distance(state, ball) <= scale * Touching, Touching, "m"), window: 50))],
        Facts =
        [
            .. Colors.Select((color, ball) => ColorReacherCaptions.Touching(color, state => Nearness(Distance(state, ball)))),
            ColorReacherCaptions.Stretched(state => (float)Math.Pow((1 + Math.Cos(state[Elbow])) / 2, 1.5)),
            ColorReacherCaptions.Folded(
                state => (float)Math.Pow((1 - Math.Cos(state[Elbow])) / (1 - Math.Cos(ElbowLimit)), 1.5)),
        ],
        Subjects = ColorReacherCaptions.Subjects,
        Falsehoods = ColorReacherCaptions.Falsehoods,
    };

    private static double Distance(ReadOnlySpan<float> state, int ball) =>
        Math.Sqrt(Math.Pow(state[Hand] - state[Balls + (2 * ball)], 2) + Math.Pow(state[Hand + 1] - state[Balls + (2 * ball) + 1], 2));

    /// <summary>
    /// 1 on the ball, 0 from <see cref="Sight"/> on: a slope that an arm far away can climb, and a peak where they touch.
    /// </summary>
    private static float Nearness(double distance) =>
        (float)((0.6 * Math.Pow(Math.Max(0, 1 - (distance / Sight)), 2)) + (0.4 * Math.Exp(-0.5 * Math.Pow(distance / Touching, 2))));

    private void ScatterBalls(PhysicsView physics, ref Rng rng)
    {
        for (int ball = 0; ball < _balls.Length; ball++)
        {
            Span<double> at = physics.Position(_balls[ball]);
            do
            {
                // Uniform over the ring's area.
                double radius = Math.Sqrt(rng.Uniform(Nearest * Nearest, Farthest * Farthest)), bearing = rng.Uniform(-Math.PI, Math.PI);
                (at[0], at[1]) = (radius * Math.Cos(bearing), radius * Math.Sin(bearing));
            }
            while (!IsApart(physics, ball));
        }
    }

    private bool IsApart(PhysicsView physics, int ball)
    {
        ReadOnlySpan<double> at = physics.Position(_balls[ball]);
        for (int other = 0; other < ball; other++)
        {
            ReadOnlySpan<double> there = physics.Position(_balls[other]);
            if (Math.Pow(at[0] - there[0], 2) + Math.Pow(at[1] - there[1], 2) < Apart * Apart) return false;
        }

        return true;
    }

    /// <summary>Bends the arm so that the hand is at a point, or as near as it can be.</summary>
    private void ReachFor(PhysicsView physics, double x, double y, bool elbowUp)
    {
        const double link = 0.5; // m, both links
        double distance = Math.Clamp(Math.Sqrt((x * x) + (y * y)), 2 * link * Math.Cos(ElbowLimit / 2), 2 * link);
        double elbow = 2 * Math.Acos(distance / (2 * link)) * (elbowUp ? 1 : -1); // isosceles: half the angle on either side
        physics.Position(_elbow) = elbow;
        physics.Position(_shoulder) = Math.Atan2(y, x) - (elbow / 2);
    }
}
