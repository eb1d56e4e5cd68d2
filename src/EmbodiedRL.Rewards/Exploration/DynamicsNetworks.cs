using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>
/// Encoder of observations that learns to tell the action between two of them (inverse dynamics), so that its features hold what actions
/// change; with a forward model where one is asked for, which predicts the features reached.
/// </summary>
/// <remarks>Owns weights and moments. Not thread-safe.</remarks>
internal sealed class DynamicsNetworks : ISnapshot, IDisposable
{
    private const double MaximumNorm = 1;

    private readonly int _width;
    private readonly double _beta;
    private readonly ActionSpec _actions;
    private readonly LearnedBonusOptions _options;
    private readonly StandardizedRows _input;
    private readonly ParameterVector _parameters;
    private readonly MlpModule _encoder, _inverse;
    private readonly MlpModule? _forward;
    private readonly Adam _adam;

    /// <summary>Networks as they begin.</summary>
    /// <param name="term">Name of the bonus, which names the random streams.</param>
    /// <param name="width">Values of an observation.</param>
    /// <param name="actions">What lies between two observations.</param>
    /// <param name="options">Sizes, rate, seed.</param>
    /// <param name="beta">Share of the forward model's loss; 0 makes no forward model.</param>
    public DynamicsNetworks(string term, int width, ActionSpec actions, LearnedBonusOptions options, double beta = 0)
    {
        (_width, _beta, _actions, _options, _input) = (width, beta, actions, options, new StandardizedRows(width));
        int features = options.Features, hidden = options.Hidden, inputs = ActionInputs;
        int[] encoder = [width, hidden, hidden, features], inverse = [2 * features, hidden, inputs],
            forward = [features + inputs, hidden, hidden, features];
        TorchRuntime.EnsureLoaded();
        _parameters = new ParameterVector(CPU,
        [
            .. Mlp.Shapes("encoder", encoder), .. Mlp.Shapes("inverse", inverse), .. beta > 0 ? Mlp.Shapes("forward", forward) : [],
        ]);
        var rng = Rng.For((ulong)options.Seed, $"dynamics/{term}/weights");
        Mlp.Initialize(_parameters, "encoder", encoder, 1, ref rng);
        Mlp.Initialize(_parameters, "inverse", inverse, 1, ref rng);
        if (beta > 0) Mlp.Initialize(_parameters, "forward", forward, 1, ref rng);
        _encoder = new MlpModule(_parameters, "encoder", encoder, Activation.Relu);
        _inverse = new MlpModule(_parameters, "inverse", inverse, Activation.Relu);
        _forward = beta > 0 ? new MlpModule(_parameters, "forward", forward, Activation.Relu) : null;
        _adam = new Adam(_parameters);
    }

    private int ActionInputs => _actions.IsDiscrete ? _actions.Choices : _actions.Length;

    /// <summary>Takes observations into the running moments that the encoder's input is standardized by.</summary>
    public void Observe(ReadOnlySpan<float> rows) => _input.Observe(rows);

    /// <summary>The features of observations.</summary>
    /// <param name="rows">[B, width].</param>
    /// <returns>[B, features].</returns>
    public float[] Encode(ReadOnlySpan<float> rows)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        float[] features = new float[rows.Length / _width * _options.Features];
        TensorSpans.Read(_encoder.forward(_input.ToTensor(rows)).contiguous(), features);
        return features;
    }

    /// <summary>Curiosity: half the squared distance between the features predicted and those reached.</summary>
    /// <param name="before">[B, width].</param>
    /// <param name="actions">[B, A], as they were sampled.</param>
    /// <param name="after">[B, width].</param>
    /// <returns>[B].</returns>
    public float[] Errors(float[] before, float[] actions, float[] after)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        float[] errors = new float[before.Length / _width];
        Tensor predicted = Predict(_encoder.forward(_input.ToTensor(before)), Inputs(actions));
        TensorSpans.Read(DistillationLoss.Errors(predicted, _encoder.forward(_input.ToTensor(after))).contiguous(), errors);
        return errors;
    }

    /// <summary>Learns from the transitions of a batch.</summary>
    /// <param name="before">[rows, width].</param>
    /// <param name="actions">[rows, A].</param>
    /// <param name="after">[rows, width].</param>
    /// <param name="rng">Of the order.</param>
    /// <param name="cancel">Stops between two steps.</param>
    /// <returns>Mean losses of the steps.</returns>
    /// <exception cref="NonFiniteException">A loss is not finite; its step changed no weight.</exception>
    public (double Inverse, double Forward) Learn(float[] before, float[] actions, float[] after, ref Rng rng, CancellationToken cancel)
    {
        (double inverse, double forward) sums = (0, 0);
        List<int[]> all = Minibatches.Of(before.Length / _width, _options, ref rng);
        foreach (int[] rows in all)
        {
            cancel.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            _parameters.Gradients.zero_();
            Tensor from = _encoder.forward(_input.ToTensor(Minibatches.Choose(before, _width, rows)));
            Tensor to = _encoder.forward(_input.ToTensor(Minibatches.Choose(after, _width, rows)));
            Tensor acted = Inputs(Minibatches.Choose(actions, _actions.Length, rows));
            Tensor inverse = CuriosityLosses.Inverse(_inverse.forward(cat([from, to], 1)), acted, _actions.IsDiscrete);
            Tensor? forward = _forward is null ? null : CuriosityLosses.Forward(Predict(from, acted), to);
            Tensor loss = forward is null ? inverse : ((1 - _beta) * inverse) + (_beta * forward);
            loss.backward();
            double value = loss.ToDouble(), norm = _adam.Step(_options.LearningRate, MaximumNorm);
            if (!double.IsFinite(value) || !double.IsFinite(norm))
                throw new NonFiniteException("The loss of a model of dynamics", $"step {_adam.Steps + 1}", "Lower the learning rate.");
            sums = (sums.inverse + inverse.ToDouble(), sums.forward + (forward?.ToDouble() ?? 0));
        }

        return (sums.inverse / all.Count, sums.forward / all.Count);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        _input.Save(into.Section("input"));
        _parameters.Save(into.Section("weights"));
        _adam.Save(into.Section("adam"));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _input.Load(from.Section("input"));
        _parameters.Load(from.Section("weights"));
        _adam.Load(from.Section("adam"));
    }

    /// <summary>Frees weights and moments.</summary>
    public void Dispose()
    {
        _encoder.Dispose();
        _inverse.Dispose();
        _forward?.Dispose();
        _adam.Dispose();
        _parameters.Dispose();
    }

    private Tensor Predict(Tensor features, Tensor acted) => _forward!.forward(cat([features, acted], 1));

    /// <summary>Actions as networks read them: a choice as a row of 0 and one 1, real values as the environment takes them.</summary>
    private Tensor Inputs(float[] actions)
    {
        int length = _actions.Length, inputs = ActionInputs, rows = actions.Length / length;
        float[] values = new float[rows * inputs];
        if (_actions.IsDiscrete)
        {
            for (int row = 0; row < rows; row++)
                values[(row * inputs) + (int)MathF.Round(Math.Clamp(actions[row], 0, inputs - 1))] = 1;
        }
        else
        {
            foreach (FieldSpec field in _actions.Vector.Fields)
                for (int i = _actions.Vector.Offset(field.Name); i < _actions.Vector.Offset(field.Name) + field.Length; i++)
                    for (int row = 0; row < rows; row++)
                        values[(row * length) + i] = Math.Clamp(actions[(row * length) + i], field.Minimum, field.Maximum);
        }

        Tensor tensor = empty([rows, inputs]);
        TensorSpans.Write(tensor, values);
        return tensor;
    }
}
