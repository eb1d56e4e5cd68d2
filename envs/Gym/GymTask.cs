using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Envs.Gym;

/// <summary>Base of Gymnasium's MuJoCo tasks: controls as given, forward reward and control cost.</summary>
/// <remarks>
/// Everything is computed in double precision, as Gymnasium does; the rows that leave the environment are rounded to float. Where the body
/// is along x before and after a control step stands in the first two user data of its model.
/// </remarks>
public abstract class GymTask : ITask
{
    /// <summary>Index of a user datum: x at the step's start, m.</summary>
    private const int Before = 0;

    /// <summary>Index of a user datum: x at the step's end, m.</summary>
    private const int After = 1;

    private readonly JointRange[] _joints;
    private readonly double[] _seen;

    /// <summary>A task over a model whose user data hold two numbers at least.</summary>
    /// <param name="model">Of the task's scene.</param>
    /// <param name="info">What the task says of itself.</param>
    protected GymTask(MujocoModel model, TaskInfo info)
    {
        Info = info;
        Ground = new Ground(model);
        _joints = JointRange.Of(model);
        _seen = new double[info.Observations.Length];
    }

    /// <inheritdoc/>
    public TaskInfo Info { get; }

    /// <summary>The floor under the body.</summary>
    protected Ground Ground { get; }

    /// <inheritdoc/>
    public void Start(PhysicsView physics, StartDistribution start, ref Rng rng)
    {
        Pose(physics, start, ref rng);
        Begin(physics);
    }

    /// <inheritdoc/>
    public void Place(PhysicsView physics, StateSource source, ref Rng rng)
    {
        Pose(physics, source, ref rng);
        Begin(physics);
    }

    /// <summary>
    /// Makes a posed body ready to be stepped: everything is computed as a first step would, and no ground has been gained yet.
    /// </summary>
    public void Begin(PhysicsView physics)
    {
        physics.Forward();
        physics.UserData[Before] = physics.UserData[After] = Progress(physics);
    }

    /// <inheritdoc/>
    public void Act(PhysicsView physics, ReadOnlySpan<float> action)
    {
        Span<double> controls = physics.Controls;
        for (int i = 0; i < controls.Length; i++) controls[i] = action[i];
    }

    /// <inheritdoc/>
    public virtual void AfterSteps(PhysicsView physics)
    {
        physics.UserData[Before] = physics.UserData[After];
        physics.UserData[After] = Progress(physics);
    }

    /// <inheritdoc/>
    public void Observe(PhysicsView physics, Span<float> observation)
    {
        Observe(physics, _seen);
        for (int i = 0; i < _seen.Length; i++) observation[i] = (float)_seen[i];
    }

    /// <summary>Writes what the agent sees, unrounded.</summary>
    /// <param name="physics">The state reached; all but positions and velocities may still be of the last physics step.</param>
    /// <param name="observation">[O].</param>
    public abstract void Observe(PhysicsView physics, Span<double> observation);

    /// <inheritdoc/>
    public abstract void ReadState(PhysicsView physics, Span<float> state);

    /// <inheritdoc/>
    public abstract void Reward(PhysicsView physics, ReadOnlySpan<float> state, ReadOnlySpan<float> action, Span<double> terms);

    /// <inheritdoc/>
    public virtual bool IsOver(PhysicsView physics, ReadOnlySpan<float> state) => false;

    /// <summary>Poses the body for an episode.</summary>
    protected abstract void Pose(PhysicsView physics, StartDistribution start, ref Rng rng);

    /// <summary>Sets the body's pose for rendering.</summary>
    protected abstract void Pose(PhysicsView physics, StateSource source, ref Rng rng);

    /// <summary>Where along x the body is in the task's eyes, m, of the last physics step.</summary>
    protected abstract double Progress(PhysicsView physics);

    /// <summary>m/s along x over the last control step.</summary>
    protected double ForwardSpeed(PhysicsView physics) =>
        (physics.UserData[After] - physics.UserData[Before]) / (physics.Model.Timestep * Info.FrameSkip);

    /// <summary>The sum of squared controls.</summary>
    protected static double Effort(PhysicsView physics)
    {
        double sum = 0;
        foreach (double control in physics.Controls) sum += control * control;
        return sum;
    }

    /// <summary>Draws every limited joint between where it is and anywhere in its range.</summary>
    /// <param name="physics">Whose positions change.</param>
    /// <param name="share">0 leaves it, 1 forgets where it was.</param>
    /// <param name="rng">Of the draw.</param>
    protected void Loosen(PhysicsView physics, double share, ref Rng rng)
    {
        foreach (JointRange joint in _joints)
        {
            ref double position = ref physics.Positions[joint.Position];
            position += share * (rng.Uniform(joint.Least, joint.Most) - position);
        }
    }

    /// <summary>Adds noise drawn evenly from [-scale, scale).</summary>
    protected static void Shake(Span<double> values, double scale, ref Rng rng)
    {
        foreach (ref double value in values) value += rng.Uniform(-scale, scale);
    }

    /// <summary>A limited joint: where its coordinate lies in qpos, and between what it may be, rad or m.</summary>
    private readonly record struct JointRange(int Position, double Least, double Most)
    {
        public static JointRange[] Of(MujocoModel model)
        {
            List<JointRange> found = [];
            foreach (string name in model.Names("joint"))
            {
                JointId joint = model.Joint(name);
                ReadOnlySpan<double> range = model.Array<double>("jnt_range").Slice(2 * joint.Index, 2);
                if (model.Array<byte>("jnt_limited")[joint.Index] != 0) found.Add(new JointRange(joint.Position, range[0], range[1]));
            }

            return [.. found];
        }
    }
}
