using EmbodiedRL.Core;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using EmbodiedRL.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Models.Encoders;

/// <summary>Trainer of a <see cref="SceneClipMinilm"/>'s head: draws its vectors toward scene-clip's text vectors.</summary>
/// <remarks>The loss is the mean of 1 - cosine. AdamW over all weights. Owns head and moments. Not thread-safe.</remarks>
public sealed class SentenceHeadTrainer : IDisposable
{
    private const double MaximumNorm = 1;

    private readonly SceneClipMinilmSettings _settings;
    private readonly SentenceHead _head;
    private readonly Adam _adam;

    /// <summary>A head that knows nothing yet.</summary>
    /// <param name="settings">Sizes.</param>
    /// <param name="seed">Equal seeds give equal weights.</param>
    /// <param name="weightDecay">Share of each matrix's values that a step at learning rate 1 would take away.</param>
    public SentenceHeadTrainer(SceneClipMinilmSettings settings, ulong seed, double weightDecay = 0.01)
    {
        TorchRuntime.EnsureLoaded();
        (_settings, _head) = (settings, new SentenceHead(settings, seed, CPU));
        _adam = new Adam(_head.Parameters, new AdamSettings { WeightDecay = weightDecay });
        using DisposeScope scope = NewDisposeScope();
        foreach (ParameterShape shape in _head.Parameters.Shapes)
            _head.Parameters[shape.Name].requires_grad_(true).grad = _head.Parameters.GradientOf(shape.Name);
    }

    /// <summary>One step on one batch.</summary>
    /// <param name="sentences">[B, E], the sentence encoder's vectors.</param>
    /// <param name="targets">[B, D], scene-clip's.</param>
    /// <param name="learningRate">Of this step.</param>
    /// <returns>The loss before the step.</returns>
    /// <exception cref="SpecMismatchException">Lengths differ.</exception>
    /// <exception cref="NonFiniteException">The loss is not finite; no weight was changed.</exception>
    public double Step(ReadOnlySpan<float> sentences, ReadOnlySpan<float> targets, double learningRate)
    {
        int count = sentences.Length / _settings.SentenceSize;
        SpecMismatchException.ThrowIfLength("sentence vectors", sentences.Length, count * _settings.SentenceSize);
        SpecMismatchException.ThrowIfLength("text vectors", targets.Length, count * _settings.EmbeddingSize);
        using DisposeScope scope = NewDisposeScope();
        _head.Parameters.Gradients.zero_();
        Tensor read = empty([count, _settings.SentenceSize]), expected = empty([count, _settings.EmbeddingSize]);
        TensorSpans.Write(read, sentences);
        TensorSpans.Write(expected, targets);
        Tensor loss = 1 - (_head.Forward(read) * expected).sum(1).mean();
        loss.backward();
        double value = loss.ToDouble();
        if (!double.IsFinite(value))
            throw new NonFiniteException("The loss of the sentence head", $"step {_adam.Steps + 1} ({value})", "Lower the learning rate.");
        _adam.Step(learningRate, MaximumNorm);
        return value;
    }

    /// <summary>Writes the head's files; makes the folder if it is not there.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="metadata">Words kept with the weights.</param>
    public void Save(string folder, IReadOnlyDictionary<string, string> metadata)
    {
        Directory.CreateDirectory(folder);
        _settings.Write(Path.Combine(folder, "config.json"));
        Safetensors.Write(Path.Combine(folder, "model.safetensors"),
            _head.Parameters.Shapes.Select(shape => SceneClipFolder.Store(shape, _head.Parameters)), metadata);
    }

    /// <summary>Frees head and moments.</summary>
    public void Dispose()
    {
        _adam.Dispose();
        _head.Dispose();
    }
}
