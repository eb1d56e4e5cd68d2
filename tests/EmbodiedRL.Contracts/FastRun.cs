using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Contracts;

/// <summary>The training loop at its barest: an algorithm, <see cref="FastEnv"/>, and its hand-built reward.</summary>
public sealed class FastRun : ISnapshot, IDisposable
{
    private readonly FastEnv _environment;
    private readonly StepBuffer _buffer;
    private readonly IActor _actor;
    private readonly bool[] _starts;
    private readonly float[] _observations;
    private readonly float[] _actions;
    private readonly float[] _logProbabilities;

    /// <summary>Owns the algorithm from here on.</summary>
    public FastRun(IControlAlgorithm algorithm, int count, bool discrete, ulong seed = 1)
    {
        Algorithm = algorithm;
        _environment = new FastEnv(count, discrete);
        _buffer = new StepBuffer(count, _environment.Info);
        _actor = algorithm.CreateActor(count, ActorMode.Sample, seed);
        _starts = new bool[count];
        _observations = new float[count * _environment.Info.Observations.Length];
        _actions = new float[count * _environment.Info.Actions.Length];
        _logProbabilities = new float[count];
        Batch = new TrajectoryBatch(algorithm.Spec.RolloutSteps, count, _environment.Info);
        _environment.Reset(seed, StartDistribution.Task, _buffer);
    }

    public IControlAlgorithm Algorithm { get; }

    public TrajectoryBatch Batch { get; }

    public RecordedMetrics Metrics { get; } = new();

    /// <summary>Plays a rollout without learning.</summary>
    public void Play()
    {
        for (int step = 0; step < Batch.Steps; step++)
        {
            _buffer.Observations.CopyTo(_observations, 0);
            for (int n = 0; n < _starts.Length; n++) _starts[n] = _buffer.Kinds[n] != StepKind.Mid;
            _actor.Act(new ObservationRows(_observations), _starts, _actions, _logProbabilities);
            _environment.Step(_actions, _buffer);
            Batch.Record(step, new ObservationRows(_observations), _actions, _logProbabilities, _buffer);
        }
    }

    /// <summary>Plays and learns.</summary>
    public void Train(int updates, int planned = 0)
    {
        for (int update = 0; update < updates; update++)
        {
            Play();
            Algorithm.Update(Batch, Batch.TaskRewards,
                new RunProgress(update, Math.Max(planned, updates), planned > 0 ? (double)update / planned : 0), Metrics);
        }
    }

    /// <summary>Mean reward per step of the likeliest actions, over whole episodes.</summary>
    public static double Evaluate(IPolicy policy, bool discrete, int episodes = 64)
    {
        using var environment = new FastEnv(episodes, discrete);
        using IActor actor = policy.CreateActor(episodes, ActorMode.Deterministic, 1);
        var buffer = new StepBuffer(episodes, environment.Info);
        float[] actions = new float[episodes];
        bool[] starts = new bool[episodes];
        environment.Reset(99, StartDistribution.Task, buffer);
        double sum = 0;
        for (int step = 0; step < FastEnv.EpisodeSteps; step++)
        {
            for (int n = 0; n < starts.Length; n++) starts[n] = buffer.Kinds[n] != StepKind.Mid;
            actor.Act(new ObservationRows(buffer.Observations), starts, actions, []);
            environment.Step(actions, buffer);
            foreach (float reward in buffer.Rewards) sum += reward;
        }

        return sum / (FastEnv.EpisodeSteps * episodes);
    }

    public void Save(Snapshot into)
    {
        Algorithm.Save(into.Section("algorithm"));
        _actor.Save(into.Section("actor"));
        _environment.Save(into.Section("environment"));
        into.Put<float>("observations", _buffer.Observations);
        into.Put<StepKind>("kinds", _buffer.Kinds);
        Batch.Save(into.Section("batch"));
    }

    public void Load(Snapshot from)
    {
        Algorithm.Load(from.Section("algorithm"));
        _actor.Load(from.Section("actor"));
        _environment.Load(from.Section("environment"));
        from.Get<float>("observations", _buffer.Observations);
        from.Get<StepKind>("kinds", _buffer.Kinds);
        Batch.Load(from.Section("batch"));
    }

    public void Dispose()
    {
        _actor.Dispose();
        Algorithm.Dispose();
        _environment.Dispose();
    }
}
