using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards;

namespace EmbodiedRL.Benchmarks.Proofs;

/// <summary>PPO on <see cref="KeyDoorEnv"/> under a reward: how many steps it takes until four episodes in five succeed.</summary>
internal sealed class KeyDoorRun : IDisposable
{
    public const int Count = 16;
    private const int Window = 100;

    private static readonly PpoOptions Options = new()
    {
        Horizon = 64,
        Minibatch = 256,
        Epochs = 4,
        LearningRate = 1e-3,
        Entropy = 0.01f,
        HiddenSizes = [64, 64],
    };

    private readonly KeyDoorEnv _environment = new(Count);
    private readonly StepBuffer _buffer;
    private readonly Ppo _agent;
    private readonly IActor _actor;
    private readonly float[] _observations, _actions = new float[Count], _logProbabilities = new float[Count];
    private readonly bool[] _starts = new bool[Count];
    private readonly Queue<bool> _outcomes = new();
    private long _successes;

    public KeyDoorRun(ulong seed)
    {
        _buffer = new StepBuffer(Count, _environment.Info);
        _agent = new Ppo(Options, _environment.Info, seed);
        _actor = _agent.CreateActor(Count, ActorMode.Sample, seed);
        _observations = new float[Count * _environment.Info.Observations.Length];
        Batch = new TrajectoryBatch(Options.Horizon, Count, _environment.Info);
        _environment.Reset(seed, StartDistribution.Task, _buffer);
    }

    /// <summary>The last rollout; overwritten by the next.</summary>
    public TrajectoryBatch Batch { get; }

    /// <summary>Environment steps so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Episodes that ended so far.</summary>
    public long Episodes { get; private set; }

    /// <summary>Whether four in five of the last hundred episodes succeeded.</summary>
    private bool Succeeds => _outcomes.Count == Window && _outcomes.Count(outcome => outcome) >= 0.8 * Window;

    /// <summary>Trains until it succeeds, or to the end of the budget.</summary>
    /// <param name="reward">Scores, and learns, if it does; the caller's.</param>
    /// <param name="seed">Of policy and environment.</param>
    /// <param name="budget">Steps at most.</param>
    /// <param name="exploring">Episodes that are played and learned from by the reward before the policy is updated.</param>
    /// <param name="stops">Whether it stops as soon as it succeeds.</param>
    /// <param name="cancel">Stops between two rollouts.</param>
    /// <returns>Steps until success, or the budget, and the share of all episodes that succeeded.</returns>
    public static (long Steps, double Share) Train(
        RewardStack reward, ulong seed, long budget, long exploring, bool stops, CancellationToken cancel)
    {
        using var run = new KeyDoorRun(seed);
        float[] rewards = new float[run.Batch.Rows];
        long steps = budget;
        while (run.Steps < budget && !(stops && steps < budget))
        {
            cancel.ThrowIfCancellationRequested();
            bool explores = run.Episodes < exploring;
            run.Play();
            double progress = (double)run.Steps / budget;
            var context = new ScoreContext(run.Steps, progress, Frozen: false, NullMetricSink.Instance, cancel);
            reward.ScoreAsync(run.Batch, rewards, context).AsTask().GetAwaiter().GetResult();
            reward.LearnAsync(run.Batch, context).AsTask().GetAwaiter().GetResult();
            if (!explores)
                run._agent.Update(run.Batch, rewards, new RunProgress(run.Steps, budget, progress), NullMetricSink.Instance);
            if (run.Succeeds) steps = Math.Min(steps, run.Steps);
        }

        return (steps, (double)run._successes / run.Episodes);
    }

    /// <summary>Plays a rollout.</summary>
    public void Play()
    {
        for (int step = 0; step < Batch.Steps; step++)
        {
            _buffer.Observations.CopyTo(_observations, 0);
            for (int n = 0; n < Count; n++) _starts[n] = _buffer.Kinds[n] != StepKind.Mid;
            _actor.Act(new ObservationRows(_observations), _starts, _actions, _logProbabilities);
            _environment.Step(_actions, _buffer);
            Batch.Record(step, new ObservationRows(_observations), _actions, _logProbabilities, _buffer);
            foreach (StepKind kind in _buffer.Kinds)
            {
                if (!kind.Ends()) continue;
                Episodes++;
                if (kind == StepKind.Terminated) _successes++;
                _outcomes.Enqueue(kind == StepKind.Terminated);
                if (_outcomes.Count > Window) _outcomes.Dequeue();
            }
        }

        Steps += Batch.Rows;
    }

    public void Dispose()
    {
        _actor.Dispose();
        _agent.Dispose();
        _environment.Dispose();
    }
}
