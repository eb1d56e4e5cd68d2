using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace Slider;

/// <summary>A block on a rail is pushed to its middle.</summary>
internal sealed class SliderTask(MujocoModel model) : ITask
{
    private static readonly TaskInfo Description = new()
    {
        Name = "slider",
        Summary = "A block on a rail is pushed to its middle.",
        Observations = new ObservationSpec(new FieldSpec("block/position", Unit: "m"), new FieldSpec("block/velocity", Unit: "m/s")),
        Actions = ActionSpec.Continuous(new FieldSpec("push", 1, -1, 1, Meaning: "1 is 5 N to the right")),
        State = new StateSpec(new FieldSpec("block/position", Unit: "m"), new FieldSpec("block/velocity", Unit: "m/s")),
        RewardTerms = ["near", "gentle"],
        Camera = "front",
        EpisodeSteps = 100,
        FrameSkip = 2,
        Baseline = "a block on a rail",
        DefaultGoal = "the block in the middle",
        Measures = [new SuccessMeasure("middle", "the block within 10 cm of the middle",
            new MeasureTolerance((state, scale) => Math.Abs(state[0]) < scale * 0.1f, 0.1, "m"), window: 20)],
        Facts =
        [
            new Fact("middle", "block", ["in the middle"], [], state => (float)Math.Max(0, 1 - Math.Abs(state[0])), "middle"),
            new Fact("left", "block", ["on the left"], [], state => Math.Clamp((1 - state[0]) / 2, 0, 1)),
        ],
        Subjects = [new Subject("block", ["the block", "a block"])],
    };

    private readonly JointId _rail = model.Joint("rail");
    private readonly ActuatorId _push = model.Actuator("push");
    private readonly KeyframeId[] _poses = [model.Keyframe("left"), model.Keyframe("right")];

    public TaskInfo Info => Description;

    public void Start(PhysicsView physics, StartDistribution start, ref Rng rng) =>
        physics.Position(_rail) = rng.Uniform(-1, 1) * (start == StartDistribution.Task ? 0.5 : 1);

    public void Place(PhysicsView physics, StateSource source, ref Rng rng)
    {
        if (source == StateSource.Keyframes) physics.Reset(_poses[rng.Below(_poses.Length)]);
        double spread = source == StateSource.Uniform ? 1.1 : 0.1;
        physics.Position(_rail) += rng.Uniform(-spread, spread);
    }

    public void Act(PhysicsView physics, ReadOnlySpan<float> action) => physics.Control(_push) = action[0];

    public void Observe(PhysicsView physics, Span<float> observation) =>
        (observation[0], observation[1]) = ((float)physics.Position(_rail), (float)physics.Velocity(_rail));

    public void ReadState(PhysicsView physics, Span<float> state) => Observe(physics, state);

    public void Reward(PhysicsView physics, ReadOnlySpan<float> state, ReadOnlySpan<float> action, Span<double> terms)
    {
        terms[0] = Shaping.Tolerance(state[0], margin: 1);
        terms[1] = -0.1 * action[0] * action[0];
    }
}
