using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Extensions.Tests.Learned;

/// <summary>Options of <see cref="DistillationNovelty"/>.</summary>
public sealed record DistillationNoveltyOptions : Options
{
    /// <summary>Width of the hidden layer of both networks.</summary>
    [Range(1, 8192)]
    public int Hidden { get; init; } = 32;

    /// <summary>Features that are predicted.</summary>
    [Range(1, 8192)]
    public int Features { get; init; } = 16;

    /// <summary>Adam's learning rate.</summary>
    [Range(0, 10, IsAboveLeast = true)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Gradient steps on each batch.</summary>
    [Range(1, 1000)]
    public int Epochs { get; init; } = 1;
}

/// <summary>Random network distillation: the error of a network that learns to predict the features of a fixed random network; large
/// where states are new.</summary>
/// <remarks>Section 2.2, on states instead of images and without normalizing observations. Not thread-safe.</remarks>
[Paper("1810.12894", "Exploration by Random Network Distillation", Year = 2018)]
public sealed class DistillationNovelty : Reward, ILearnedReward
{
    private const string Net = "net";

    private readonly DistillationNoveltyOptions _options;
    private readonly int _length;
    private readonly ParameterVector _fixed, _learned;
    private readonly MlpModule _target, _predictor;
    private readonly Adam _adam;

    /// <summary>Two random networks.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="options">Checked.</param>
    /// <param name="info">Whose states it reads.</param>
    /// <param name="seed">Of both networks' weights.</param>
    public DistillationNovelty(string name, DistillationNoveltyOptions options, EnvironmentInfo info, ulong seed)
        : base(new RewardSpec(name, BatchFields.States, 0, float.PositiveInfinity, Scope: ScoreScope.History))
    {
        (_options, _length) = (options, info.State.Length);
        int[] sizes = [_length, options.Hidden, options.Features];
        (_fixed, _target) = Network(sizes, Rng.For(seed, "novelty/target"));
        (_learned, _predictor) = Network(sizes, Rng.For(seed, "novelty/predictor"));
        _adam = new Adam(_learned);
    }

    /// <inheritdoc/>
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        Check(batch, scores);
        context.Cancel.ThrowIfCancellationRequested();
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        TensorSpans.Read(Errors(batch), scores.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask LearnAsync(RewardBatch batch, ScoreContext context)
    {
        double loss = 0;
        for (int epoch = 0; epoch < _options.Epochs; epoch++)
        {
            context.Cancel.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            _predictor.zero_grad();
            Tensor error = Errors(batch).mean();
            error.backward();
            loss = error.ToDouble();
            if (!double.IsFinite(_adam.Step(_options.LearningRate)))
                throw new NonFiniteException($"The gradient of reward '{Spec.Name}'", $"step {context.Step}");
        }

        context.Metrics.Write($"reward/{Spec.Name}/loss", loss);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into)
    {
        _fixed.Save(into.Section("target"));
        _learned.Save(into.Section("predictor"));
        _adam.Save(into.Section("adam"));
    }

    /// <inheritdoc/>
    public override void Load(Snapshot from)
    {
        _fixed.Load(from.Section("target"));
        _learned.Load(from.Section("predictor"));
        _adam.Load(from.Section("adam"));
    }

    /// <summary>Frees networks and optimizer.</summary>
    protected override void Dispose(bool disposing)
    {
        _adam.Dispose();
        _target.Dispose();
        _predictor.Dispose();
        _fixed.Dispose();
        _learned.Dispose();
        base.Dispose(disposing);
    }

    private static (ParameterVector Weights, MlpModule Network) Network(int[] sizes, Rng rng)
    {
        var weights = new ParameterVector(CPU, [.. Mlp.Shapes(Net, sizes)]);
        Mlp.Initialize(weights, Net, sizes, lastGain: 1, ref rng);
        return (weights, new MlpModule(weights, Net, sizes));
    }

    /// <summary>[rows], the mean squared error of each row's prediction; the caller's scope owns it.</summary>
    private Tensor Errors(RewardBatch batch)
    {
        TrajectoryBatch steps = batch.As<TrajectoryBatch>();
        Tensor states = tensor(steps.States, steps.Rows, _length);
        return (_predictor.forward(states) - _target.forward(states).detach()).square().mean([1]);
    }
}
