using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards;

namespace EmbodiedRL.Benchmarks.Exploration;

/// <summary>PPO in an environment whose episodes succeed by terminating, under a reward stack.</summary>
internal sealed class SparseRun : IDisposable
{
    private readonly IVectorEnvironment _environment;
    private readonly StepBuffer _buffer;
    private readonly Ppo _agent;
    private readonly IActor _actor;
    private readonly float[] _observations, _actions, _logProbabilities;
    private readonly bool[] _starts;
    private readonly List<bool> _outcomes = [];

    /// <summary>A run that begins.</summary>
    /// <param name="environment">Actions have one number; the run disposes it.</param>
    /// <param name="options">Of PPO.</param>
    /// <param name="seed">Of policy and environment.</param>
    public SparseRun(IVectorEnvironment environment, PpoOptions options, ulong seed)
    {
        (_environment, int count) = (environment, environment.Count);
        _buffer = new StepBuffer(count, environment.Info);
        _agent = new Ppo(options, environment.Info, seed);
        _actor = _agent.CreateActor(count, ActorMode.Sample, seed);
        _observations = new float[count * environment.Info.Observations.Length];
        (_actions, _logProbabilities, _starts) = (new float[count], new float[count], new bool[count]);
        Batch = new TrajectoryBatch(options.Horizon, count, environment.Info);
        environment.Reset(seed, StartDistribution.Task, _buffer);
    }

    /// <summary>The last rollout; overwritten by the next.</summary>
    public TrajectoryBatch Batch { get; }

    /// <summary>Environment steps so far.</summary>
    public long Steps { get; private set; }

    /// <summary>Whether each episode that ended succeeded, in order.</summary>
    public IReadOnlyList<bool> Outcomes => _outcomes;

    /// <summary>Plays a rollout.</summary>
    public void Play()
    {
        for (int step = 0; step < Batch.Steps; step++)
        {
            _buffer.Observations.CopyTo(_observations, 0);
            for (int n = 0; n < _starts.Length; n++) _starts[n] = _buffer.Kinds[n] != StepKind.Mid;
            _actor.Act(new ObservationRows(_observations), _starts, _actions, _logProbabilities);
            _environment.Step(_actions, _buffer);
            Batch.Record(step, new ObservationRows(_observations), _actions, _logProbabilities, _buffer);
            foreach (StepKind kind in _buffer.Kinds)
                if (kind.Ends()) _outcomes.Add(kind == StepKind.Terminated);
        }

        Steps += Batch.Rows;
    }

    /// <summary>Scores the last rollout, and lets the reward learn from it, and the policy where it is asked to.</summary>
    /// <param name="reward">The caller's.</param>
    /// <param name="budget">Steps of the run.</param>
    /// <param name="updates">Whether the policy learns.</param>
    /// <param name="metrics">Receives the reward's statistics.</param>
    /// <param name="cancel">Stops between two calls.</param>
    public void Learn(RewardStack reward, long budget, bool updates, IMetricSink metrics, CancellationToken cancel)
    {
        float[] rewards = new float[Batch.Rows];
        double progress = (double)Steps / budget;
        var context = new ScoreContext(Steps, progress, Frozen: false, metrics, cancel);
        reward.ScoreAsync(Batch, rewards, context).AsTask().GetAwaiter().GetResult();
        reward.LearnAsync(Batch, context).AsTask().GetAwaiter().GetResult();
        if (updates) _agent.Update(Batch, rewards, new RunProgress(Steps, budget, progress), metrics);
    }

    public void Dispose()
    {
        _actor.Dispose();
        _agent.Dispose();
        _environment.Dispose();
    }
}
