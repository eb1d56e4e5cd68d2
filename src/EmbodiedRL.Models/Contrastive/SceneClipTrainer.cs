using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models.Heads;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Contrastive;

/// <summary>Teaches a <see cref="SceneClip"/>, batch by batch, which sentences are how true of which pictures.</summary>
/// <remarks>
/// AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) over all weights as one vector, decay on matrices only, after shortening the gradient to
/// length one. Borrows the model; owns the moments. Not thread-safe. Its snapshot, with the model's, continues a training bit for bit.
/// </remarks>
public sealed class SceneClipTrainer : ISnapshot, IDisposable
{
    private const double FirstDecay = 0.9, SecondDecay = 0.98, Epsilon = 1e-8, MaximumNorm = 1;

    private readonly SceneClip _model;
    private readonly Tensor _first, _second, _decay;
    private long _step;

    /// <summary>Moments at zero.</summary>
    /// <param name="model">Borrowed; it can be used for encoding between two steps.</param>
    /// <param name="weightDecay">Share of each matrix's values that a step at learning rate 1 would take away.</param>
    public SceneClipTrainer(SceneClip model, double weightDecay = 0.01)
    {
        _model = model;
        ParameterVector parameters = model.Parameters;
        using DisposeScope scope = NewDisposeScope();
        _first = zeros_like(parameters.Values).DetachFromDisposeScope();
        _second = zeros_like(parameters.Values).DetachFromDisposeScope();
        _decay = zeros_like(parameters.Values).DetachFromDisposeScope();
        long offset = 0;
        foreach (ParameterShape shape in parameters.Shapes)
        {
            if (shape.Shape.Length > 1) _decay.narrow(0, offset, shape.Length).fill_(weightDecay);
            offset += shape.Length;
            parameters[shape.Name].requires_grad_(true).grad = parameters.GradientOf(shape.Name);
        }
    }

    /// <summary>One step on one batch.</summary>
    /// <param name="frames">uint8 [B, H, W, 3].</param>
    /// <param name="captions">C sentences.</param>
    /// <param name="truth">[B, C], how true each sentence is of each picture, in [0, 1]; NaN leaves a pair out.</param>
    /// <param name="learningRate">Of this step.</param>
    /// <returns>The loss before the step.</returns>
    /// <exception cref="SpecMismatchException">Lengths differ, a truth is outside of [0, 1], or none is known.</exception>
    /// <exception cref="NonFiniteException">The loss or its gradient is not finite; no weight was changed.</exception>
    public double Step(ReadOnlySpan<byte> frames, IReadOnlyList<string> captions, ReadOnlySpan<float> truth, double learningRate)
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
        Tensor images = _model.EncodeImages(pictures.to(device)), texts = _model.EncodeTexts(captions);
        Tensor loss = GradedSigmoidLoss.Compute(images, texts, truths.to(device), parameters[SceneClip.LogScale], parameters[SceneClip.Bias]);
        loss.backward();

        double value = loss.ToDouble(), norm = parameters.Gradients.norm().ToDouble();
        if (!double.IsFinite(value) || !double.IsFinite(norm))
            throw new NonFiniteException("The loss of scene-clip", $"step {_step + 1} (loss {value}, gradient {norm})", "Lower the learning rate.");
        Descend(norm > MaximumNorm ? MaximumNorm / norm : 1, learningRate);
        return value;
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        float[] moments = new float[_first.numel()];
        into.Put("step", _step);
        TensorSpans.Read(_first, moments);
        into.Put<float>("first", moments);
        TensorSpans.Read(_second, moments);
        into.Put<float>("second", moments);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        float[] moments = new float[_first.numel()];
        _step = from.Get<long>("step");
        from.Get<float>("first", moments);
        TensorSpans.Write(_first, moments);
        from.Get<float>("second", moments);
        TensorSpans.Write(_second, moments);
    }

    /// <summary>Frees the moments; the model stays.</summary>
    public void Dispose()
    {
        foreach (ParameterShape shape in _model.Parameters.Shapes) _model.Parameters[shape.Name].requires_grad_(false);
        _first.Dispose();
        _second.Dispose();
        _decay.Dispose();
    }

    private void Descend(double shortening, double rate)
    {
        using IDisposable still = no_grad();
        (Tensor values, Tensor gradients) = (_model.Parameters.Values, _model.Parameters.Gradients);
        _step++;
        gradients.mul_(shortening);
        _first.mul_(FirstDecay).add_(gradients, 1 - FirstDecay);
        _second.mul_(SecondDecay).addcmul_(gradients, gradients, 1 - SecondDecay);
        double firstBias = 1 - Math.Pow(FirstDecay, _step), secondBias = 1 - Math.Pow(SecondDecay, _step);
        Tensor root = _second.sqrt().mul_(1 / Math.Sqrt(secondBias)).add_(Epsilon);
        values.addcmul_(values, _decay, -rate);
        values.addcdiv_(_first, root, -rate / firstBias);
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
