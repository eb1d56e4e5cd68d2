using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Models.Heads;
using EmbodiedRL.Models.Networks;
using EmbodiedRL.Models.Optimizers;
using EmbodiedRL.Models.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace EmbodiedRL.Extensions.Tests.Recurrent;

/// <summary>Options of <see cref="RecurrentPolicyGradient"/>.</summary>
public sealed record RecurrentPolicyGradientOptions : Options
{
    /// <summary>Steps per environment between two updates.</summary>
    [Range(1, 1_000_000)]
    public int Horizon { get; init; } = 22;

    /// <summary>Width of the memory.</summary>
    [Range(1, 8192)]
    public int Hidden { get; init; } = 32;

    /// <summary>Adam's learning rate.</summary>
    [Range(0, 10, IsAboveLeast = true)]
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>Discount per step.</summary>
    [Range(0, 1)]
    public float Gamma { get; init; } = 0.9f;

    /// <summary>Passes over each rollout.</summary>
    [Range(1, 1000)]
    public int Epochs { get; init; } = 4;

    /// <summary>How far a probability may move per update.</summary>
    [Range(0, 1, IsAboveLeast = true, IsBelowMost = true)]
    public float Clip { get; init; } = 0.2f;

    /// <summary>Coefficient of the critic's mean squared error.</summary>
    [Range(0, 1e6)]
    public float ValueCoefficient { get; init; } = 0.5f;

    /// <summary>Coefficient of the entropy bonus.</summary>
    [Range(0, 1e6)]
    public float Entropy { get; init; } = 0.01f;
}

/// <summary>Recurrent policy gradient: a gated recurrent unit under one head for actions and values, trained by the clipped objective
/// through time.</summary>
/// <remarks>
/// Rollouts are replayed as sequences from the state in which the last one left the network, which an episode's start makes zero.
/// Advantages are returns less the critic's values, bootstrapped from the critic where a rollout or a truncation cuts an episode.
/// Not thread-safe.
/// </remarks>
[Paper("1707.06347", "Proximal Policy Optimization Algorithms", Year = 2017)]
public sealed class RecurrentPolicyGradient : IControlAlgorithm
{
    private const string Memory = "gru", Output = "output";

    private readonly RecurrentPolicyGradientOptions _options;
    private readonly int _inputs;
    private readonly ParameterVector _weights;
    private readonly GruNetwork _memory;
    private readonly MlpModule _output;
    private readonly Adam _adam;
    private float[] _state = [];                    // [N, H], after the last rollout
    private bool[] _ended = [];                     // [N], whether it ended an episode

    /// <summary>A fresh agent.</summary>
    /// <param name="options">Checked.</param>
    /// <param name="info">Whose observations and choices it knows.</param>
    /// <param name="seed">Of its first weights.</param>
    /// <exception cref="SpecMismatchException">Actions are not choices.</exception>
    public RecurrentPolicyGradient(RecurrentPolicyGradientOptions options, EnvironmentInfo info, ulong seed)
    {
        if (!info.Actions.IsDiscrete) throw new SpecMismatchException($"actions of environment '{info.Name}'", "choices", "real numbers");
        (_options, _inputs, Head) = (options, info.Observations.Length, ActionHeads.For(info.Actions));
        int[] sizes = [options.Hidden, Head.Outputs + 1];
        _weights = new ParameterVector(CPU, [.. GruNetwork.Shapes(Memory, _inputs, options.Hidden), .. Mlp.Shapes(Output, sizes)]);
        var rng = Rng.For(seed, "weights");
        GruNetwork.Initialize(_weights, Memory, _inputs, options.Hidden, ref rng);
        Mlp.Initialize(_weights, Output, sizes, lastGain: 0.1, ref rng);
        _memory = new GruNetwork(_weights, Memory, _inputs, options.Hidden);
        _output = new MlpModule(_weights, Output, sizes);
        _adam = new Adam(_weights);
        Spec = new AlgorithmSpec(options.Horizon);
    }

    /// <inheritdoc/>
    public AlgorithmSpec Spec { get; }

    /// <summary>What outputs mean.</summary>
    internal IActionHead Head { get; }

    /// <inheritdoc/>
    public IActor CreateActor(int count, ActorMode mode, ulong seed) =>
        new RecurrentActor(this, _inputs, _options.Hidden, count, mode, seed);

    /// <inheritdoc/>
    public void Update(RewardBatch batch, ReadOnlySpan<float> rewards, RunProgress progress, IMetricSink metrics)
    {
        TrajectoryBatch steps = batch.As<TrajectoryBatch>();
        SpecMismatchException.ThrowIfLength("rewards", rewards.Length, steps.Rows);
        NonFiniteException.ThrowIfAny(rewards, "The reward");
        if (_ended.Length != steps.Count)
        {
            _ended = new bool[steps.Count];
            Array.Fill(_ended, true);
            _state = new float[steps.Count * _options.Hidden];
        }

        using DisposeScope scope = NewDisposeScope();
        using Sequence sequence = Load(steps);
        (float[] returns, float[] next) = Returns(steps, rewards, sequence);
        Tensor targets = tensor(returns, steps.Steps, steps.Count);
        for (int epoch = 0; epoch < _options.Epochs; epoch++)
            Optimize(sequence, targets, epoch == 0 ? metrics : NullMetricSink.Instance);

        for (int n = 0; n < steps.Count; n++) _ended[n] = steps.Kinds[steps.Rows - steps.Count + n].Ends();
        _state = next;
    }

    /// <inheritdoc/>
    public void Save(Snapshot into)
    {
        _weights.Save(into.Section("network"));
        _adam.Save(into.Section("adam"));
        into.Put<float>("state", _state);
        into.Put<bool>("ended", _ended);
    }

    /// <inheritdoc/>
    public void Load(Snapshot from)
    {
        _weights.Load(from.Section("network"));
        _adam.Load(from.Section("adam"));
        _state = from.GetAll<float>("state");
        _ended = from.GetAll<bool>("ended");
    }

    /// <summary>Frees networks and optimizer.</summary>
    public void Dispose()
    {
        _adam.Dispose();
        _memory.Dispose();
        _output.Dispose();
        _weights.Dispose();
    }

    /// <summary>One step of acting: outputs of the head, and the state after it.</summary>
    /// <param name="observations">[N, O].</param>
    /// <param name="state">[N, H], overwritten.</param>
    /// <param name="outputs">[N, outputs], overwritten.</param>
    internal void Forward(ReadOnlySpan<float> observations, Span<float> state, Span<float> outputs)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor next = _memory.Step(tensor(observations.ToArray(), observations.Length / _inputs, _inputs),
            tensor(state.ToArray(), state.Length / _options.Hidden, _options.Hidden));
        TensorSpans.Read(next, state);
        TensorSpans.Read(_output.forward(next).narrow(1, 0, Head.Outputs).contiguous(), outputs);
    }

    private Sequence Load(TrajectoryBatch steps)
    {
        float[] starts = new float[steps.Rows];
        for (int row = 0; row < steps.Rows; row++) starts[row] = (row < steps.Count ? _ended[row] : steps.Kinds[row - steps.Count].Ends())
            ? 1 : 0;
        return new Sequence(
            tensor(steps.Observations, steps.Steps, steps.Count, _inputs), tensor(starts, steps.Steps, steps.Count),
                tensor(_state, steps.Count, _options.Hidden),
            tensor(steps.Actions, steps.Steps, steps.Count, 1), tensor(steps.LogProbabilities, steps.Steps, steps.Count));
    }

    private (Tensor Outputs, Tensor Values, Tensor States, Tensor Last) Replay(Sequence sequence)
    {
        (Tensor states, Tensor last) = _memory.forward(sequence.Observations, sequence.State, sequence.Starts);
        Tensor all = _output.forward(states);
        return (all.narrow(-1, 0, Head.Outputs), all.narrow(-1, Head.Outputs, 1).squeeze(-1), states, last);
    }

    /// <summary>[T, N], discounted to the end of each episode, or to the critic's value where it is cut; and the state after the
    /// rollout.</summary>
    private (float[] Returns, float[] Next) Returns(TrajectoryBatch steps, ReadOnlySpan<float> rewards, Sequence sequence)
    {
        using IDisposable still = no_grad();
        using DisposeScope scope = NewDisposeScope();
        (_, _, Tensor states, Tensor last) = Replay(sequence);
        float[] memory = new float[steps.Rows * _options.Hidden], returns = new float[steps.Rows], next = new float[_state.Length];
        TensorSpans.Read(states, memory);
        TensorSpans.Read(last, next);
        for (int row = steps.Rows - 1; row >= 0; row--)
        {
            float ahead = steps.Kinds[row] switch
            {
                StepKind.Terminated => 0,
                StepKind.Truncated => ValueAfter(steps.FinalObservation(row), memory, row),
                _ => row + steps.Count < steps.Rows ? returns[row + steps.Count]
                    : ValueAfter(steps.NextObservations.AsSpan((row % steps.Count) * _inputs, _inputs), memory, row),
            };
            returns[row] = rewards[row] + (_options.Gamma * ahead);
        }

        return (returns, next);
    }

    private float ValueAfter(ReadOnlySpan<float> observation, float[] memory, int row)
    {
        Tensor state = tensor(memory.AsSpan(row * _options.Hidden, _options.Hidden).ToArray(), 1, _options.Hidden);
        return _output.forward(_memory.Step(tensor(observation.ToArray(), 1, _inputs), state))[0, Head.Outputs].item<float>();
    }

    /// <summary>One gradient step. Metrics are of before it.</summary>
    private void Optimize(Sequence sequence, Tensor targets, IMetricSink metrics)
    {
        using DisposeScope scope = NewDisposeScope();
        _weights.Gradients.zero_();
        (Tensor outputs, Tensor values, _, _) = Replay(sequence);
        Tensor none = zeros(0), advantages = targets - values.detach();
        advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-6f);
        Tensor change = Head.LogProbability(outputs, none, sequence.Actions) - sequence.LogProbabilities, ratio = change.exp();
        Tensor gain = minimum(ratio * advantages, ratio.clamp(1 - _options.Clip, 1 + _options.Clip) * advantages).mean();
        Tensor entropy = Head.Entropy(outputs, none).mean();
        Tensor loss = (_options.ValueCoefficient * (values - targets).square().mean()) - gain - (_options.Entropy * entropy);
        loss.backward();
        if (!double.IsFinite(_adam.Step(_options.LearningRate, maximumNorm: 0.5)))
            throw new NonFiniteException("The gradient", "an update of the recurrent policy");
        metrics.Write("train/loss", loss.ToDouble());
        metrics.Write("train/entropy", entropy.ToDouble());
        metrics.Write("train/largest-change", change.abs().max().ToDouble());
    }

    private sealed record Sequence(Tensor Observations, Tensor Starts, Tensor State, Tensor Actions, Tensor LogProbabilities) : IDisposable
    {
        public void Dispose()
        {
            foreach (Tensor tensor in new[] { Observations, Starts, State, Actions, LogProbabilities }) tensor.Dispose();
        }
    }
}
