using System.Diagnostics;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Simulation;
using EmbodiedRL.Simulation.Physics;
using EmbodiedRL.Simulation.Tasks;

namespace EmbodiedRL.Benchmarks.Physics;

/// <summary>N environments and N bare states of one scene, stepped alike. Owns both.</summary>
internal sealed class SteppingRace : IDisposable
{
    private const ulong Seed = 1;
    private const int ActionsDrawn = 64; // control steps until actions repeat: drawing them is nobody's work here

    private readonly string _name;
    private readonly int _threads, _skip;
    private readonly List<OpenEndedTask> _tasks = [];
    private readonly VectorEnvironment _environment;
    private readonly BareLoop _bare;
    private readonly StepBuffer _buffer;
    private readonly float[] _actions;
    private readonly Snapshot _start = new();
    private readonly long _managedBytes;

    /// <summary>Makes both sides.</summary>
    /// <param name="name">Of an environment.</param>
    /// <param name="count">N.</param>
    /// <param name="threads">That step them.</param>
    public SteppingRace(string name, int count, int threads)
    {
        (_name, _threads) = (name, threads);
        string scene = Envs.EnvironmentCatalog.SceneOf(name);
        long before = GC.GetAllocatedBytesForCurrentThread();
        _environment = new VectorEnvironment(MujocoModel.Load(scene), MakeTask, count, threads);
        _buffer = new StepBuffer(count, _environment.Info);
        _managedBytes = GC.GetAllocatedBytesForCurrentThread() - before;
        _skip = _tasks[0].Info.FrameSkip;
        _bare = new BareLoop(scene, count, threads, _skip);
        _actions = Draw(_environment.Info.Actions, ActionsDrawn * count);
        Restart();
        _environment.Save(_start);

        OpenEndedTask MakeTask(MujocoModel model)
        {
            _tasks.Add(new OpenEndedTask(Envs.EnvironmentCatalog.CreateTask(name, model)));
            return _tasks[^1];
        }
    }

    /// <summary>Measures both sides in turn.</summary>
    /// <exception cref="EmbodiedException">The two sides did not do the same.</exception>
    public BenchRow Run(Effort effort, CancellationToken cancel)
    {
        int steps = Calibrate(effort.Seconds);
        double[][] controls = Note(steps);
        bool isChecked = false;
        double work = (double)steps * _skip * _environment.Count;
        Comparison measured = Alternation.Run(effort.Repeats, Ours, Reference, cancel);
        return BenchRow.Of($"{SimulationBench.ShortName(_name)}/envs={_environment.Count}/threads={_threads}", "steps/s",
            "a bare loop of control and mj_step, same scene, threads, starting states and controls, no resets", measured,
            ("bytesPerEnvironment", _bare.StateBytes + (_managedBytes / _environment.Count)), ("stepsOfOneMeasurement", (long)work));

        double Ours()
        {
            Restart();
            return work / Time(steps);
        }

        double Reference()
        {
            _bare.Start(_start);
            double seconds = _bare.Run(controls, steps);
            if (!isChecked) RequireSame(steps);
            isChecked = true;
            return work / seconds;
        }
    }

    public void Dispose()
    {
        _bare.Dispose();
        _environment.Dispose();
    }

    private static float[] Draw(Core.Specs.ActionSpec spec, int rows)
    {
        float[] actions = new float[rows * spec.Length];
        var rng = Rng.For(Seed, "actions");
        for (int at = 0; at < actions.Length;)
            foreach (Core.Specs.FieldSpec field in spec.Vector.Fields)
                for (int i = 0; i < field.Length; i++) actions[at++] = (float)rng.Uniform(field.Minimum, field.Maximum);
        return actions;
    }

    private void Restart() => _environment.Reset(Seed, StartDistribution.Task, _buffer);

    private double Time(int steps)
    {
        int row = _environment.Count * _environment.Info.Actions.Length;
        long began = Stopwatch.GetTimestamp();
        for (int step = 0; step < steps; step++) _environment.Step(_actions.AsSpan(step % ActionsDrawn * row, row), _buffer);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Control steps that take about so long; meanwhile the code is compiled for good.</summary>
    private int Calibrate(double seconds)
    {
        const int fewest = 4;
        int steps = fewest;
        while (true)
        {
            Restart();
            double taken = Time(steps);
            if (taken >= seconds / 2) return Math.Max(fewest, (int)(steps * seconds / taken));
            steps = checked(steps * 2);
        }
    }

    /// <summary>The controls that the tasks set in a measurement, for each environment step after step.</summary>
    private double[][] Note(int steps)
    {
        foreach (OpenEndedTask task in _tasks) task.Notes = [];
        Restart();
        Time(steps);
        double[][] controls = [.. _tasks.Select(task => task.Notes!.ToArray())];
        foreach (OpenEndedTask task in _tasks) task.Notes = null;
        return controls;
    }

    private void RequireSame(int steps)
    {
        Restart();
        Time(steps);
        if (_environment.Divergences > 0)
            throw new EmbodiedException($"{_name}: a state went bad under random actions, so there is nothing to compare. Measure for a "
                + "shorter time with --seconds.");
        var end = new Snapshot();
        _environment.Save(end);
        if (!end.GetAll<double>("qpos").AsSpan().SequenceEqual(_bare.Positions()))
            throw new EmbodiedException($"{_name}: the environments and the bare loop ended in different states, so they did not do the "
                + "same work and cannot be compared. Please report it.");
    }
}
