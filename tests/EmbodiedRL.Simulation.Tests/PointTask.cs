using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Simulation.Tests;

/// <summary>A mass on a rail that is pushed: the smallest scene with everything a vector environment asks for.</summary>
internal sealed class PointTask(MujocoModel model) : ITask
{
    public const string Scene = """
        <mujoco model="point">
          <option timestep="0.01" gravity="0 0 0"/>
          <visual><headlight ambient="0.1 0.2 0.3" diffuse="0.4 0.4 0.4"/></visual>
          <asset>
            <texture name="sky" type="skybox" builtin="gradient" rgb1="0 0 1" rgb2="1 0 0" width="16" height="96"/>
            <texture name="checks" type="2d" builtin="checker" rgb1="1 1 1" rgb2="0 0 0" width="8" height="8"/>
            <material name="tiles" texture="checks" texrepeat="3 4" texuniform="true" specular="0.25" shininess="0.75"/>
            <material name="paint" rgba="0.2 0.4 0.6 1"/>
          </asset>
          <worldbody>
            <light name="sun" directional="true" dir="0 0.6 -0.8" diffuse="0.7 0.6 0.5" ambient="0.05 0.05 0.05"/>
            <camera name="front" pos="0 -3 1" xyaxes="1 0 0 0 0 1" fovy="40"/>
            <camera name="above" pos="0 0 4" xyaxes="1 0 0 0 1 0"/>
            <geom name="ground" type="plane" size="2 2 0.1" material="tiles"/>
            <geom name="hidden" size="0.1" group="4"/>
            <geom name="glass" size="0.1" rgba="1 1 1 0"/>
            <body name="mass" pos="0 0 0.5">
              <joint name="rail" type="slide" axis="1 0 0"/>
              <geom name="mass" type="box" size="0.1 0.2 0.3" mass="2" material="paint" contype="0" conaffinity="0"/>
              <geom name="own" type="capsule" size="0.05 0.3" mass="0.001" material="paint" rgba="1 0 0 1" contype="0" conaffinity="0"/>
              <site name="top" pos="0 0 0.3"/>
            </body>
          </worldbody>
          <actuator><motor name="push" joint="rail" gear="4"/></actuator>
          <keyframe><key name="right" qpos="1"/></keyframe>
        </mujoco>
        """;

    private readonly JointId _rail = model.Joint("rail");
    private readonly ActuatorId _push = model.Actuator("push");

    public TaskInfo Info { get; } = new()
    {
        Name = "point",
        Summary = "A mass on a rail.",
        Observations = new ObservationSpec(new FieldSpec("position"), new FieldSpec("velocity")),
        Actions = ActionSpec.Continuous(new FieldSpec("push", 1, -1e30f, 1e30f)),
        State = new StateSpec(new FieldSpec("position"), new FieldSpec("velocity")),
        Camera = "front",
        EpisodeSteps = 10,
        FrameSkip = 2,
        Baseline = "a box",
        DefaultGoal = "a box",
        Measures = [new SuccessMeasure("right", "on the right", state => state[0] > 0 ? 1 : 0, 2)],
        Facts = [],
    };

    public void Start(PhysicsView physics, StartDistribution start, ref Rng rng) => physics.Position(_rail) = rng.Uniform(-1, 1);

    public void Place(PhysicsView physics, StateSource source, ref Rng rng) => physics.Position(_rail) = rng.Uniform(-1, 1);

    public void Act(PhysicsView physics, ReadOnlySpan<float> action) => physics.Control(_push) = action[0];

    public void Observe(PhysicsView physics, Span<float> observation) =>
        (observation[0], observation[1]) = ((float)physics.Position(_rail), (float)physics.Velocity(_rail));

    public void ReadState(PhysicsView physics, Span<float> state) => Observe(physics, state);

    public void Reward(PhysicsView physics, ReadOnlySpan<float> state, ReadOnlySpan<float> action, Span<double> terms) =>
        terms[0] = -Math.Abs(state[0]);

    public bool IsOver(PhysicsView physics, ReadOnlySpan<float> state) => state[0] > 3;
}
