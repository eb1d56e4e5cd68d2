using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Losses;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders;

/// <summary>Trainer of a <see cref="SceneClip"/>: learns, batch by batch, how true sentences are of images.</summary>
/// <remarks>
/// AdamW over all weights as one vector, decay on matrices only, after shortening the gradient to
/// length one. Borrows the model; owns the moments. Not thread-safe. Its snapshot, with the model's, continues a training bit for bit.
/// </remarks>
public sealed class SceneClipTrainer : ISnapshot, IDisposable
{
    private const double SecondDecay = 0.98, MaximumNorm = 1;

    private readonly SceneClip _model;
    private readonly Adam _adam;

    /// <summary>Moments at zero.</summary>
    /// <param name="model">Borrowed; it can be used for encoding between two steps.</param>
    /// <param name="weightDecay">Share of each matrix's values that a step at learning rate 1 would take away.</param>
    public SceneClipTrainer(SceneClip model, double weightDecay = 0.01)
    {
        _model = model;
        ParameterVector parameters = model.Parameters;
        _adam = new Adam(parameters, new AdamSettings { SecondDecay = SecondDecay, WeightDecay = weightDecay, NormEpsilon = 0 });
        using DisposeScope scope = NewDisposeScope();
        foreach (ParameterShape shape in parameters.Shapes)
            parameters[shape.Name].requires_grad_(true).grad = parameters.GradientOf(shape.Name);
    }

    /// <summary>One step on one batch.</summary>
    /// <param name="frames">uint8 [B, H, W, 3].</param>
    /// <param name="captions">C sentences.</param>
    /// <param name="truth">[B, C], how true each sentence is of each picture, in [0, 1]; NaN leaves a pair out.</param>
    /// <param name="learningRate">Of this step.</param>
    /// <param name="shown">What the images show, to be told by a head that is taught along; null without one.</param>
    /// <returns>The loss of the sentences before the step.</returns>
    /// <exception cref="SpecMismatchException">Lengths differ, a truth is outside of [0, 1], or none is known.</exception>
    /// <exception cref="NonFiniteException">The loss or its gradient is not finite; no weight was changed.</exception>
    public double Step(ReadOnlySpan<byte> frames, IReadOnlyList<string> captions, ReadOnlySpan<float> truth, double learningRate,
        PerceptionTargets? shown = null)
    {
        int size = _model.ImageSize, count = frames.Length / (size * size * 3);
        SpecMismatchException.ThrowIfLength("frames", frames.Length, count * size * size * 3);
        SpecMismatchException.ThrowIfLength("truth", truth.Length, count * captions.Count);
        RequireTruth(truth);

        using DisposeScope scope = NewDisposeScope();
        ParameterVector parameters = _model.Parameters;
        Tensor pictures = empty([count, size, size, 3], ScalarType.Byte), truths = empty([count, captions.Count], ScalarType.Float32);
        frames.CopyTo(pictures.bytes);
        TensorSpans.Write(truths, truth);
        Device device = parameters.Values.device;

        parameters.Gradients.zero_();
        Tensor features = _model.Images.Features(pictures.to(device));
        Tensor images = _model.Images.Embed(features), texts = _model.EncodeTexts(captions);
        Tensor loss = GradedSigmoidLoss.Compute(images, texts, truths.to(device), parameters[SceneClip.LogScale],
            parameters[SceneClip.Bias]);
        Tensor whole = shown is null ? loss : loss + shown.Head.Loss(features, shown);
        whole.backward();

        double value = loss.ToDouble(), sum = whole.ToDouble();
        double norm = double.IsFinite(sum) ? _adam.Step(learningRate, MaximumNorm) : parameters.Gradients.norm().ToDouble();
        if (!double.IsFinite(sum) || !double.IsFinite(norm))
            throw new NonFiniteException("The loss of scene-clip", $"step {_adam.Steps + 1} (loss {sum}, gradient {norm})",
                "Lower the learning rate.");
        shown?.Head.Step(learningRate);
        _model.TakeOverWeights();
        return value;
    }

    /// <inheritdoc/>
    public void Save(Snapshot into) => _adam.Save(into);

    /// <inheritdoc/>
    public void Load(Snapshot from) => _adam.Load(from);

    /// <summary>Frees the moments; the model stays.</summary>
    public void Dispose()
    {
        foreach (ParameterShape shape in _model.Parameters.Shapes) _model.Parameters[shape.Name].requires_grad_(false);
        _adam.Dispose();
    }

    private static void RequireTruth(ReadOnlySpan<float> truth)
    {
        bool known = false;
        foreach (float value in truth)
        {
            if (float.IsNaN(value)) continue;
            if (value is < 0 or > 1) throw new SpecMismatchException("truth", "values in [0, 1] or NaN", $"{value}");
            known = true;
        }

        if (!known) throw new SpecMismatchException("truth", "at least one pair whose truth is known", "none");
    }
}
