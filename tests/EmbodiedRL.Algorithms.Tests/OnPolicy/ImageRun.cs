using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;

namespace EmbodiedRL.Algorithms.Tests.OnPolicy;

/// <summary>
/// The training loop at its barest on images: an algorithm, an environment that shows them, and its hand-built reward. Owns both.
/// </summary>
internal sealed class ImageRun : ISnapshot, IDisposable
{
    private readonly IVectorEnvironment _environment;
    private readonly StepBuffer _buffer;
    private readonly IActor _actor;
    private readonly bool[] _starts;
    private readonly float[] _numbers, _actions, _logProbabilities;
    private readonly byte[] _images;
    private long _updates;

    public ImageRun(IControlAlgorithm algorithm, IVectorEnvironment environment, ulong seed = 1)
    {
        (Algorithm, _environment) = (algorithm, environment);
        _buffer = new StepBuffer(environment.Count, environment.Info);
        _actor = algorithm.CreateActor(environment.Count, ActorMode.Sample, seed);
        (_starts, _numbers, _images) =
            (new bool[environment.Count], new float[_buffer.Observations.Length], new byte[_buffer.Images.Length]);
        (_actions, _logProbabilities) = (new float[environment.Count * environment.Info.Actions.Length], new float[environment.Count]);
        Batch = new TrajectoryBatch(algorithm.Spec.RolloutSteps, environment.Count, environment.Info);
        environment.Reset(seed, StartDistribution.Task, _buffer);
    }

    public IControlAlgorithm Algorithm { get; }

    public TrajectoryBatch Batch { get; }

    public RecordedMetrics Metrics { get; } = new();

    public void Play()
    {
        for (int step = 0; step < Batch.Steps; step++)
        {
            _buffer.Observations.CopyTo(_numbers, 0);
            _buffer.Images.CopyTo(_images, 0);
            _actor.Act(new ObservationRows(_numbers, _images), _starts, _actions, _logProbabilities);
            _environment.Step(_actions, _buffer);
            Batch.Record(step, new ObservationRows(_numbers, _images), _actions, _logProbabilities, _buffer);
        }
    }

    public void Train(int updates)
    {
        for (int update = 0; update < updates; update++)
        {
            Play();
            Algorithm.Update(Batch, Batch.TaskRewards, new RunProgress(_updates, 100, _updates / 100.0), Metrics);
            _updates++;
        }
    }

    /// <summary>Mean reward per step of the likeliest actions.</summary>
    public static double Evaluate(IPolicy policy, IVectorEnvironment environment)
    {
        using IActor actor = policy.CreateActor(environment.Count, ActorMode.Deterministic, 1);
        var buffer = new StepBuffer(environment.Count, environment.Info);
        float[] actions = new float[environment.Count];
        environment.Reset(99, StartDistribution.Task, buffer);
        double sum = 0;
        for (int step = 0; step < environment.Info.EpisodeSteps; step++)
        {
            actor.Act(new ObservationRows(buffer.Observations, buffer.Images), new bool[environment.Count], actions, []);
            environment.Step(actions, buffer);
            sum += buffer.Rewards.Sum(reward => (double)reward);
        }

        return sum / (environment.Info.EpisodeSteps * environment.Count);
    }

    public void Save(Snapshot into)
    {
        Algorithm.Save(into.Section("algorithm"));
        _actor.Save(into.Section("actor"));
        _environment.Save(into.Section("environment"));
        Batch.Save(into.Section("batch"));
        into.Put<float>("numbers", _buffer.Observations);
        into.Put<byte>("images", _buffer.Images);
        into.Put("updates", _updates);
    }

    public void Load(Snapshot from)
    {
        Algorithm.Load(from.Section("algorithm"));
        _actor.Load(from.Section("actor"));
        _environment.Load(from.Section("environment"));
        Batch.Load(from.Section("batch"));
        from.Get<float>("numbers", _buffer.Observations);
        from.Get<byte>("images", _buffer.Images);
        _updates = from.Get<long>("updates");
    }

    public void Dispose()
    {
        _actor.Dispose();
        Algorithm.Dispose();
        _environment.Dispose();
    }
}
