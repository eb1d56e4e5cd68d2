using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Losses;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Algorithms.OnPolicy;

/// <summary>Proximal policy optimization with a clipped surrogate objective.</summary>
/// <remarks>
/// <para>Implements eq. 7 (clipped objective), eq. 9 (value and entropy terms), eq. 11 (advantages) and algorithm
/// 1. The loss is at <c>PpoLoss</c>.</para>
/// <para>Differs from the paper, as most implementations do: actor and critic share no layers (on images they share the encoder), weights
/// start orthogonal, advantages are standardized in each minibatch, gradients are clipped, and a truncated episode is bootstrapped from its
/// final observation.</para>
/// <para>Observations are standardized by moments that stay as they are during a rollout and its update, and take the rollout in
/// afterwards. Images stay uint8 in the batch and are read from it by minibatches.</para>
/// <para>Not thread-safe. After the first rollout neither memory nor tensors grow.</para>
/// </remarks>
[Paper("1707.06347", "Proximal Policy Optimization Algorithms", Year = 2017)]
public sealed class Ppo : IControlAlgorithm, IWarmStart
{
    private const int ImagesAtOnce = 256;   // of a pass without a graph

    private readonly PpoOptions _settings;
    private readonly ulong _seed;
    private readonly int _observationLength;
    private readonly int _actionLength;
    private readonly IActorCriticNetwork _network;
    private readonly Adam _adam;
    private readonly ObservationNormalizer _normalizer;
    private readonly LinearSchedule _learningRate;
    private readonly float[] _byLogStd;
    private readonly ImageSpec? _image;
    private Rng _order;
    private long _updates;
    private float[] _standardized = [];
    private float[] _outputs = [];
    private float[] _values = [];
    private float[] _byOutputs = [];
    private float[] _byValues = [];
    private byte[] _images = [];
    private PpoRollout? _rollout;

    /// <summary>A fresh agent.</summary>
    /// <param name="settings">Checked here.</param>
    /// <param name="info">Whose observations and actions it knows.</param>
    /// <param name="seed">Equal seeds and equal rollouts give equal weights, bit for bit.</param>
    /// <param name="device">Where the networks live; the CPU if null.</param>
    /// <exception cref="SettingsException">A setting cannot be used.</exception>
    public Ppo(PpoOptions settings, EnvironmentInfo info, ulong seed, Device? device = null)
    {
        settings.Require("agent");
        (_settings, _seed, _image) = (settings, seed, info.Observations.Image);
        (_observationLength, _actionLength) = (info.Observations.Length, info.Actions.Length);
        _network = _image is { } image
            ? new PixelActorCritic(_observationLength, image, info.Actions, settings.Features, settings.LogStd, seed, device)
            : new ActorCritic(_observationLength, info.Actions, settings.Layers, settings.LogStd, seed, device, settings.Minibatch);
        _adam = new Adam(_network.Parameters, new AdamSettings { Epsilon = 1e-5 });
        _normalizer = new ObservationNormalizer(_observationLength, settings.NormalizeObservations);
        _learningRate = new LinearSchedule(settings.LearningRate, settings.Anneal ? 0 : settings.LearningRate);
        _byLogStd = new float[_network.Head.LogStdCount];
        _order = Rng.For(seed, "minibatches");
        Spec = new AlgorithmSpec(settings.Horizon);
    }

    /// <inheritdoc/>
    public AlgorithmSpec Spec { get; }

    /// <inheritdoc/>
    public IActor CreateActor(int count, ActorMode mode, ulong seed) =>
        new PolicyActor(_network, _normalizer, _observationLength, _actionLength, _image, count, mode, seed);

    /// <inheritdoc/>
    public void Update(RewardBatch batch, ReadOnlySpan<float> rewards, RunProgress progress, IMetricSink metrics)
    {
        TorchRuntime.UseThreads();
        var steps = batch.As<TrajectoryBatch>();
        SpecMismatchException.ThrowIfLength("rewards", rewards.Length, steps.Rows);
        SpecMismatchException.ThrowIfLength("observations", steps.Observations.Length, steps.Rows * _observationLength);
        SpecMismatchException.ThrowIfLength("actions", steps.Actions.Length, steps.Rows * _actionLength);
        if (steps.Images is null != _image is null || steps.Info.Observations.Image != _image)
            throw new SpecMismatchException("images of observations", $"{(object?)_image ?? "none"}",
                $"{(object?)steps.Info.Observations.Image ?? "none"}");
        NonFiniteException.ThrowIfAny(rewards, "The reward");

        PpoRollout rollout = LoadRollout(steps);
        EstimateAdvantages(steps, rewards, rollout);
        double rate = _learningRate.At(progress.Fraction), norms = 0;
        PpoLossTerms terms = default;
        int minibatches = 0;
        for (int epoch = 0; epoch < _settings.Epochs; epoch++)
        {
            rollout.Shuffle(ref _order);
            for (int start = 0; start < rollout.Rows; start += _settings.Minibatch, minibatches++)
            {
                (PpoLossTerms loss,
                    double norm) = OptimizeMinibatch(steps, rollout, start, Math.Min(_settings.Minibatch, rollout.Rows - start), rate);
                ThrowIfNotFinite(loss, norm, $"update {_updates}, epoch {epoch}, row {start} of the epoch");
                terms += loss;
                norms += norm;
            }
        }

        _updates++;
        _normalizer.Update(steps.Observations);
        Report(metrics, terms, norms, minibatches, rate, ExplainedVariance.Of(rollout.Ordered.Values, rollout.Ordered.Returns));
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        _network.Save(into.Section("network"));
        _adam.Save(into.Section("adam"));
        _normalizer.Save(into.Section("observations"));
        into.Put("order", _order.Counter);
        into.Put("updates", _updates);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _network.Load(from.Section("network"));
        _adam.Load(from.Section("adam"));
        _normalizer.Load(from.Section("observations"));
        _order = Rng.For(_seed, "minibatches", counter: from.Get<ulong>("order"));
        _updates = from.Get<long>("updates");
    }

    /// <inheritdoc/>
    public void Adopt(Snapshot from)
    {
        _network.Load(from.Section("network"));
        _normalizer.Load(from.Section("observations"));
    }

    /// <summary>Frees networks and optimizer.</summary>
    public void Dispose()
    {
        _rollout?.Dispose();
        _adam.Dispose();
        _network.Dispose();
    }

    /// <summary>Copies what is learned from, except images; memory is made anew only when the rollout's size changes.</summary>
    private PpoRollout LoadRollout(TrajectoryBatch batch)
    {
        if (_rollout is null || _rollout.Rows != batch.Rows || _rollout.Count != batch.Count)
        {
            _rollout?.Dispose();
            _rollout = new PpoRollout(batch.Rows, batch.Count, _observationLength, _actionLength, _network.Device);
        }

        _rollout.Reorder();
        _normalizer.Apply(batch.Observations, _rollout.Observations);
        batch.Actions.CopyTo(_rollout.Ordered.Actions, 0);
        batch.LogProbabilities.CopyTo(_rollout.Ordered.LogProbabilities, 0);
        return _rollout;
    }

    /// <summary>Values of everything the advantages need, then the advantages.</summary>
    private void EstimateAdvantages(TrajectoryBatch batch, ReadOnlySpan<float> rewards, PpoRollout rollout)
    {
        PpoRollout.Columns columns = rollout.Ordered;
        EvaluateRollout(batch, rollout, columns.Values);
        Reserve(ref _standardized, batch.NextObservations.Length);
        _normalizer.Apply(batch.NextObservations, _standardized);
        EvaluateCritic(_standardized, batch.NextImages, rollout.NextValues);
        EvaluateTruncated(batch, rollout.FinalValues);

        var critic = new ValueEstimates<float>
        {
            Values = columns.Values,
            FinalValues = rollout.FinalValues,
            NextValues = rollout.NextValues
        };
        Gae.Compute(rewards, batch.Kinds, critic, _settings.Gamma, _settings.Lambda, columns.Advantages, columns.Returns);
    }

    private void EvaluateRollout(TrajectoryBatch batch, PpoRollout rollout, Span<float> values)
    {
        if (batch.Images is not { } images)
        {
            EvaluateCritic(rollout.Observations, [], values);
            return;
        }

        for (int first = 0, count; first < batch.Rows; first += count)
        {
            count = Math.Min(ImagesAtOnce, images.Run(first));
            Reserve(ref _standardized, count * _observationLength);
            rollout.Observations.AsSpan(first * _observationLength, count * _observationLength).CopyTo(_standardized);
            EvaluateCritic(_standardized, images.Slice(first, count).Span, values.Slice(first, count));
        }
    }

    /// <summary>Values of the final observations of truncated episodes, 0 elsewhere.</summary>
    private void EvaluateTruncated(TrajectoryBatch batch, Span<float> values)
    {
        int truncated = 0;
        foreach (StepKind kind in batch.Kinds)
            if (kind == StepKind.Truncated) truncated++;
        values.Clear();
        if (truncated == 0) return;

        int image = _image?.Length ?? 0, most = image > 0 ? Math.Min(ImagesAtOnce, truncated) : truncated;
        Reserve(ref _standardized, most * _observationLength);
        Reserve(ref _values, most);
        if (_images.Length < most * image) _images = new byte[most * image];
        for (int row = 0, first = 0, filled = 0; row < batch.Rows; row++)
        {
            if (batch.Kinds[row] != StepKind.Truncated) continue;
            if (filled == 0) first = row;
            _normalizer.Apply(batch.FinalObservation(row), _standardized.AsSpan(filled * _observationLength));
            if (image > 0) batch.FinalImage(row).CopyTo(_images.AsSpan(filled * image));
            truncated--;
            if (++filled < most && truncated > 0) continue;
            EvaluateCritic(_standardized, _images.AsSpan(0, filled * image), _values.AsSpan(0, filled));
            for (int at = first, next = 0; at <= row; at++)
                if (batch.Kinds[at] == StepKind.Truncated) values[at] = _values[next++];
            filled = 0;
        }
    }

    /// <summary>Value estimates of standardized observations, one for each value asked for.</summary>
    private void EvaluateCritic(float[] standardized, ReadOnlySpan<byte> images, Span<float> values)
    {
        using DisposeScope scope = NewDisposeScope();
        TensorSpans.Read(_network.ForwardCritic(ToTensor(standardized, values.Length, _observationLength), ToImages(images, values.Length)),
            values);
    }

    /// <summary>One step of gradient descent on one minibatch.</summary>
    private (PpoLossTerms Loss, double Norm) OptimizeMinibatch(TrajectoryBatch batch, PpoRollout rollout, int start, int rows, double rate)
    {
        IActionHead head = _network.Head;
        PpoRollout.Columns columns = rollout.Shuffled;
        Reserve(ref _outputs, rows * head.Outputs);
        Reserve(ref _byOutputs, rows * head.Outputs);
        Reserve(ref _values, rows);
        Reserve(ref _byValues, rows);
        Span<float> advantages = columns.Advantages.AsSpan(start, rows);
        if (_settings.NormalizeAdvantages) Whitening.Apply(advantages);

        using DisposeScope scope = NewDisposeScope();
        (Tensor outputs, Tensor values) =
            _network.Forward(rollout.ObservationTensor(start, rows), GatherImages(batch, rollout, start, rows));
        TensorSpans.Read(outputs, _outputs.AsSpan(0, rows * head.Outputs));
        TensorSpans.Read(values, _values.AsSpan(0, rows));
        var minibatch = new PpoMinibatch
        {
            Outputs = _outputs,
            LogStd = _network.LogStd,
            Values = _values.AsSpan(0, rows),
            Actions = columns.Actions.AsSpan(start * _actionLength, rows * _actionLength),
            OldLogProbabilities = columns.LogProbabilities.AsSpan(start, rows),
            OldValues = columns.Values.AsSpan(start, rows),
            Advantages = advantages,
            Returns = columns.Returns.AsSpan(start, rows),
        };
        PpoLossTerms loss = PpoLoss.Compute(minibatch, head, _settings,
            new PpoDerivatives { ByOutputs = _byOutputs, ByValues = _byValues, ByLogStd = _byLogStd });

        _network.Backward(ToTensor(_byOutputs, rows, head.Outputs), ToTensor(_byValues, rows, 1));
        if (head.LogStdCount > 0) TensorSpans.Write(_network.Parameters.GradientOf(ActorCritic.LogStdName), _byLogStd);
        return (loss, _adam.Step(rate, _settings.MaxGradientNorm));
    }

    /// <summary>The images of a minibatch straight from the batch, so that no second copy of all of them exists.</summary>
    private Tensor? GatherImages(TrajectoryBatch batch, PpoRollout rollout, int start, int rows)
    {
        if (batch.Images is not { } images) return null;
        int length = images.FrameBytes;
        if (_images.Length < rows * length) _images = new byte[rows * length];
        for (int i = 0; i < rows; i++) images.Frame(rollout.RowAt(start + i)).CopyTo(_images.AsSpan(i * length));
        return ToImages(_images.AsSpan(0, rows * length), rows);
    }

    private void Report(IMetricSink metrics, PpoLossTerms terms, double norms, int minibatches, double rate, double explained)
    {
        metrics.Write("train/policy-loss", terms.Policy / minibatches);
        metrics.Write("train/value-loss", terms.Value / minibatches);
        metrics.Write("train/entropy", terms.Entropy / minibatches);
        metrics.Write("train/kl", terms.Kl / minibatches);
        metrics.Write("train/clip-fraction", terms.ClipFraction / minibatches);
        metrics.Write("train/gradient-norm", norms / minibatches);
        metrics.Write("train/learning-rate", rate);
        if (double.IsFinite(explained)) metrics.Write("train/explained-variance", explained);
        double sum = 0;
        foreach (float logStd in _network.LogStd) sum += logStd;
        if (_byLogStd.Length > 0) metrics.Write("train/log-std", sum / _byLogStd.Length);
    }

    private static void ThrowIfNotFinite(PpoLossTerms loss, double norm, string where)
    {
        const string Advice = "Lower agent:learningRate or agent:maxGradientNorm, or scale the reward down.";
        if (!double.IsFinite(loss.Policy)) throw new NonFiniteException("The policy loss", where, Advice);
        if (!double.IsFinite(loss.Value)) throw new NonFiniteException("The value loss", where, Advice);
        if (!double.IsFinite(norm)) throw new NonFiniteException("The gradient", where, Advice);
    }

    /// <summary>A copy of the first rows of an array as [rows, width]; the caller's scope owns it.</summary>
    private Tensor ToTensor(float[] values, int rows, int width) => PolicyActor.ToTensor(values, rows, width, _network.Device);

    private Tensor? ToImages(ReadOnlySpan<byte> images, int rows) => _image is { } image ? PolicyActor.ToImages(images, rows, image) : null;

    private static void Reserve(ref float[] memory, int length)
    {
        if (memory.Length < length) memory = new float[length];
    }
}
