using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Captioning;

/// <summary>Buffer of states that a policy visited; new ones replace old ones at random.</summary>
/// <remarks>
/// Owns its environments and its learner. A policy that learns visits other states later than early; the memory spans about eight rollouts.
/// </remarks>
internal sealed class VisitedStateBuffer : IDisposable
{
    private const double HoldProbability = 0.9;
    private const int Capacity = 4096;
    private const int Forgotten = 8;          // of so many visited states one is remembered
    private const float RewardScale = 0.1f;   // keeps the critic's values near one

    private readonly IVectorEnvironment _environment;
    private readonly IControlAlgorithm? _learner;
    private readonly IActor _actor;
    private readonly EnvironmentRunner _runner;
    private readonly TrajectoryBatch _batch;
    private readonly float[] _rewards;
    private readonly float[] _states, _poses;
    private Rng _rng;
    private int _known;

    private VisitedStateBuffer(IVectorEnvironment environment, IPolicy policy, IControlAlgorithm? learner, int horizon,
        ulong seed, StartDistribution start)
    {
        (_environment, _learner) = (environment, learner);
        (int count, EnvironmentInfo info) = (environment.Count, environment.Info);
        _actor = policy.CreateActor(count, ActorMode.Sample, seed);
        _runner = new EnvironmentRunner(environment, _actor);
        _batch = new TrajectoryBatch(horizon, count, info);
        _rewards = new float[_batch.Rows];
        (_states, _poses) = (new float[Capacity * info.State.Length], new float[Capacity * info.RequiredScene.PoseLength]);
        _rng = Rng.For(seed, "remember");
        _runner.Reset(seed, start);
    }

    /// <summary>Rollouts played so far.</summary>
    public int Rollouts { get; private set; }

    /// <summary>States that random actions lead to from the task's own start.</summary>
    /// <param name="environment">Owned from here on.</param>
    /// <param name="horizon">Steps of a rollout.</param>
    /// <param name="seed">Of starts and actions.</param>
    public static VisitedStateBuffer AtRandom(IVectorEnvironment environment, int horizon, ulong seed) =>
        new(environment, new RandomPolicy(environment.Info.Actions, HoldProbability), null, horizon, seed, StartDistribution.Task);

    /// <summary>States of a policy that learns the hand-built task, from starts over the whole range.</summary>
    /// <param name="environment">Owned from here on.</param>
    /// <param name="learner">Owned from here on.</param>
    /// <param name="seed">Of starts.</param>
    public static VisitedStateBuffer Learning(IVectorEnvironment environment, IControlAlgorithm learner, ulong seed) =>
        new(environment, learner, learner, learner.Spec.RolloutSteps, seed, StartDistribution.WholeRange);

    /// <summary>Plays one rollout, remembers some of its states, and learns from it if there is a learner.</summary>
    /// <param name="progress">Share of all rollouts that are done, in [0, 1].</param>
    public void Play(double progress)
    {
        Visit();
        if (_learner is not null)
        {
            for (int i = 0; i < _rewards.Length; i++) _rewards[i] = RewardScale * _batch.TaskRewards[i];
            _learner.Update(_batch, _rewards, new RunProgress(0, 0, progress), NullMetricSink.Instance);
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
        (int state, int pose) = (_environment.Info.State.Length, _environment.Info.RequiredScene.PoseLength);
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
        _actor.Dispose();
        _learner?.Dispose();
        _environment.Dispose();
    }

    private void Visit()
    {
        for (int step = 0; step < _batch.Steps; step++)
        {
            _runner.Step();
            _batch.Record(step, _runner.Observations, _runner.Actions, _runner.LogProbabilities, _runner.Buffer);
            Remember();
        }
    }

    private void Remember()
    {
        (int state, int pose) = (_environment.Info.State.Length, _environment.Info.RequiredScene.PoseLength);
        for (int row = 0; row < _runner.Buffer.Count; row++)
        {
            if (_known > 0 && _rng.Below(Forgotten) > 0) continue;
            int slot = _known < Capacity ? _known++ : _rng.Below(Capacity);
            _runner.Buffer.States.AsSpan(row * state, state).CopyTo(_states.AsSpan(slot * state));
            _runner.Buffer.Poses.AsSpan(row * pose, pose).CopyTo(_poses.AsSpan(slot * pose));
        }
    }
}
