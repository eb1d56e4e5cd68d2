using EmbodiedRL.Core;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Rewards.Exploration;

/// <summary>
/// Encoder of observations that learns to tell the action between two of them (inverse dynamics), so that its features hold what actions
/// change; with a forward model where one is asked for, which predicts the features reached.
/// </summary>
/// <remarks>Owns weights and moments. Not thread-safe.</remarks>
internal sealed class DynamicsNetworks : BonusNetworks
{
    private readonly double _beta;
    private readonly ActionSpec _actions;
    private readonly MlpModule _encoder, _inverse;
    private readonly MlpModule? _forward;

    /// <summary>Networks as they begin.</summary>
    /// <param name="term">Name of the bonus, which names the random streams.</param>
    /// <param name="width">Values of an observation.</param>
    /// <param name="actions">What lies between two observations.</param>
    /// <param name="options">Sizes, rate, seed.</param>
    /// <param name="beta">Share of the forward model's loss; 0 makes no forward model.</param>
    public DynamicsNetworks(string term, int width, ActionSpec actions, LearnedBonusOptions options, double beta = 0)
        : base(term, "dynamics", width, options,
            Layers(width, actions, options, beta).SelectMany(net => Mlp.Shapes(net.Name, net.Sizes)))
    {
        (_beta, _actions) = (beta, actions);
        (string Name, int[] Sizes)[] layers = [.. Layers(width, actions, options, beta)];
        Rng rng = FirstWeights();
        foreach ((string name, int[] sizes) in layers) Mlp.Initialize(Learned, name, sizes, 1, ref rng);
        MlpModule[] modules = Array.ConvertAll(layers, net => new MlpModule(Learned, net.Name, net.Sizes, Activation.Relu));
        (_encoder, _inverse, _forward) = (modules[0], modules[1], modules.Length > 2 ? modules[2] : null);
        LossNames = beta > 0 ? ["inverse-loss", "forward-loss"] : ["inverse-loss"];
    }

    /// <inheritdoc/>
    protected override string SavedAs => "weights";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> LossNames { get; }

    /// <summary>The features of observations.</summary>
    /// <param name="rows">[B, width].</param>
    /// <returns>[B, features].</returns>
    public float[] Encode(ReadOnlySpan<float> rows)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        float[] features = new float[rows.Length / Width * Options.Features];
        TensorSpans.Read(_encoder.forward(Input(rows)).contiguous(), features);
        return features;
    }

    /// <summary>Curiosity: half the squared distance between the features predicted and those reached.</summary>
    /// <param name="rows">Transitions.</param>
    /// <returns>[rows].</returns>
    public float[] Errors(BonusRows rows)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        float[] errors = new float[rows.Count];
        Tensor predicted = Predict(_encoder.forward(Input(rows.Before)), Inputs(rows.Actions));
        TensorSpans.Read(DistillationLoss.Errors(predicted, _encoder.forward(Input(rows.After))).contiguous(), errors);
        return errors;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _encoder.Dispose();
        _inverse.Dispose();
        _forward?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override (Tensor Loss, Tensor[] Parts) Loss(BonusRows rows, int[] chosen, ref Rng rng)
    {
        Tensor from = _encoder.forward(Input(rows.Before, chosen)), to = _encoder.forward(Input(rows.After, chosen));
        Tensor acted = Inputs(Minibatches.Choose(rows.Actions, _actions.Length, chosen));
        Tensor inverse = CuriosityLosses.Inverse(_inverse.forward(cat([from, to], 1)), acted, _actions.IsDiscrete);
        if (_forward is null) return (inverse, [inverse]);
        Tensor forward = CuriosityLosses.Forward(Predict(from, acted), to);
        return (((1 - _beta) * inverse) + (_beta * forward), [inverse, forward]);
    }

    private static int ActionInputs(ActionSpec actions) => actions.IsDiscrete ? actions.Choices : actions.Length;

    private static IEnumerable<(string Name, int[] Sizes)> Layers(int width, ActionSpec actions, LearnedBonusOptions options, double beta)
    {
        int features = options.Features, hidden = options.Hidden, inputs = ActionInputs(actions);
        yield return ("encoder", [width, hidden, hidden, features]);
        yield return ("inverse", [2 * features, hidden, inputs]);
        if (beta > 0) yield return ("forward", [features + inputs, hidden, hidden, features]);
    }

    private Tensor Predict(Tensor features, Tensor acted) => _forward!.forward(cat([features, acted], 1));

    /// <summary>Actions as networks read them: a choice as a row of 0 and one 1, real values as the environment takes them.</summary>
    private Tensor Inputs(float[] actions)
    {
        int length = _actions.Length, inputs = ActionInputs(_actions), rows = actions.Length / length;
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
