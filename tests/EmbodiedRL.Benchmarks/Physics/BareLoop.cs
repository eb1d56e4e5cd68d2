using System.Diagnostics;
using EmbodiedRL.Core;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Benchmarks.Physics;

/// <summary>
/// The reference of <c>bench simulation</c>: control, <c>mj_step</c>, next environment, and nothing else. Owns MuJoCo's memory.
/// </summary>
/// <remarks>Every thread has its share of the environments for good and never waits for another one before the end.</remarks>
internal sealed unsafe class BareLoop : IDisposable
{
    private readonly nint _model;
    private readonly nint[] _states;
    private readonly int _threads, _skip, _controls;

    /// <summary>Makes N states.</summary>
    /// <param name="scene">MJCF.</param>
    /// <param name="count">N.</param>
    /// <param name="threads">The caller's included.</param>
    /// <param name="skip">Physics steps a control step.</param>
    public BareLoop(string scene, int count, int threads, int skip)
    {
        _model = MuJoCo.Load(scene);
        _states = new nint[count];
        for (int i = 0; i < count; i++) _states[i] = MuJoCo.MakeData(_model);
        (_threads, _skip, _controls) = (Math.Min(threads, count), skip, (int)MuJoCo.Size(_model, "mjModel", "nu"));
    }

    /// <summary>Bytes that MuJoCo sets aside for one state.</summary>
    public long StateBytes => MuJoCoLibrary.Table.Sizes["mjData"] + Size("nbuffer") + Size("narena") + (Size("nstack") * sizeof(double));

    /// <summary>Puts every state where an environment was when it was saved.</summary>
    public void Start(Snapshot from)
    {
        foreach (nint state in _states) MuJoCo.ResetData(_model, state);
        foreach (string array in from.Entries.Keys.Where(name => MuJoCoLibrary.Table.TryFind("mjData", name, out var field)
            && field.IsPointer))
        {
            double[] values = from.GetAll<double>(array);
            int length = values.Length / _states.Length;
            for (int i = 0; i < _states.Length; i++) values.AsSpan(i * length, length).CopyTo(Numbers(i, array, length));
        }
    }

    /// <summary>Steps all states.</summary>
    /// <param name="controls">For each environment its controls, step after step.</param>
    /// <param name="steps">Control steps.</param>
    /// <returns>Seconds.</returns>
    public double Run(double[][] controls, int steps)
    {
        long began = Stopwatch.GetTimestamp();
        var others = new Thread[_threads - 1];
        for (int i = 0; i < others.Length; i++)
        {
            int share = i + 1;
            others[i] = new Thread(() => Run(share, controls, steps)) { IsBackground = true };
            others[i].Start();
        }

        Run(0, controls, steps);
        foreach (Thread other in others) other.Join();
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Positions of all states, [N, nq].</summary>
    public double[] Positions()
    {
        int length = (int)MuJoCo.Size(_model, "mjModel", "nq");
        double[] positions = new double[_states.Length * length];
        for (int i = 0; i < _states.Length; i++) Numbers(i, "qpos", length).CopyTo(positions.AsSpan(i * length));
        return positions;
    }

    public void Dispose()
    {
        foreach (nint state in _states) MuJoCo.DeleteData(state);
        MuJoCo.DeleteModel(_model);
    }

    private void Run(int share, double[][] controls, int steps)
    {
        int first = share * _states.Length / _threads, end = (share + 1) * _states.Length / _threads;
        nint offset = MuJoCoLibrary.Table.Find("mjData", "ctrl").Offset;
        for (int step = 0; step < steps; step++)
            for (int i = first; i < end; i++)
            {
                controls[i].AsSpan(step * _controls, _controls).CopyTo(new Span<double>(*(void**)(_states[i] + offset), _controls));
                for (int k = 0; k < _skip; k++) MuJoCo.Step(_model, _states[i]);
            }
    }

    private Span<double> Numbers(int state, string array, int length) =>
        new((void*)*MuJoCo.At<nint>(_states[state], "mjData", array), length);

    private long Size(string field) => MuJoCo.Size(_states[0], "mjData", field);
}
