using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.LowRank;
using EmbodiedRL.Models.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.Reasoning;

/// <summary>
/// Supervised fine-tuning: a language model imitates the worked answers of questions, by the mean cross-entropy of their tokens. What
/// learning from rewards is compared with.
/// </summary>
/// <remarks>Reads no reward. The model is lent and changed in place. Not thread-safe.</remarks>
[NoPaper("maximum likelihood")]
public sealed class Supervised : IAlgorithm
{
    private readonly SupervisedOptions _options;
    private readonly ILanguageModel _model;
    private readonly TrainedWeights _weights;
    private readonly Adam _adam;
    private readonly WarmupSchedule _rate;

    /// <summary>A trainer of a model as it stands.</summary>
    /// <param name="options">Checked here.</param>
    /// <param name="model">Lent; its weights that require gradients are trained, or the adapter's.</param>
    /// <param name="adapter">Attached to the model and trained in place of its weights; lent. Null for a model without one.</param>
    /// <exception cref="SettingsException">An option cannot be used.</exception>
    public Supervised(SupervisedOptions options, ILanguageModel model, LowRankAdapter? adapter = null)
    {
        options.Require("agent");
        (_options, _model) = (options, model);
        _weights = new TrainedWeights(adapter?.Weights ?? model.Module.named_parameters()
            .Where(pair => pair.parameter.requires_grad).Select(pair => (pair.name, pair.parameter)));
        using (Tensor? mask = options.WeightDecay > 0 ? _weights.DecayMask() : null)
            _adam = new Adam(_weights.Values, _weights.Gradients, new AdamSettings { WeightDecay = options.WeightDecay }, mask);
        _rate = new WarmupSchedule(options.LearningRate, options.Warmup, options.Decay);
    }

    /// <inheritdoc/>
    public AlgorithmSpec Spec { get; } = new(1, BatchFields.Prompts | BatchFields.Questions);

    /// <inheritdoc/>
    /// <exception cref="SpecMismatchException">A question has no worked answer.</exception>
    public void Update(RewardBatch batch, ReadOnlySpan<float> rewards, RunProgress progress, IMetricSink metrics)
    {
        TorchRuntime.UseThreads();
        var completions = batch.As<CompletionBatch>();
        completions.Require("supervised", Spec.Reads);
        CompletionRow[] rows = [.. completions.Questions!.Select(Row)];
        double rate = _rate.At(progress.Fraction, progress.Steps > 0 ? (double)completions.Rows / progress.Steps : 0);
        using var reader = new CompletionReader(_model, temperature: 1);
        using DisposeScope scope = NewDisposeScope();
        _weights.ZeroGradients();
        Tensor loss = -reader.Read(rows).LogProbabilities.sum() / rows.Sum(row => row.Tokens.Length);
        double value = loss.ToDouble();
        if (!double.IsFinite(value)) throw new NonFiniteException("The loss", $"{value}", "Lower the learning rate.");
        loss.backward();
        _weights.Gather();
        double norm = _adam.Step(rate, _options.MaxGradientNorm);
        if (!double.IsFinite(norm)) throw new NonFiniteException("The gradient", $"{norm}", "Lower the learning rate.");
        _weights.Scatter();
        metrics.Write("loss", value);
        metrics.Write("grad_norm", norm);
        metrics.Write("learning_rate", rate);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        _weights.Save(into.Section("model"));
        _adam.Save(into.Section("adam"));
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _weights.Load(from.Section("model"));
        _adam.Load(from.Section("adam"));
    }

    /// <summary>Frees what it owns; the model stays.</summary>
    public void Dispose()
    {
        _adam.Dispose();
        _weights.Dispose();
    }

    private CompletionRow Row(Question question)
    {
        string worked = question.WorkedAnswer ?? throw new SpecMismatchException("supervised fine-tuning", "questions with worked answers",
            $"'{question.Prompt}' without one");
        int[] tokens = [.. _model.Tokenizer.Encode(worked), _model.Spec.EndIds[0]];
        return new CompletionRow(question, tokens, 1) { Sampled = [] };
    }
}
