using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Losses;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders;

/// <summary>
/// Auxiliary head of a training: lists what an image of one environment shows, from the features that the embedding is made of.
/// </summary>
/// <remarks>
/// Sentences alone tell an image encoder little about where things are: each says one thing in one of many wordings, and most are false.
/// The truth of every fact and the pose of every thing, asked of every image, teach the same layers much sooner. One linear layer; it is
/// left behind when the training ends. Owns weights and moments. Not thread-safe.
/// </remarks>
public sealed class PerceptionHead : ISnapshot, IDisposable
{
    private const string Weight = "weight", Bias = "bias";
    private const double Margin = GradedSigmoidLoss.Margin;
    private const double SecondDecay = 0.98, MaximumNorm = 1;

    private readonly ParameterVector _parameters;
    private readonly Adam _adam;

    /// <summary>A head that knows nothing yet.</summary>
    /// <param name="settings">Sizes of the model it is put on.</param>
    /// <param name="facts">F, truths to tell.</param>
    /// <param name="places">P, numbers of poses to tell.</param>
    /// <param name="seed">Equal seeds give equal weights.</param>
    /// <param name="device">Where the model's weights live; the CPU if null.</param>
    public PerceptionHead(SceneClipSettings settings, int facts, int places, ulong seed, Device? device = null)
    {
        (Facts, Places) = (facts, places);
        _parameters = new ParameterVector(device ?? CPU, new ParameterShape(Weight, facts + places, settings.ImageFeatures),
            new ParameterShape(Bias, facts + places));
        SceneClipWeights.Draw(_parameters, seed);
        _adam = new Adam(_parameters, new AdamSettings { SecondDecay = SecondDecay });
        using DisposeScope scope = NewDisposeScope();
        foreach (ParameterShape shape in _parameters.Shapes)
            _parameters[shape.Name].requires_grad_(true).grad = _parameters.GradientOf(shape.Name);
    }

    /// <summary>F.</summary>
    public int Facts { get; }

    /// <summary>P.</summary>
    public int Places { get; }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        _parameters.Save(into.Section("weights"));
        _adam.Save(into.Section("moments"));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _parameters.Load(from.Section("weights"));
        _adam.Load(from.Section("moments"));
    }

    /// <summary>Frees weights and moments.</summary>
    public void Dispose()
    {
        foreach (ParameterShape shape in _parameters.Shapes) _parameters[shape.Name].requires_grad_(false);
        _adam.Dispose();
        _parameters.Dispose();
    }

    /// <summary>
    /// Mean cross-entropy of the facts' truths plus mean smooth L1 distance of the poses' numbers, each over what is known.
    /// </summary>
    /// <param name="features">[B, K], with a graph.</param>
    /// <param name="targets">What the images show.</param>
    /// <returns>A single number, fresh; the caller's scope owns it and everything between. Zero if nothing is known.</returns>
    internal Tensor Loss(Tensor features, PerceptionTargets targets)
    {
        _parameters.Gradients.zero_();
        Tensor told = nn.functional.linear(features, _parameters[Weight], _parameters[Bias]);
        (Tensor truth, Tensor known) = Known(targets.Facts, Facts, features);
        (Tensor places, Tensor seen) = Known(targets.Places, Places, features);
        Tensor entropy = nn.functional.binary_cross_entropy_with_logits(told.narrow(1, 0, Facts), truth.clamp(Margin, 1 - Margin),
            weight: known, reduction: nn.Reduction.Sum);
        Tensor distance = nn.functional.smooth_l1_loss(told.narrow(1, Facts, Places) * seen, places, reduction: nn.Reduction.Sum);
        return (entropy / known.sum().clamp(min: 1)) + (distance / seen.sum().clamp(min: 1));
    }

    /// <summary>One step against the gradient that the last loss left.</summary>
    internal void Step(double learningRate) => _adam.Step(learningRate, MaximumNorm);

    /// <summary>Values with zeros for what is not known, and ones where something is.</summary>
    private static (Tensor Values, Tensor Known) Known(float[] values, int width, Tensor features)
    {
        SpecMismatchException.ThrowIfLength("perception targets", values.Length, checked((int)features.shape[0] * width));
        Tensor given = empty([features.shape[0], width], ScalarType.Float32);
        TensorSpans.Write(given, values);
        given = given.to(features.device);
        return (given.nan_to_num(0), given.isnan().logical_not().to(ScalarType.Float32));
    }
}

/// <summary>What the images of a batch show.</summary>
/// <param name="Head">Of the images' environment; borrowed.</param>
/// <param name="Facts">[B, F] in [0, 1]; NaN where it is not known. Borrowed.</param>
/// <param name="Places">[B, P], numbers of poses around zero, of size one; NaN where they are not known. Borrowed.</param>
public sealed record PerceptionTargets(PerceptionHead Head, float[] Facts, float[] Places);
