using EmbodiedRL.Contracts;
using EmbodiedRL.Simulation.Native;

namespace EmbodiedRL.Envs.Tests.Parity;

/// <summary>The recorded rollouts of one environment: R of T control steps each.</summary>
internal sealed class Rollouts
{
    private readonly FixtureTensors _tensors;
    private readonly Dictionary<string, double[]> _arrays = [];

    public Rollouts(string recording)
    {
        _tensors = new FixtureTensors(recording);
        Environment = _tensors.Metadata("environment");
        (Count, Steps) = ((int)_tensors.Shape("action")[0], (int)_tensors.Shape("action")[1]);
        Assert.SkipUnless(MuJoCoLibrary.Version == _tensors.Metadata("mujoco"),
            $"Recorded with MuJoCo {_tensors.Metadata("mujoco")}, this is {MuJoCoLibrary.Version}.");
    }

    public string Environment { get; }

    public int Count { get; }

    public int Steps { get; }

    /// <summary>Row of an array [R, width].</summary>
    public ReadOnlySpan<double> Row(string name, int rollout) => Row(name, rollout, 0, rows: 1);

    /// <summary>Row of an array [R, rows, ...]; arrays of states have a row more than there are steps.</summary>
    public ReadOnlySpan<double> Row(string name, int rollout, int step) => Row(name, rollout, step, (int)_tensors.Shape(name)[1]);

    /// <summary>Number of an array [R, T].</summary>
    public double Number(string name, int rollout, int step) => Row(name, rollout, step)[0];

    private ReadOnlySpan<double> Row(string name, int rollout, int step, int rows)
    {
        if (!_arrays.TryGetValue(name, out double[]? values)) _arrays[name] = values = _tensors.Doubles(name);
        int width = values.Length / (Count * rows);
        return values.AsSpan(((rollout * rows) + step) * width, width);
    }
}
