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

/// <summary>Group relative policy optimization: a language model learns from how completions of one prompt compare.</summary>
/// <remarks>
/// <para>Implements eq. 3 (objective) and eq. 4 (divergence) with advantages of section 4.1.2; the objectives after it (DAPO, GSPO, ...)
/// are settings of <see cref="TokenLoss"/>. With one gradient step a batch all ratios are 1 and nothing is read twice; with more,
/// log-probabilities of the batch are read once more before the first, by the policy as it is then.</para>
/// <para>Weights that require gradients are trained, or those of an adapter in their place. A row that cannot move any
/// weight (advantage 0, without divergence or entropy bonus) is not read, but counts in every divisor.</para>
/// <para>Prompts and completions are those of the batch; the model is lent and changed in place. Not thread-safe. After the first batch
/// neither memory nor tensors grow.</para>
/// </remarks>
[Paper("2402.03300", "DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models", Year = 2024)]
public sealed class Grpo : IAlgorithm, IWarmStart
{
    private readonly GrpoOptions _options;
    private readonly ulong _seed;
    private readonly ILanguageModel _model;
    private readonly LowRankAdapter? _adapter;
    private readonly TrainedWeights _weights;
    private readonly Adam _adam;
    private readonly Tensor? _initial;  // [P], the reference's
    private readonly WarmupSchedule _rate;
    private readonly SelectiveSampleBuffer _buffer;
    private Rng _order, _patches;
    private long _updates;

    /// <summary>A trainer of a model as it stands.</summary>
    /// <param name="options">Checked here.</param>
    /// <param name="model">Lent; its weights that require gradients are trained, or the adapter's.</param>
    /// <param name="seed">Equal seeds and equal batches give equal weights, bit for bit.</param>
    /// <param name="adapter">Attached to the model and trained in place of its weights; lent. Null for a model without one.</param>
    /// <exception cref="SettingsException">An option cannot be used.</exception>
    public Grpo(GrpoOptions options, ILanguageModel model, ulong seed, LowRankAdapter? adapter = null)
    {
        options.Require("agent");
        if (options is { Beta: > 0, Reference: ReferencePolicy.AdapterOff } && adapter is null)
            throw new SettingsException("agent", ["reference: expected initial for a model without an adapter, found adapterOff."]);
        if (options.Recomputes && model is not IDecoderModel)
            throw new SettingsException("agent", [$"recomputes: expected false for {model.Spec.Name}, which cannot, found true."]);
        (_options, _seed, _model, _adapter) = (options, seed, model, adapter);
        if (model is IDecoderModel decoder) decoder.Decoder.Recomputes = options.Recomputes;
        _weights = new TrainedWeights(adapter?.Weights ?? model.Module.named_parameters()
            .Where(pair => pair.parameter.requires_grad).Select(pair => (pair.name, pair.parameter)));
        using (Tensor? mask = options.WeightDecay > 0 ? _weights.DecayMask() : null)
            _adam = new Adam(_weights.Values, _weights.Gradients,
                new AdamSettings { WeightDecay = options.WeightDecay, SecondDecay = options.SecondDecay }, mask);
        if (options is { Beta: > 0, Reference: ReferencePolicy.Initial }) _initial = _weights.Values.clone().DetachFromDisposeScope();
        _rate = new WarmupSchedule(options.LearningRate, options.Warmup, options.Decay);
        _buffer = new SelectiveSampleBuffer(options.Buffer, seed);
        (_order, _patches) = (Rng.For(seed, "minibatches"), Rng.For(seed, "patches"));
        Spec = new AlgorithmSpec(1,
            BatchFields.Prompts | BatchFields.Texts | BatchFields.Questions | BatchFields.Tokens | BatchFields.LogProbabilities);
    }

    /// <inheritdoc/>
    public AlgorithmSpec Spec { get; }

    /// <inheritdoc/>
    public void Update(RewardBatch batch, ReadOnlySpan<float> rewards, RunProgress progress, IMetricSink metrics)
    {
        TorchRuntime.UseThreads();
        var completions = batch.As<CompletionBatch>();
        completions.Require("grpo", Spec.Reads);
        SpecMismatchException.ThrowIfLength("rewards", rewards.Length, completions.Rows);
        NonFiniteException.ThrowIfAny(rewards, "The reward");
        float[] shaped = Shape(completions, rewards), advantages = new float[shaped.Length];
        Compare(completions, shaped, advantages, metrics);

        List<CompletionRow> rows = Rows(completions, advantages);
        int fresh = rows.Count;
        IReadOnlyList<CompletionSample> drawn = _options.Buffer.Share > 0 ? _buffer.Draw(advantages.Count(a => a == 0), _updates) : [];
        rows.AddRange(drawn.Select(sample => new CompletionRow(sample.Question, sample.Tokens, sample.Advantage)
        {
            Sampled = sample.LogProbabilities,
            Old = sample.LogProbabilities,
            Blanked = Blank(sample.Question),
        }));

        var step = new StepTotals();
        double share = progress.Steps > 0 ? (double)completions.Rows / progress.Steps : 0, rate = _rate.At(progress.Fraction, share);
        using (var reader = new CompletionReader(_model, _options.Temperature)) Learn(reader, rows, rate, step);
        if (_options.Buffer.Share > 0) _buffer.Add(Samples(completions, rows, fresh));
        _updates++;
        Report(metrics, completions, rewards, step, rate);
        if (_options.Buffer.Share > 0) metrics.Write("buffer/drawn", drawn.Count);
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        _weights.Save(into.Section("model"));
        _adam.Save(into.Section("adam"));
        _buffer.Save(into.Section("buffer"));
        into.Put("order", _order.Counter);
        into.Put("patches", _patches.Counter);
        into.Put("updates", _updates);
        if (_initial is null) return;
        float[] values = new float[_initial.numel()];
        Models.Tensors.TensorSpans.Read(_initial, values);
        into.Put<float>("reference", values);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _weights.Load(from.Section("model"));
        _adam.Load(from.Section("adam"));
        _buffer.Load(from.Section("buffer"));
        _order = Rng.For(_seed, "minibatches", counter: from.Get<ulong>("order"));
        _patches = Rng.For(_seed, "patches", counter: from.Get<ulong>("patches"));
        _updates = from.Get<long>("updates");
        if (_initial is null) return;
        float[] values = new float[_initial.numel()];
        from.Get<float>("reference", values);
        Models.Tensors.TensorSpans.Write(_initial, values);
    }

    /// <inheritdoc/>
    public void Adopt(Snapshot from)
    {
        _weights.Load(from.Section("model"));
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _initial?.copy_(_weights.Values);
    }

    /// <summary>Frees optimizer and copies of weights; the model stays.</summary>
    public void Dispose()
    {
        _adam.Dispose();
        _initial?.Dispose();
        _weights.Dispose();
    }

    /// <summary>Rewards with the penalty of length.</summary>
    private float[] Shape(CompletionBatch batch, ReadOnlySpan<float> rewards)
    {
        float[] shaped = rewards.ToArray();
        for (int row = 0; _options.OverlongMargin > 0 && row < shaped.Length; row++)
            shaped[row] += _options.OverlongWeight
                * (float)OverlongPenalty.Of(batch.Tokens![row].Length, _options.MaximumTokens, _options.OverlongMargin);
        return shaped;
    }

    /// <summary>Advantages of shaped rewards.</summary>
    private void Compare(CompletionBatch batch, float[] rewards, float[] advantages, IMetricSink metrics)
    {
        int group = batch.Completions;
        GroupAdvantages.Compute<float>(rewards, group, _options.Advantages, advantages);
        if (_options.TieBreak != TieBreak.None)
        {
            float[] scores = [.. Enumerable.Range(0, batch.Rows).Select(row => _options.TieBreak == TieBreak.Length
                ? -batch.Tokens![row].Length
                : batch.LogProbabilities![row].DefaultIfEmpty(0).Average())];
            metrics.Write("advantages/broken_ties", TieBreaker.Apply(rewards, scores, group, _options.TieWeight, advantages));
        }

        if (_options.AdvantageSigma > 0)
            metrics.Write("advantages/dropped", StableReinforce.Filter(advantages, advantages, _options.AdvantageSigma));
    }

    private List<CompletionRow> Rows(CompletionBatch batch, float[] advantages)
    {
        Question?[] blanked = [.. batch.Questions!.Select(Blank)];
        List<CompletionRow> rows = [];
        for (int row = 0; row < batch.Rows; row++)
        {
            int prompt = batch.PromptOf(row);
            SpecMismatchException.ThrowIfLength($"log-probabilities of {batch.Describe(row)}", batch.LogProbabilities![row].Length,
                batch.Tokens![row].Length);
            rows.Add(new CompletionRow(batch.Questions![prompt], batch.Tokens![row], advantages[row])
            {
                Sampled = batch.LogProbabilities![row],
                IsLearned = !(_options.MasksTruncated && batch.Truncated?[row] == true),
                Blanked = blanked[prompt],
            });
        }

        return rows;
    }

    private Question? Blank(Question question)
    {
        if (_options.Perception.Gamma == 0 || question.Images.Count == 0) return null;
        List<RgbImage> images = [];
        foreach (RgbImage image in question.Images) images.Add(PerceptionLoss.Blank(image, _options.Perception, ref _patches));
        return question with { Images = images };
    }

    /// <summary>All gradient steps of a batch; if one fails, weights and optimizer are as before the first.</summary>
    private void Learn(CompletionReader reader, List<CompletionRow> rows, double rate, StepTotals totals)
    {
        int minibatch = _options.Minibatch > 0 ? Math.Min(_options.Minibatch, rows.Count) : rows.Count;
        int atOnce = _options.Microbatch > 0 ? _options.Microbatch : minibatch;
        int steps = _options.Epochs * ((rows.Count + minibatch - 1) / minibatch);
        CompletionRow[] read = [.. rows.Where(row => row.Counted > 0 && Moves(row))];
        if (steps > 1) reader.ReadPlain([.. read.Where(row => row.Old is null)], atOnce, (row, values) => row.Old = values);
        if (_options.Beta > 0) ReadReference(reader, read, atOnce);

        Snapshot? before = steps > 1 ? Keep() : null;
        Rng order = _order;
        try
        {
            int[] places = [.. Enumerable.Range(0, rows.Count)];
            for (int epoch = 0; epoch < _options.Epochs; epoch++)
            {
                if (minibatch < rows.Count) _order.Shuffle(places);
                for (int first = 0; first < places.Length; first += minibatch)
                {
                    CompletionRow[] own = [.. places.Skip(first).Take(minibatch).Select(place => rows[place])];
                    Step(reader, own, atOnce, rate, totals, $"update {_updates}, epoch {epoch}, completion {first} of the epoch");
                }
            }
        }
        catch
        {
            _order = order;
            if (before is not null)
            {
                _weights.Load(before.Section("model"));
                _adam.Load(before.Section("adam"));
            }

            throw;
        }
    }

    private Snapshot Keep()
    {
        var snapshot = new Snapshot();
        _weights.Save(snapshot.Section("model"));
        _adam.Save(snapshot.Section("adam"));
        return snapshot;
    }

    /// <summary>One gradient step.</summary>
    private void Step(CompletionReader reader, CompletionRow[] rows, int atOnce, double rate, StepTotals totals, string where)
    {
        _weights.ZeroGradients();
        double tokens = rows.Sum(row => row.Counted);
        CompletionRow[] read = [.. rows.Where(row => row.Counted > 0 && Moves(row))];
        // completions of one prompt, which are read with it once, and those of like length beside each other, so that little is padded
        if (atOnce < read.Length)
            read = [.. read.GroupBy(row => row.Question, SameQuestion.Instance).OrderBy(group => group.Max(row => row.Tokens.Length))
                .SelectMany(group => group.OrderBy(row => row.Tokens.Length))];
        double loss = 0;
        foreach (CompletionRow[] part in read.Chunk(atOnce)) loss += Backward(reader, part, rows.Length, tokens, totals);
        if (!double.IsFinite(loss)) throw new NonFiniteException("The loss", $"{where} ({loss})", "Lower the learning rate.");
        _weights.Gather();
        double norm = _adam.Step(rate, _options.MaxGradientNorm);
        if (!double.IsFinite(norm)) throw new NonFiniteException("The gradient", $"{where} ({norm})", "Lower the learning rate.");
        _weights.Scatter();
        totals.Took(loss, norm);
    }

    /// <summary>Adds the gradient of a part of a step; returns its share of the loss.</summary>
    private double Backward(CompletionReader reader, CompletionRow[] rows, int sequences, double tokens, StepTotals totals)
    {
        using DisposeScope scope = NewDisposeScope();
        bool learnsEntropy = _options.Entropy > 0;
        (Tensor log, Tensor? entropies) = reader.Read(rows, learnsEntropy ? EntropyUse.Gradient : EntropyUse.Value);
        long width = log.shape[1];
        Tensor mask = reader.Pad(rows, width, row => Ones(row.Counted));
        Tensor? old = null, ratios = null;
        if (rows.Any(row => row.Old is not null))
        {
            old = reader.Pad(rows, width, row => row.Old);
            if (!Array.TrueForAll(rows, row => row.Old is not null)) // fresh rows beside drawn ones: their ratio is 1
                old = where(reader.Pad(rows, width, row => row.Old is null ? null : Ones((int)width)) > 0, old, log.detach());
        }

        if (_options.SamplerCorrection > 0)
        {
            Tensor sampled = reader.Pad(rows, width, row => row.Sampled);
            ratios = (((old ?? log).detach() - sampled) * mask).exp().clamp(max: _options.SamplerCorrection);
        }

        TokenLossTerms terms = TokenLoss.Compute(
            new TokenLossInputs(log, mask, tensor(rows.Select(row => row.Advantage).ToArray(), device: reader.Device))
            {
                Old = old,
                Reference = _options.Beta > 0 ? reader.Pad(rows, width, row => row.Reference) : null,
                Entropies = entropies,
                SamplerRatios = ratios,
                Sequences = sequences,
                Tokens = tokens,
                MaximumLength = _options.MaximumTokens,
            },
            _options);
        Tensor loss = terms.Loss;
        double value = terms.Value;
        if (_options.Perception.Gamma > 0 && rows[0].Blanked is not null)
        {
            (Tensor seeing, Tensor divergence) = PerceptionLoss.Compute(log, reader.Read(rows, isBlanked: true).LogProbabilities, mask,
                _options.Perception, tokens);
            loss += seeing;
            value += seeing.ToDouble();
            totals.Saw(divergence.ToDouble());
        }

        loss.backward();
        totals.Add(terms);
        return value;
    }

    private void ReadReference(CompletionReader reader, CompletionRow[] rows, int atOnce)
    {
        if (_initial is not null) _weights.Scatter(_initial);
        try
        {
            using IDisposable? off = _initial is null ? _adapter!.Disabled() : null;
            reader.ReadPlain(rows, atOnce, (row, values) => row.Reference = values);
        }
        finally
        {
            if (_initial is not null) _weights.Scatter();
        }
    }

    /// <summary>Whether a row can change a weight.</summary>
    private bool Moves(CompletionRow row) =>
        row.Advantage != 0 || _options.Beta > 0 || _options.Entropy > 0 || (_options.Perception.Gamma > 0 && row.Blanked is not null);

    private IEnumerable<CompletionSample> Samples(CompletionBatch batch, List<CompletionRow> rows, int fresh) =>
        rows.Take(fresh).Where(row => row.IsLearned).Select(row =>
            new CompletionSample(row.Question, row.Tokens, row.Sampled, row.Advantage, _updates));

    private void Report(IMetricSink metrics, CompletionBatch batch, ReadOnlySpan<float> rewards, StepTotals step, double rate)
    {
        step.Write(metrics, _options);
        metrics.Write("learning_rate", rate);
        CompletionFigures.Write(metrics, batch, rewards);
    }

    private static float[] Ones(int count)
    {
        float[] ones = new float[count];
        Array.Fill(ones, 1);
        return ones;
    }
}
