using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>
/// A hand in a plane and a drawer seen from above: to open it, the hand goes in between its front and its handle and pulls.
/// </summary>
/// <remarks>Actions are where the hand should go, in meters. State: the hand's place and how far the drawer is open.</remarks>
internal sealed class DrawerTask(MujocoModel model) : ITask
{
    /// <summary>How far it opens, meters.</summary>
    public const double Fully = 0.5;

    public const string Scene = """
        <mujoco model="drawer">
          <option timestep="0.01" gravity="0 0 0"/>
          <visual><headlight ambient="0.4 0.4 0.4" diffuse="0.4 0.4 0.4"/></visual>
          <asset><texture name="sky" type="skybox" builtin="flat" rgb1="0.8 0.85 0.9" width="16" height="96"/></asset>
          <default><geom contype="0" conaffinity="0"/></default>
          <worldbody>
            <light directional="true" dir="0.2 0.3 -0.9" diffuse="0.5 0.5 0.5"/>
            <camera name="top" pos="0.2 0 1.8" xyaxes="1 0 0 0 1 0" fovy="45"/>
            <geom name="floor" type="plane" size="4 4 0.1" rgba="0.6 0.62 0.65 1"/>
            <geom name="cabinet" type="box" pos="-0.45 0 0.2" size="0.25 0.45 0.2" rgba="0.45 0.3 0.2 1"/>
            <body name="drawer" pos="-0.2 0 0.12">
              <joint name="drawer" type="slide" axis="1 0 0" damping="8" limited="true" range="0 0.5"/>
              <geom name="tray" type="box" pos="-0.25 0 0" size="0.25 0.36 0.1" mass="1" rgba="0.85 0.65 0.2 1"/>
              <geom name="bar" type="box" pos="0.165 -0.1 0.1" size="0.165 0.02 0.02" mass="0.05" rgba="0.1 0.1 0.1 1"/>
              <geom name="handle" type="box" pos="0.33 0 0.1" size="0.025 0.12 0.06" mass="0.05" rgba="0.1 0.1 0.1 1" contype="1"
                conaffinity="1"/>
            </body>
            <body name="hand" pos="0 0 0.24">
              <joint name="x" type="slide" axis="1 0 0" damping="6"/>
              <joint name="y" type="slide" axis="0 1 0" damping="6"/>
              <geom name="hand" type="sphere" size="0.09" mass="0.3" rgba="0.85 0.1 0.1 1" contype="1" conaffinity="1"/>
            </body>
          </worldbody>
          <actuator>
            <position name="x" joint="x" kp="60" ctrllimited="true" ctrlrange="-1 1"/>
            <position name="y" joint="y" kp="60" ctrllimited="true" ctrlrange="-1 1"/>
          </actuator>
        </mujoco>
        """;

    private readonly JointId _x = model.Joint("x"), _y = model.Joint("y"), _drawer = model.Joint("drawer");
    private readonly ActuatorId _toX = model.Actuator("x"), _toY = model.Actuator("y");

    public TaskInfo Info { get; } = new()
    {
        Name = "drawer",
        Summary = "A hand opens a drawer.",
        Observations = new ObservationSpec(new FieldSpec("hand", 2, Unit: "m"), new FieldSpec("open", Unit: "m")),
        Actions = ActionSpec.Continuous(new FieldSpec("target", 2, -1, 1, Unit: "m")),
        State = new StateSpec(new FieldSpec("hand", 2, Unit: "m"), new FieldSpec("open", Unit: "m")),
        Camera = "top",
        EpisodeSteps = int.MaxValue,
        FrameSkip = 10,
        Baseline = "a drawer",
        DefaultGoal = "an open drawer",
        Measures = [new SuccessMeasure("open", "the drawer is open by four fifths", state => state[2] > 0.8 * Fully ? 1 : 0, 1)],
        Facts = [],
    };

    public void Start(PhysicsView physics, StartDistribution start, ref Rng rng) =>
        (physics.Position(_x), physics.Position(_y)) = (rng.Uniform(0.45, 0.65), rng.Uniform(0.35, 0.55));

    public void Place(PhysicsView physics, StateSource source, ref Rng rng) => Start(physics, StartDistribution.Task, ref rng);

    public void Act(PhysicsView physics, ReadOnlySpan<float> action) =>
        (physics.Control(_toX), physics.Control(_toY)) = (action[0], action[1]);

    public void Observe(PhysicsView physics, Span<float> observation) => (observation[0], observation[1], observation[2]) =
        ((float)physics.Position(_x), (float)physics.Position(_y), (float)physics.Position(_drawer));

    public void ReadState(PhysicsView physics, Span<float> state) => Observe(physics, state);

    public void Reward(PhysicsView physics, ReadOnlySpan<float> state, ReadOnlySpan<float> action, Span<double> terms) =>
        terms[0] = state[2];
}
