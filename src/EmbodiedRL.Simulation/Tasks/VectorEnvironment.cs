using System.Collections.Immutable;
using System.Numerics;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Randomizing;
using EmbodiedRL.Simulation.Scenes;

namespace EmbodiedRL.Simulation.Tasks;

/// <summary>Vector environment: N environments of one task over one model, stepped in parallel, written into the caller's memory.</summary>
/// <remarks>
/// Every environment draws from streams of its own, named by seed, environment and episode, so no number of threads changes a bit. A state
/// that MuJoCo finds bad (not finite or too large) ends the episode as truncated with the last good state, is counted in
/// <see cref="Divergences"/>, and never reaches a buffer.
/// </remarks>
public sealed class VectorEnvironment : IMaskedStepping, IPerturbable, IContactSource, IExpertSource, IDivergenceSource
{
    private readonly MujocoModel _model;
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
    private readonly bool[] _chosen; // which environments are skipped in a step, or reset
    private bool _someSkipped;

    /// <summary>Makes N environments in their default state; <see cref="Reset"/> begins episodes.</summary>
    /// <param name="model">Owned from here on.</param>
    /// <param name="createTask">Makes the task of one environment.</param>
    /// <param name="count">N.</param>
    /// <param name="workers">Threads that step; 0 takes all cores.</param>
    /// <param name="randomization">What is drawn anew for each environment beside its state; null for nothing.</param>
    /// <exception cref="UnknownNameException">Something is to be drawn that the model does not have; offers the nearest.</exception>
    public VectorEnvironment(MujocoModel model, Func<MujocoModel, ITask> createTask, int count, int workers = 0,
        Randomization? randomization = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        _model = model;
        _scene = SceneMap.Of(model);
        _rows = new Row[count];
        _chosen = new bool[count];
        VisualLayout visuals = randomization?.Visuals(_scene.Description) ?? VisualLayout.None;
        for (int row = 0; row < count; row++) _rows[row] = Row.Of(model, createTask, randomization, _scene.Description, visuals);
        Info = Describe(_rows[0].Task.Info, model, _scene) with
        {
            VisualRandomization = visuals,
            RandomizedParameters = randomization?.Describe() ?? []
        };
        foreach (Row row in _rows) row.MakeRoom(model, Info);
        _pool = new WorkerPool(count, workers, Serve);
    }

    private enum Job
    {
        Reset,
        Step,
        Place,
        Restart,
    }

    /// <inheritdoc/>
    public EnvironmentInfo Info { get; }

    /// <inheritdoc/>
    public int Count => _rows.Length;

    /// <inheritdoc/>
    public bool SupportsMasking => true;

    /// <inheritdoc/>
    public long Divergences => _rows.Sum(row => row.Divergences);

    /// <inheritdoc/>
    public void Reset(ulong seed, StartDistribution start, StepBuffer into)
    {
        (_seed, _start) = (seed, start);
        foreach (Row row in _rows) row.Episode = 0;
        Run(Job.Reset, into);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<float> actions, StepBuffer into)
    {
        SpecMismatchException.ThrowIfLength("actions [N, A]", actions.Length, Count * Info.Actions.Length);
        NonFiniteException.ThrowIfAny(actions, "An action");
        if (_actions.Length != actions.Length) _actions = new float[actions.Length];
        actions.CopyTo(_actions);
        Run(Job.Step, into);
    }

    /// <inheritdoc/>
    public void StepMasked(ReadOnlySpan<float> actions, ReadOnlySpan<bool> skipped, StepBuffer into)
    {
        SpecMismatchException.ThrowIfLength("skipped [N]", skipped.Length, Count);
        skipped.CopyTo(_chosen);
        _someSkipped = true;
        try
        {
            Step(actions, into);
        }
        finally
        {
            _someSkipped = false;
        }
    }

    /// <inheritdoc/>
    public void ResetRows(ReadOnlySpan<bool> rows, StepBuffer into)
    {
        SpecMismatchException.ThrowIfLength("rows [N]", rows.Length, Count);
        rows.CopyTo(_chosen);
        Run(Job.Restart, into);
    }

    /// <inheritdoc/>
    public void SampleStates(ulong seed, long draw, StateSource source, StepBuffer into)
    {
        (_seed, _draw, _source) = (seed, draw, source);
        Run(Job.Place, into);
    }

    /// <inheritdoc/>
    public ImmutableArray<string> Skills => _rows[0].Task is IScriptedExpert expert ? expert.Skills : [];

    /// <inheritdoc/>
    public void Demonstrate(string skill, Span<float> actions)
    {
        SpecMismatchException.ThrowIfLength("actions [N, A]", actions.Length, Count * Info.Actions.Length);
        int index = Skills.IndexOf(skill);
        if (index < 0) throw new UnknownNameException($"scripted expert of '{Info.Name}'", skill, Skills);
        for (int row = 0; row < Count; row++)
            ((IScriptedExpert)_rows[row].Task).Demonstrate(_rows[row].Physics, index,
                actions.Slice(row * Info.Actions.Length, Info.Actions.Length));
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
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
        (_seed, _start) = (from.Get<ulong>("seed"), (StartDistribution)from.Get<int>("start"));
        long[] episodes = from.GetAll<long>("episode"), divergences = from.GetAll<long>("divergences");
        int[] steps = from.GetAll<int>("step");
        SpecMismatchException.ThrowIfLength("environments in the snapshot", steps.Length, Count);
        for (int i = 0; i < Count; i++) (_rows[i].Episode, _rows[i].Step, _rows[i].Divergences) = (episodes[i], steps[i], divergences[i]);
        for (int i = 0; i < Count; i++)
            if (episodes[i] > 0) _rows[i].Draws?.Begin(_seed, i, episodes[i] - 1);
        PhysicsState.Load(from, [.. _rows.Select(row => row.Physics)]);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Bodies => [.. _model.Names("body").Skip(1).Where(name => name.Length > 0)];

    /// <inheritdoc/>
    public void Push(int environment, string body, Vector3 force)
    {
        if (!float.IsFinite(force.X + force.Y + force.Z)) throw new NonFiniteException($"The force on body '{body}'", $"{force}");
        _rows[environment].Physics.Push(_model.Body(body), force);
    }

    /// <inheritdoc/>
    public int ReadContacts(int environment, Span<Vector3> positions)
    {
        Contacts contacts = _rows[environment].Physics.Contacts;
        for (int i = 0; i < Math.Min(contacts.Count, positions.Length); i++)
        {
            ReadOnlySpan<double> at = contacts[i].Position;
            positions[i] = new Vector3((float)at[0], (float)at[1], (float)at[2]);
        }

        return contacts.Count;
    }

    /// <summary>Ends the threads and frees states and model.</summary>
    public void Dispose()
    {
        _pool.Dispose();
        foreach (Row row in _rows) row.Dispose();
        _model.Dispose();
    }

    private static EnvironmentInfo Describe(TaskInfo task, MujocoModel model, SceneMap scene) => new()
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
        Falsehoods = task.Falsehoods,
    };

    private void Run(Job job, StepBuffer into)
    {
        SpecMismatchException.ThrowIfLength("rows of the step buffer", into.Count, Count);
        (_job, _into) = (job, into);
        _pool.Run();
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
                if (!_someSkipped || !_chosen[row]) Advance(row);
                break;
            case Job.Restart:
                if (_chosen[row]) Restart(row);
                break;
            default:
                Rng rng = Rng.For(_seed, "place", (_draw << 32) + row);
                _rows[row].Draws?.Place(_seed, row, _draw);
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
        row.Draws?.Begin(_seed, index, row.Episode);
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
        _scene.Read(row.Physics, _into.Poses.AsSpan(index * Info.RequiredScene.PoseLength, Info.RequiredScene.PoseLength));
        WriteDraws(index);
        if (kind.Ends())
        {
            Observe(index, _into.FinalObservations);
            Begin(index);
            WriteNext(index);
        }

        Observe(index, _into.Observations);
    }

    private void Restart(int index)
    {
        int width = Info.Observations.Length;
        Array.Copy(_into!.Observations, index * width, _into.FinalObservations, index * width, width);
        Begin(index);
        WriteNext(index);
        Observe(index, _into.Observations);
    }

    private void WriteDraws(int index)
    {
        if (_rows[index].Draws is not { } draws) return;
        draws.Visuals.CopyTo(_into!.VisualParameters, index * draws.Visuals.Length);
        draws.Means.CopyTo(_into.RandomizedParameters, index * draws.Means.Length);
    }

    /// <summary>Writes the poses and visual parameters of the episode that has just begun, if requested.</summary>
    private void WriteNext(int index)
    {
        if (!_into!.HasNext) return;
        _scene.Read(_rows[index].Physics, _into.NextPoses.AsSpan(index * Info.RequiredScene.PoseLength, Info.RequiredScene.PoseLength));
        if (_rows[index].Draws is { } draws) draws.Visuals.CopyTo(_into.NextVisualParameters, index * draws.Visuals.Length);
    }

    /// <summary>A state that no action led to: there is no reward.</summary>
    private void WriteStart(int index)
    {
        WriteState(index);
        _into!.Rewards[index] = 0;
        _into.RewardTerms.AsSpan(index * Info.RewardTerms.Length, Info.RewardTerms.Length).Clear();
        _into.Kinds[index] = StepKind.First;
        WriteDraws(index);
        _scene.Read(_rows[index].Physics, _into.Poses.AsSpan(index * Info.RequiredScene.PoseLength, Info.RequiredScene.PoseLength));
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
    private sealed class Row(PhysicsView physics, ITask task, EditableModel? own) : IDisposable
    {
        private double[] _positions = [], _velocities = [], _notes = [];
        private float[] _clipped = [];

        public PhysicsView Physics { get; } = physics;

        public ITask Task { get; } = task;

        /// <summary>What is drawn for it; null if nothing is.</summary>
        public RowDraws? Draws { get; private init; }

        public long Episode { get; set; }

        public int Step { get; set; }

        public long Divergences { get; set; }

        /// <summary>[R], of the last step.</summary>
        public double[] Terms { get; } = new double[task.Info.RewardTerms.Length];

        /// <summary>An environment; where its physics is drawn, on a model of its own.</summary>
        public static Row Of(MujocoModel model, Func<MujocoModel, ITask> createTask, Randomization? randomization,
            SceneDescription scene, VisualLayout visuals)
        {
            EditableModel? own = randomization?.IsPhysical == true ? model.Copy() : null;
            var physics = new PhysicsView(own?.Model ?? model);
            return new Row(physics, createTask(physics.Model), own) { Draws = randomization?.Open(scene, visuals, physics, own) };
        }

        public void Dispose()
        {
            Physics.Dispose();
            own?.Dispose();
        }

        public void MakeRoom(MujocoModel model, EnvironmentInfo info)
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
