using EmbodiedRL.Algorithms.Kernel;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
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
/// <para>Implements eq. 7 (clipped objective), eq. 9 (value and entropy terms), eq. 11 (advantages) and algorithm 1. The loss is at <c>PpoLoss</c>.</para>
/// <para>Differs from the paper, as most implementations do: actor and critic share no layers, weights start orthogonal, advantages are
/// standardized in each minibatch, gradients are clipped, and a truncated episode is bootstrapped from its final observation.</para>
/// <para>Observations are standardized by moments that stand still during a rollout and its update, and take the rollout in afterwards.</para>
/// <para>Not thread-safe. After the first rollout neither memory nor tensors grow.</para>
/// </remarks>
[Paper("1707.06347", "Proximal Policy Optimization Algorithms", Year = 2017)]
public sealed class Ppo : IAlgorithm, IWarmStart
{
    private const float ObservationLimit = 10;      // deviations

    private readonly PpoSettings _settings;
    private readonly ulong _seed;
    private readonly int _observationLength;
    private readonly int _actionLength;
    private readonly ActorCritic _network;
    private readonly Adam _adam;
    private readonly RunningMoments _moments;
    private readonly LinearSchedule _learningRate;
    private readonly MlpBackprop _actor;
    private readonly MlpBackprop _critic;
    private readonly float[] _byLogStd;
    private Rng _exploration;
    private Rng _evaluation;
    private Rng _order;
    private long _updates;
    private float[] _standardized = [];
    private float[] _outputs = [];
    private float[] _values = [];
    private float[] _byOutputs = [];
    private float[] _byValues = [];
    private PpoRollout? _rollout;

    /// <summary>A fresh agent.</summary>
    /// <param name="settings">Checked here.</param>
    /// <param name="info">Whose observations and actions it knows.</param>
    /// <param name="seed">Equal seeds and equal rollouts give equal weights, bit for bit.</param>
    /// <param name="device">Where the networks live; the CPU if null.</param>
    /// <exception cref="SettingsException">A setting cannot be used.</exception>
    public Ppo(PpoSettings settings, EnvironmentInfo info, ulong seed, Device? device = null)
    {
        settings.Validate();
        (_settings, _seed) = (settings, seed);
        (_observationLength, _actionLength) = (info.Observations.Length, info.Actions.Length);
        _network = new ActorCritic(_observationLength, info.Actions, settings.Layers, settings.LogStd, seed, device);
        _adam = new Adam(_network.Parameters, new AdamSettings { Epsilon = 1e-5 });
        _moments = new RunningMoments(_observationLength);
        _learningRate = new LinearSchedule(settings.LearningRate, settings.Anneal ? 0 : settings.LearningRate);
        (_actor, _critic) = (new MlpBackprop(_network.Actor, settings.Minibatch), new MlpBackprop(_network.Critic, settings.Minibatch));
        _byLogStd = new float[_network.Head.LogStdCount];
        (_exploration, _evaluation, _order) = (Rng.For(seed, "explore"), Rng.For(seed, "act"), Rng.For(seed, "minibatches"));
    }

    /// <inheritdoc/>
    public int Horizon => _settings.Horizon;

    /// <inheritdoc/>
    public void SampleActions(ReadOnlySpan<float> observations, Span<float> actions, Span<float> logProbabilities)
    {
        ForwardPolicy(observations, actions);
        SpecMismatchException.ThrowIfLength("log-probabilities", logProbabilities.Length, actions.Length / _actionLength);
        SampleActions(ref _exploration, actions, logProbabilities);
    }

    /// <inheritdoc/>
    public void Act(ReadOnlySpan<float> observations, Span<float> actions, bool deterministic)
    {
        ForwardPolicy(observations, actions);
        if (!deterministic)
        {
            SampleActions(ref _evaluation, actions, []);
            return;
        }

        int width = _network.Head.Outputs;
        for (int row = 0; row < actions.Length / _actionLength; row++)
            _network.Head.Mode(_outputs.AsSpan(row * width, width), actions.Slice(row * _actionLength, _actionLength));
    }

    /// <inheritdoc/>
    /// <exception cref="NonFiniteException">A reward, a loss or a gradient is not finite; says which and where.</exception>
    public void Update(TrajectoryBatch batch, ReadOnlySpan<float> rewards, double progress, IMetricSink metrics)
    {
        SpecMismatchException.ThrowIfLength("rewards", rewards.Length, batch.Rows);
        SpecMismatchException.ThrowIfLength("observations", batch.Observations.Length, batch.Rows * _observationLength);
        SpecMismatchException.ThrowIfLength("actions", batch.Actions.Length, batch.Rows * _actionLength);
        NonFiniteException.ThrowIfAny(rewards, "The reward");

        PpoRollout rollout = LoadRollout(batch);
        EstimateAdvantages(batch, rewards, rollout);
        double rate = _learningRate.At(progress), norms = 0;
        PpoLossTerms terms = default;
        int steps = 0;
        for (int epoch = 0; epoch < _settings.Epochs; epoch++)
        {
            rollout.Shuffle(ref _order);
            for (int start = 0; start < rollout.Rows; start += _settings.Minibatch, steps++)
            {
                (PpoLossTerms loss, double norm) = OptimizeMinibatch(rollout, start, Math.Min(_settings.Minibatch, rollout.Rows - start), rate);
                ThrowIfNotFinite(loss, norm, $"update {_updates}, epoch {epoch}, row {start} of the epoch");
                terms += loss;
                norms += norm;
            }
        }

        _updates++;
        if (_settings.NormalizeObservations) _moments.Update<float>(batch.Observations);
        Report(metrics, terms, norms, steps, rate, ExplainedVariance.Of(rollout.Ordered.Values, rollout.Ordered.Returns));
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        _network.Save(into.Section("network"));
        _adam.Save(into.Section("adam"));
        _moments.Save(into.Section("observations"));
        into.Put("exploration", _exploration.Counter);
        into.Put("evaluation", _evaluation.Counter);
        into.Put("order", _order.Counter);
        into.Put("updates", _updates);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _network.Load(from.Section("network"));
        _adam.Load(from.Section("adam"));
        _moments.Load(from.Section("observations"));
        _exploration = Rng.For(_seed, "explore", counter: from.Get<ulong>("exploration"));
        _evaluation = Rng.For(_seed, "act", counter: from.Get<ulong>("evaluation"));
        _order = Rng.For(_seed, "minibatches", counter: from.Get<ulong>("order"));
        _updates = from.Get<long>("updates");
    }

    /// <inheritdoc/>
    public void Adopt(Snapshot from)
    {
        _network.Load(from.Section("network"));
        _moments.Load(from.Section("observations"));
    }

    /// <summary>Frees networks and optimizer.</summary>
    public void Dispose()
    {
        _rollout?.Dispose();
        _actor.Dispose();
        _critic.Dispose();
        _adam.Dispose();
        _network.Dispose();
    }

    /// <summary>Runs the actor on observations as they come and leaves its outputs in <c>_outputs</c>.</summary>
    private void ForwardPolicy(ReadOnlySpan<float> observations, Span<float> actions)
    {
        int rows = actions.Length / _actionLength;
        SpecMismatchException.ThrowIfLength("observations", observations.Length, rows * _observationLength);
        Reserve(ref _standardized, observations.Length);
        Standardize(observations, _standardized);

        using DisposeScope scope = NewDisposeScope();
        int length = rows * _network.Head.Outputs;
        Reserve(ref _outputs, length);
        TensorSpans.Read(_network.Actor.Forward(ToTensor(_standardized, rows, _observationLength)), _outputs.AsSpan(0, length));
        NonFiniteException.ThrowIfAny(_outputs.AsSpan(0, length), "The policy's output", "An observation or a weight is not finite.");
    }

    private void SampleActions(ref Rng rng, Span<float> actions, Span<float> logProbabilities)
    {
        IActionHead head = _network.Head;
        ReadOnlySpan<float> logStd = _network.LogStd;
        for (int row = 0; row < actions.Length / _actionLength; row++)
        {
            float logProbability = head.Sample(_outputs.AsSpan(row * head.Outputs, head.Outputs), logStd, ref rng,
                actions.Slice(row * _actionLength, _actionLength));
            if (!logProbabilities.IsEmpty) logProbabilities[row] = logProbability;
        }
    }

    /// <summary>Copies what is learned from; memory is made anew only when the rollout's size changes.</summary>
    private PpoRollout LoadRollout(TrajectoryBatch batch)
    {
        if (_rollout is null || _rollout.Rows != batch.Rows || _rollout.Count != batch.Count)
        {
            _rollout?.Dispose();
            _rollout = new PpoRollout(batch.Rows, batch.Count, _observationLength, _actionLength, _network.Device);
        }

        _rollout.Reorder();
        Standardize(batch.Observations, _rollout.Observations);
        batch.Actions.CopyTo(_rollout.Ordered.Actions, 0);
        batch.LogProbabilities.CopyTo(_rollout.Ordered.LogProbabilities, 0);
        return _rollout;
    }

    /// <summary>Values of everything the advantages need, then the advantages.</summary>
    private void EstimateAdvantages(TrajectoryBatch batch, ReadOnlySpan<float> rewards, PpoRollout rollout)
    {
        PpoRollout.Columns columns = rollout.Ordered;
        EvaluateCritic(rollout.Observations, columns.Values);
        Reserve(ref _standardized, batch.NextObservations.Length);
        Standardize(batch.NextObservations, _standardized);
        EvaluateCritic(_standardized, rollout.NextValues);

        int truncated = 0;
        Reserve(ref _standardized, batch.FinalObservations.Length);
        Reserve(ref _values, batch.Rows);
        for (int row = 0; row < batch.Rows; row++)
        {
            if (batch.Kinds[row] != StepKind.Truncated) continue;
            Standardize(batch.FinalObservations.AsSpan(row * _observationLength, _observationLength),
                _standardized.AsSpan(truncated++ * _observationLength));
        }

        if (truncated > 0) EvaluateCritic(_standardized, _values.AsSpan(0, truncated));
        for (int row = 0, next = 0; row < batch.Rows; row++)
            rollout.FinalValues[row] = batch.Kinds[row] == StepKind.Truncated ? _values[next++] : 0;

        var critic = new ValueEstimates<float> { Values = columns.Values, FinalValues = rollout.FinalValues, NextValues = rollout.NextValues };
        Gae.Compute(rewards, batch.Kinds, critic, _settings.Gamma, _settings.Lambda, columns.Advantages, columns.Returns);
    }

    /// <summary>The critic's word on standardized observations, one for each value asked for.</summary>
    private void EvaluateCritic(float[] standardized, Span<float> values)
    {
        using DisposeScope scope = NewDisposeScope();
        TensorSpans.Read(_network.Critic.Forward(ToTensor(standardized, values.Length, _observationLength)), values);
    }

    /// <summary>One step of gradient descent on one minibatch.</summary>
    private (PpoLossTerms Loss, double Norm) OptimizeMinibatch(PpoRollout rollout, int start, int rows, double rate)
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
        Tensor seen = rollout.ObservationTensor(start, rows), outputs = _actor.Forward(seen), values = _critic.Forward(seen);
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

        _actor.Backward(ToTensor(_byOutputs, rows, head.Outputs));
        _critic.Backward(ToTensor(_byValues, rows, 1));
        if (head.LogStdCount > 0) TensorSpans.Write(_network.Parameters.GradientOf(ActorCritic.LogStdName), _byLogStd);
        return (loss, _adam.Step(rate, _settings.MaxGradientNorm));
    }

    private void Report(IMetricSink metrics, PpoLossTerms terms, double norms, int steps, double rate, double explained)
    {
        metrics.Write("train/policy-loss", terms.Policy / steps);
        metrics.Write("train/value-loss", terms.Value / steps);
        metrics.Write("train/entropy", terms.Entropy / steps);
        metrics.Write("train/kl", terms.Kl / steps);
        metrics.Write("train/clip-fraction", terms.ClipFraction / steps);
        metrics.Write("train/gradient-norm", norms / steps);
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

    private void Standardize(ReadOnlySpan<float> observations, Span<float> into)
    {
        if (_settings.NormalizeObservations) _moments.Standardize(observations, into, ObservationLimit);
        else observations.CopyTo(into);
    }

    /// <summary>A copy of the first rows of an array as [rows, width]; the caller's scope owns it.</summary>
    private Tensor ToTensor(float[] values, int rows, int width)
    {
        Tensor tensor = empty(rows, width, ScalarType.Float32, _network.Device);
        TensorSpans.Write(tensor, values.AsSpan(0, rows * width));
        return tensor;
    }

    private static void Reserve(ref float[] memory, int length)
    {
        if (memory.Length < length) memory = new float[length];
    }
}
