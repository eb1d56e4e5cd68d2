using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Remembers states that a policy came by, old ones fading out as new ones come in.</summary>
/// <remarks>Owns its environments and its learner. A policy that learns visits other states later than early; the memory spans about eight rollouts.</remarks>
internal sealed class VisitedStateBuffer : IDisposable
{
    private const int Capacity = 4096;
    private const int Forgotten = 8;          // of so many visited states one is remembered
    private const float RewardScale = 0.1f;   // keeps the critic's values near one

    private readonly IVectorEnvironment _environment;
    private readonly IPolicy _policy;
    private readonly IAlgorithm? _learner;
    private readonly StepBuffer _buffer;
    private readonly TrajectoryBatch _batch;
    private readonly float[] _observations, _actions, _logProbabilities, _rewards;
    private readonly float[] _states, _poses;
    private Rng _rng;
    private int _known;

    private VisitedStateBuffer(IVectorEnvironment environment, IPolicy policy, IAlgorithm? learner, int horizon, ulong seed, StartDistribution start)
    {
        (_environment, _policy, _learner) = (environment, policy, learner);
        (int count, EnvironmentInfo info) = (environment.Count, environment.Info);
        _buffer = new StepBuffer(count, info);
        _batch = new TrajectoryBatch(horizon, count, info);
        (_observations, _actions) = (new float[_buffer.Observations.Length], new float[count * info.Actions.Length]);
        (_logProbabilities, _rewards) = (new float[count], new float[_batch.Rows]);
        (_states, _poses) = (new float[Capacity * info.State.Length], new float[Capacity * info.Scene.PoseLength]);
        _rng = Rng.For(seed, "remember");
        environment.Reset(seed, start, _buffer);
    }

    /// <summary>Rollouts played so far.</summary>
    public int Rollouts { get; private set; }

    /// <summary>States that random actions lead to from the task's own start.</summary>
    /// <param name="environment">Owned from here on.</param>
    /// <param name="horizon">Steps of a rollout.</param>
    /// <param name="seed">Of starts and actions.</param>
    public static VisitedStateBuffer AtRandom(IVectorEnvironment environment, int horizon, ulong seed) =>
        new(environment, new RandomActions(environment.Info.Actions, environment.Count, seed), null, horizon, seed, StartDistribution.Task);

    /// <summary>States of a policy that learns the hand-built task, from starts over the whole range.</summary>
    /// <param name="environment">Owned from here on.</param>
    /// <param name="learner">Owned from here on.</param>
    /// <param name="seed">Of starts.</param>
    public static VisitedStateBuffer Learning(IVectorEnvironment environment, IAlgorithm learner, ulong seed) =>
        new(environment, learner, learner, learner.Horizon, seed, StartDistribution.WholeRange);

    /// <summary>Plays one rollout, remembers some of its states, and learns from it if there is a learner.</summary>
    /// <param name="progress">Share of all rollouts that are done, in [0, 1].</param>
    public void Play(double progress)
    {
        Visit();
        if (_learner is not null)
        {
            for (int i = 0; i < _rewards.Length; i++) _rewards[i] = RewardScale * _batch.TaskRewards[i];
            _learner.Update(_batch, _rewards, progress, NullMetricSink.Instance);
        }

        Rollouts++;
    }

    /// <summary>Forgets everything and plays on without learning, so that no state is left that was drawn before.</summary>
    /// <param name="rollouts">How many are played.</param>
    public void Refresh(int rollouts)
    {
        _known = 0;
        for (int i = 0; i < rollouts; i++) Visit();
    }

    /// <summary>Draws remembered states.</summary>
    /// <param name="rng">Of the draw.</param>
    /// <param name="states">[B, S], overwritten.</param>
    /// <param name="poses">[B, G, 12], overwritten.</param>
    public void Draw(ref Rng rng, Span<float> states, Span<float> poses)
    {
        (int state, int pose) = (_environment.Info.State.Length, _environment.Info.Scene.PoseLength);
        for (int row = 0; row < states.Length / state; row++)
        {
            int slot = rng.Below(_known);
            _states.AsSpan(slot * state, state).CopyTo(states[(row * state)..]);
            _poses.AsSpan(slot * pose, pose).CopyTo(poses[(row * pose)..]);
        }
    }

    /// <summary>Frees environments and learner.</summary>
    public void Dispose()
    {
        _learner?.Dispose();
        _environment.Dispose();
    }

    private void Visit()
    {
        for (int step = 0; step < _batch.Steps; step++)
        {
            _buffer.Observations.CopyTo(_observations, 0);
            if (_learner is null) _policy.Act(_observations, _actions, deterministic: false);
            else _learner.SampleActions(_observations, _actions, _logProbabilities);
            _environment.Step(_actions, _buffer);
            _batch.Record(step, _observations, _actions, _logProbabilities, _buffer);
            Remember();
        }
    }

    private void Remember()
    {
        (int state, int pose) = (_environment.Info.State.Length, _environment.Info.Scene.PoseLength);
        for (int row = 0; row < _buffer.Count; row++)
        {
            if (_known > 0 && _rng.Below(Forgotten) > 0) continue;
            int slot = _known < Capacity ? _known++ : _rng.Below(Capacity);
            _buffer.States.AsSpan(row * state, state).CopyTo(_states.AsSpan(slot * state));
            _buffer.Poses.AsSpan(row * pose, pose).CopyTo(_poses.AsSpan(slot * pose));
        }
    }

    /// <summary>Nobody reads how the player fares: its states are wanted, not its skill.</summary>
    private sealed class NullMetricSink : IMetricSink
    {
        public static readonly NullMetricSink Instance = new();

        public void Write(string name, double value)
        {
        }
    }
}
