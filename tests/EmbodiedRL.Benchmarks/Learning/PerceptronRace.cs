using System.Diagnostics;
using EmbodiedRL.Benchmarks.Measuring;
using EmbodiedRL.Core;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Benchmarks.Learning;

/// <summary>One perceptron, its weights and one minibatch, through both ways of getting gradients. Owns them.</summary>
internal sealed class PerceptronRace : IDisposable
{
    private const string Name = "actor";
    private const double Agreement = 1e-4;              // of the largest gradient

    private readonly ParameterVector _parameters;
    private readonly MlpBackprop _tape;
    private readonly MlpModule _module;
    private readonly Tensor _input, _byOutput;

    public PerceptronRace(int[] sizes, int rows)
    {
        _parameters = new ParameterVector(CPU, [.. Mlp.Shapes(Name, sizes)]);
        var rng = Rng.For(1, "weights");
        Mlp.Initialize(_parameters, Name, sizes, lastGain: 1, ref rng);
        _tape = new MlpBackprop(new Mlp(_parameters, Name, sizes), rows);
        _module = new MlpModule(_parameters, Name, sizes);
        (_input, _byOutput) = (Drawn(rows, sizes[0], ref rng), Drawn(rows, sizes[^1], ref rng));
    }

    /// <summary>Both in turn.</summary>
    /// <exception cref="EmbodiedException">Their gradients differ.</exception>
    public BenchRow Measure(string name, Effort effort, CancellationToken cancel)
    {
        double difference = Compare();
        if (!(difference <= Agreement))
            throw new EmbodiedException($"{name}: the gradients differ by {difference} of the largest, so the two ways cannot be "
                + "compared. Please report it.");
        int ours = Times(ByHand, effort.Seconds), theirs = Times(Automatically, effort.Seconds);
        Comparison measured = Alternation.Run(effort.Repeats, () => Speed(ours, ByHand), () => Speed(theirs, Automatically), cancel);
        return BenchRow.Of(name, "minibatches/s", "the same network by automatic differentiation", measured, ("difference", difference));
    }

    public void Dispose()
    {
        _module.Dispose();
        _tape.Dispose();
        _parameters.Dispose();
        _input.Dispose();
        _byOutput.Dispose();
    }

    private void ByHand()
    {
        using DisposeScope scope = NewDisposeScope();
        _tape.Forward(_input);
        _tape.Backward(_byOutput);
    }

    private void Automatically()
    {
        using DisposeScope scope = NewDisposeScope();
        _parameters.Gradients.zero_();
        _module.forward(_input).backward([_byOutput]);
    }

    private double Compare()
    {
        using DisposeScope scope = NewDisposeScope();
        Automatically();
        Tensor defined = _parameters.Gradients.clone();
        ByHand();
        return ((_parameters.Gradients - defined).abs().max() / defined.abs().max()).ToDouble();
    }

    private static int Times(Action work, double seconds)
    {
        const int Warm = 20;
        Speed(Warm, work);
        return Math.Max(1, (int)(seconds * Speed(Warm, work)));
    }

    private static double Speed(int times, Action work)
    {
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < times; i++) work();
        return times / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static Tensor Drawn(int rows, int columns, ref Rng rng)
    {
        float[] values = new float[rows * columns];
        foreach (ref float value in values.AsSpan()) value = (float)rng.Normal();
        return tensor(values, rows, columns).DetachFromDisposeScope();
    }
}
