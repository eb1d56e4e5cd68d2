using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>A fixed random network, and one that learns to predict it: its error is large where it has learned from little.</summary>
/// <remarks>Owns weights and moments. The predictor has one layer more than the target, as in the paper. Not thread-safe.</remarks>
internal sealed class RandomTarget : ISnapshot, IDisposable
{
    private const double MaximumNorm = 1;

    private readonly int _width;
    private readonly LearnedBonusOptions _options;
    private readonly StandardizedRows _input;
    private readonly ParameterVector _fixed, _learned;
    private readonly MlpModule _target, _predictor;
    private readonly Adam _adam;

    /// <summary>Both networks as they begin.</summary>
    /// <param name="term">Name of the bonus, which names the random streams.</param>
    /// <param name="width">Values of an observation.</param>
    /// <param name="options">Sizes, rate, seed.</param>
    public RandomTarget(string term, int width, LearnedBonusOptions options)
    {
        (_width, _options, _input) = (width, options, new StandardizedRows(width));
        int[] target = [width, options.Hidden, options.Hidden, options.Features];
        int[] predictor = [width, options.Hidden, options.Hidden, options.Hidden, options.Features];
        TorchRuntime.EnsureLoaded();
        var rng = Rng.For((ulong)options.Seed, $"distillation/{term}/weights");
        _fixed = new ParameterVector(CPU, [.. Mlp.Shapes("target", target)]);
        Mlp.Initialize(_fixed, "target", target, Math.Sqrt(2), ref rng);
        _learned = new ParameterVector(CPU, [.. Mlp.Shapes("predictor", predictor)]);
        Mlp.Initialize(_learned, "predictor", predictor, Math.Sqrt(2), ref rng);
        _target = new MlpModule(_fixed, "target", target, Activation.Relu);
        _predictor = new MlpModule(_learned, "predictor", predictor, Activation.Relu);
        _adam = new Adam(_learned);
    }

    /// <summary>Takes observations into the running moments that both networks' input is standardized by.</summary>
    public void Observe(ReadOnlySpan<float> rows) => _input.Observe(rows);

    /// <summary>Half the squared distance between prediction and target.</summary>
    /// <param name="rows">[B, width].</param>
    /// <returns>[B].</returns>
    public float[] Errors(ReadOnlySpan<float> rows)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor input = _input.ToTensor(rows);
        float[] errors = new float[rows.Length / _width];
        TensorSpans.Read(DistillationLoss.Errors(_predictor.forward(input), _target.forward(input)).contiguous(), errors);
        return errors;
    }

    /// <summary>Learns from a batch.</summary>
    /// <param name="rows">[rows, width].</param>
    /// <param name="share">Share of the rows of a step that are learned from, drawn anew each time.</param>
    /// <param name="rng">Of the order and the share.</param>
    /// <param name="cancel">Stops between two steps.</param>
    /// <returns>Mean loss of the steps.</returns>
    /// <exception cref="NonFiniteException">A loss is not finite; its step changed no weight.</exception>
    public double Learn(float[] rows, double share, ref Rng rng, CancellationToken cancel)
    {
        double sum = 0;
        List<int[]> all = Minibatches.Of(rows.Length / _width, _options, ref rng);
        foreach (int[] chosen in all)
        {
            cancel.ThrowIfCancellationRequested();
            float[] mask = new float[chosen.Length];
            foreach (ref float learns in mask.AsSpan()) learns = rng.NextDouble() < share ? 1 : 0;
            using DisposeScope scope = NewDisposeScope();
            Tensor input = _input.ToTensor(Minibatches.Choose(rows, _width, chosen)), goal, learning = empty(mask.Length);
            TensorSpans.Write(learning, mask);
            using (no_grad()) goal = _target.forward(input);
            _learned.Gradients.zero_();
            Tensor loss = DistillationLoss.Mean(_predictor.forward(input), goal, learning);
            loss.backward();
            double value = loss.ToDouble(), norm = _adam.Step(_options.LearningRate, MaximumNorm);
            if (!double.IsFinite(value) || !double.IsFinite(norm))
                throw new NonFiniteException("The loss of a distillation", $"step {_adam.Steps + 1}", "Lower the learning rate.");
            sum += value;
        }

        return sum / all.Count;
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        _input.Save(into.Section("input"));
        _fixed.Save(into.Section("target"));
        _learned.Save(into.Section("predictor"));
        _adam.Save(into.Section("adam"));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _input.Load(from.Section("input"));
        _fixed.Load(from.Section("target"));
        _learned.Load(from.Section("predictor"));
        _adam.Load(from.Section("adam"));
    }

    /// <summary>Frees weights and moments.</summary>
    public void Dispose()
    {
        _target.Dispose();
        _predictor.Dispose();
        _adam.Dispose();
        _fixed.Dispose();
        _learned.Dispose();
    }
}
