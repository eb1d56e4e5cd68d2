using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Simulation;

/// <summary>N environments of one task over one model, stepped in parallel, written into the caller's memory.</summary>
/// <remarks>
/// Every environment draws from streams of its own, named by seed, environment and episode, so no number of threads changes a bit. A state that
/// MuJoCo finds bad (not finite or too large) ends the episode as truncated with the last good state, is counted in
/// <see cref="Divergences"/>, and never reaches a buffer.
/// </remarks>
public sealed class VectorEnvironment : IVectorEnvironment, IPerturbable
{
    private readonly Model _model;
    private readonly Row[] _rows;
    private readonly WorkerPool _pool;
    private readonly SceneMap _scene;
    private ulong _seed;
    private StartDistribution _start;
    private Job _job;
    private StateSource _source;
    private long _draw;
    private StepBuffer? _into;
    private float[] _actions = [];
    private bool _isStepping;

    /// <summary>Makes N environments in their default state; <see cref="Reset"/> begins episodes.</summary>
    /// <param name="model">Owned from here on.</param>
    /// <param name="createTask">Makes the task of one environment.</param>
    /// <param name="count">N.</param>
    /// <param name="workers">Threads that step; 0 takes all cores.</param>
    public VectorEnvironment(Model model, Func<Model, ITask> createTask, int count, int workers = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        _model = model;
        _scene = SceneMap.Of(model);
        _rows = new Row[count];
        for (int row = 0; row < count; row++) _rows[row] = new Row(new PhysicsView(model), createTask(model));
        Info = Describe(_rows[0].Task.Info, model, _scene);
        foreach (Row row in _rows) row.MakeRoom(model, Info);
        _pool = new WorkerPool(count, workers, Serve);
    }

    private enum Job
    {
        Reset,
        Step,
        Place,
    }

    /// <inheritdoc/>
    public EnvironmentInfo Info { get; }

    /// <inheritdoc/>
    public int Count => _rows.Length;

    /// <summary>Episodes that ended because their state went bad.</summary>
    public long Divergences => _rows.Sum(row => row.Divergences);

    /// <inheritdoc/>
    public void Reset(ulong seed, StartDistribution start, StepBuffer into)
    {
        RequireIdle();
        (_seed, _start) = (seed, start);
        foreach (Row row in _rows) row.Episode = 0;
        Run(Job.Reset, into);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<float> actions, StepBuffer into)
    {
        BeginStep(actions, into);
        EndStep();
    }

    /// <inheritdoc/>
    /// <remarks>With one worker there is nobody to hand the work to, and the second half does it.</remarks>
    public void BeginStep(ReadOnlySpan<float> actions, StepBuffer into)
    {
        RequireIdle();
        SpecMismatchException.ThrowIfLength("actions [N, A]", actions.Length, Count * Info.Actions.Length);
        NonFiniteException.ThrowIfAny(actions, "An action");
        if (_actions.Length != actions.Length) _actions = new float[actions.Length];
        actions.CopyTo(_actions);
        HandOut(Job.Step, into);
        _pool.Begin();
        _isStepping = true;
    }

    /// <inheritdoc/>
    public void EndStep()
    {
        if (!_isStepping) throw new InvalidOperationException("No step has begun; call BeginStep first.");
        _isStepping = false;
        _pool.End();
    }

    /// <inheritdoc/>
    public void Place(ulong seed, long draw, StateSource source, StepBuffer into)
    {
        RequireIdle();
        (_seed, _draw, _source) = (seed, draw, source);
        Run(Job.Place, into);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        RequireIdle();
        into.Put("seed", _seed);
        into.Put("start", (int)_start);
        into.Put<long>("episode", [.. _rows.Select(row => row.Episode)]);
        into.Put<int>("step", [.. _rows.Select(row => row.Step)]);
        into.Put<long>("divergences", [.. _rows.Select(row => row.Divergences)]);
        PhysicsState.Save(into, [.. _rows.Select(row => row.Physics)]);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        RequireIdle();
        (_seed, _start) = (from.Get<ulong>("seed"), (StartDistribution)from.Get<int>("start"));
        long[] episodes = from.GetAll<long>("episode"), divergences = from.GetAll<long>("divergences");
        int[] steps = from.GetAll<int>("step");
        SpecMismatchException.ThrowIfLength("environments in the snapshot", steps.Length, Count);
        for (int i = 0; i < Count; i++) (_rows[i].Episode, _rows[i].Step, _rows[i].Divergences) = (episodes[i], steps[i], divergences[i]);
        PhysicsState.Load(from, [.. _rows.Select(row => row.Physics)]);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Bodies => [.. _model.Names("body").Skip(1).Where(name => name.Length > 0)];

    /// <inheritdoc/>
    public void Push(int environment, string body, Vector3 force)
    {
        RequireIdle();
        if (!float.IsFinite(force.X + force.Y + force.Z)) throw new NonFiniteException($"The force on body '{body}'", $"{force}");
        _rows[environment].Physics.Push(_model.Body(body), force);
    }

    /// <summary>Ends the threads and frees states and model.</summary>
    public void Dispose()
    {
        _pool.Dispose();
        foreach (Row row in _rows) row.Physics.Dispose();
        _model.Dispose();
    }

    private static EnvironmentInfo Describe(TaskInfo task, Model model, SceneMap scene) => new()
    {
        Name = task.Name,
        Summary = task.Summary,
        Observations = task.Observations,
        Actions = task.Actions,
        State = task.State,
        RewardTerms = task.RewardTerms,
        Scene = scene.Description,
        Camera = scene.Description.Camera(task.Camera).Name,
        EpisodeSteps = task.EpisodeSteps,
        ControlTimestep = model.Timestep * task.FrameSkip,
        Baseline = task.Baseline,
        DefaultGoal = task.DefaultGoal,
        Measures = task.Measures,
        Facts = task.Facts,
        Subjects = task.Subjects,
    };

    private void Run(Job job, StepBuffer into)
    {
        HandOut(job, into);
        _pool.Run();
    }

    private void HandOut(Job job, StepBuffer into)
    {
        SpecMismatchException.ThrowIfLength("rows of the step buffer", into.Count, Count);
        (_job, _into) = (job, into);
    }

    private void RequireIdle()
    {
        if (_isStepping) throw new InvalidOperationException("A step has begun and not ended; call EndStep first.");
    }

    private void Serve(int row)
    {
        switch (_job)
        {
            case Job.Reset:
                Begin(row);
                WriteStart(row);
                Observe(row, _into!.Observations);
                break;
            case Job.Step:
                Advance(row);
                break;
            default:
                Rng rng = Rng.For(_seed, "place", (_draw << 32) + row);
                _rows[row].Physics.Reset();
                _rows[row].Task.Place(_rows[row].Physics, _source, ref rng);
                _rows[row].Physics.UpdateKinematics();
                WriteStart(row);
                Observe(row, _into!.Observations);
                break;
        }
    }

    private void Begin(int index)
    {
        Row row = _rows[index];
        Rng rng = Rng.For(_seed, "start", (row.Episode << 32) + index);
        row.Episode++;
        row.Step = 0;
        row.Physics.Reset();
        row.Task.Start(row.Physics, _start, ref rng);
        row.Physics.UpdateKinematics();
    }

    private void Advance(int index)
    {
        Row row = _rows[index];
        ReadOnlySpan<float> action = row.Clip(_actions.AsSpan(index * Info.Actions.Length, Info.Actions.Length), Info.Actions);
        row.KeepState();
        row.Task.Act(row.Physics, action);
        bool good = row.Physics.Step(row.Task.Info.FrameSkip);
        if (good) row.Task.AfterSteps(row.Physics);
        else row.RestoreState();
        row.Physics.UpdateKinematics();
        row.Step++;

        ReadOnlySpan<float> state = WriteState(index);
        StepKind kind = !good ? StepKind.Truncated
            : row.Task.IsOver(row.Physics, state) ? StepKind.Terminated
            : row.Step >= Info.EpisodeSteps ? StepKind.Truncated : StepKind.Mid;
        WriteReward(index, state, action);
        _into!.Kinds[index] = kind;
        _scene.Read(row.Physics, _into.Poses.AsSpan(index * Info.Scene.PoseLength, Info.Scene.PoseLength));
        if (kind.Ends())
        {
            Observe(index, _into.FinalObservations);
            Begin(index);
        }

        Observe(index, _into.Observations);
    }

    /// <summary>A state that no action led to: there is no reward.</summary>
    private void WriteStart(int index)
    {
        WriteState(index);
        _into!.Rewards[index] = 0;
        _into.RewardTerms.AsSpan(index * Info.RewardTerms.Length, Info.RewardTerms.Length).Clear();
        _into.Kinds[index] = StepKind.First;
        _scene.Read(_rows[index].Physics, _into.Poses.AsSpan(index * Info.Scene.PoseLength, Info.Scene.PoseLength));
    }

    private void WriteReward(int index, ReadOnlySpan<float> state, ReadOnlySpan<float> action)
    {
        Row row = _rows[index];
        row.Task.Reward(row.Physics, state, action, row.Terms);
        double sum = 0;
        Span<float> terms = _into!.RewardTerms.AsSpan(index * row.Terms.Length, row.Terms.Length);
        for (int i = 0; i < terms.Length; i++)
        {
            terms[i] = (float)row.Terms[i];
            sum += row.Terms[i];
        }

        _into.Rewards[index] = (float)sum;
    }

    private ReadOnlySpan<float> WriteState(int index)
    {
        Span<float> state = _into!.States.AsSpan(index * Info.State.Length, Info.State.Length);
        _rows[index].Task.ReadState(_rows[index].Physics, state);
        return state;
    }

    private void Observe(int index, float[] into) =>
        _rows[index].Task.Observe(_rows[index].Physics, into.AsSpan(index * Info.Observations.Length, Info.Observations.Length));

    /// <summary>One environment.</summary>
    private sealed class Row(PhysicsView physics, ITask task)
    {
        private double[] _positions = [], _velocities = [], _notes = [];
        private float[] _clipped = [];

        public PhysicsView Physics { get; } = physics;

        public ITask Task { get; } = task;

        public long Episode { get; set; }

        public int Step { get; set; }

        public long Divergences { get; set; }

        /// <summary>[R], of the last step.</summary>
        public double[] Terms { get; } = new double[task.Info.RewardTerms.Length];

        public void MakeRoom(Model model, EnvironmentInfo info)
        {
            _positions = new double[model.PositionCount];
            _velocities = new double[model.VelocityCount];
            _notes = new double[Physics.UserData.Length];
            _clipped = new float[info.Actions.Length];
        }

        /// <summary>Actions within their bounds; choices to the nearest there is.</summary>
        public ReadOnlySpan<float> Clip(ReadOnlySpan<float> action, Core.Specs.ActionSpec spec)
        {
            int at = 0;
            foreach (Core.Specs.FieldSpec field in spec.Vector.Fields)
                for (int i = 0; i < field.Length; i++, at++)
                {
                    float value = Math.Clamp(action[at], field.Minimum, field.Maximum);
                    _clipped[at] = spec.IsDiscrete ? MathF.Round(value) : value;
                }

            return _clipped;
        }

        public void KeepState()
        {
            Physics.Positions.CopyTo(_positions);
            Physics.Velocities.CopyTo(_velocities);
            Physics.UserData.CopyTo(_notes);
        }

        public void RestoreState()
        {
            Divergences++;
            _positions.CopyTo(Physics.Positions);
            _velocities.CopyTo(Physics.Velocities);
            _notes.CopyTo(Physics.UserData);
        }
    }
}
