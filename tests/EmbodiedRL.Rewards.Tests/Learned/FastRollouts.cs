using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards.Diagnostics;
using EmbodiedRL.Rewards.Learned;

namespace EmbodiedRL.Rewards.Tests.Learned;

/// <summary>Rollouts of <see cref="FastEnv"/> to learn a reward from, and states of it that no rollout held.</summary>
internal sealed class FastRollouts : IDisposable
{
    public const int Steps = 40, Count = 16;

    private const int Apart = 512;

    private readonly FastEnv _environment = new(Count);
    private readonly StepBuffer _buffer;
    private readonly TrajectoryBatch _batch;
    private readonly Func<float, float, double, float> _act;
    private readonly float[] _actions = new float[Count], _zeros = new float[Count];
    private int _rollout;

    /// <param name="act">Action from position, velocity and a standard normal number; pushes at random if null.</param>
    /// <param name="frames">Which frames there are; those of the ball, see <see cref="Draw"/>.</param>
    public FastRollouts(Func<float, float, double, float>? act = null, params FrameSpec[] frames)
    {
        _act = act ?? ((_, _, noise) => (float)noise);
        (_buffer, _batch) = (new StepBuffer(Count, _environment.Info), new TrajectoryBatch(Steps, Count, _environment.Info, frames));
        _environment.Reset(11, StartDistribution.Task, _buffer);
    }

    /// <summary>Pushes toward the origin and brakes.</summary>
    public static float Spring(float position, float velocity, double noise) => (float)((-2 * position) - (1.5 * velocity) + (0.1 * noise));

    public static RewardContext Context(string folder = ".") => new()
    {
        Info = FastEnv.Describe(),
        Term = "learned",
        Models = _ => new ColorModel(),
        Folder = folder,
        Goals = ["red"],
        Baselines = ["gray"],
        Teachers = name => RewardRegistries.Shipped.Sources.Create(name, null, new RewardContext
        {
            Info = FastEnv.Describe(),
            Term = "teacher",
            Models = _ => new ColorModel(),
            Goals = ["red"],
            Baselines = ["gray"],
        }),
    };

    public TrajectoryBatch Next()
    {
        var rng = Rng.For(3, "actions", _rollout++);
        for (int step = 0; step < Steps; step++)
        {
            float[] observations = [.. _buffer.Observations];
            for (int n = 0; n < Count; n++) _actions[n] = _act(observations[2 * n], observations[(2 * n) + 1], rng.Normal());
            _environment.Step(_actions, _buffer);
            _batch.Record(step, new ObservationRows(observations), _actions, _zeros, _buffer);
        }

        Draw(_batch);
        return _batch;
    }

    /// <summary>The nearer to the origin, the redder.</summary>
    public static void Draw(TrajectoryBatch batch)
    {
        foreach (FrameBlock frames in batch.FrameBlocks)
            for (int row = 0; row < batch.Rows; row++)
            {
                Span<byte> frame = frames.Frame(row);
                for (int i = 0; i < frame.Length; i++)
                    frame[i] = (byte)(i % 3 == 0 ? 40 + (200 * Math.Exp(-2 * Math.Abs(batch.States[2 * row]))) : 60);
            }
    }

    /// <summary>Trains a reward on rollouts.</summary>
    public async Task TeachAsync(EnsembleReward reward, int rollouts, IMetricSink? metrics = null)
    {
        var context = new ScoreContext(0, 0, Frozen: false, metrics ?? NullMetricSink.Instance, default);
        for (int i = 0; i < rollouts; i++)
        {
            TrajectoryBatch batch = Next();
            await reward.ScoreAsync(batch, new float[batch.Rows], context);
            await reward.LearnAsync(batch, context);
        }
    }

    /// <summary>States that no rollout held.</summary>
    public static TrajectoryBatch StatesApart(params FrameSpec[] frames)
    {
        using var environment = new FastEnv(Apart);
        var buffer = new StepBuffer(Apart, environment.Info);
        environment.SampleStates(99, 0, StateSource.Uniform, buffer);
        var batch = new TrajectoryBatch(1, Apart, environment.Info, frames);
        buffer.States.CopyTo(batch.States, 0);
        Draw(batch);
        return batch;
    }

    /// <summary>Rank correlation of a reward's scores with a function of position and velocity, on those states.</summary>
    public static async Task<double> RankAsync(IReward reward, Func<double, double, double> truth, params FrameSpec[] frames)
    {
        TrajectoryBatch batch = StatesApart(frames);
        float[] scores = new float[batch.Rows];
        await reward.ScoreAsync(batch, scores, ScoreContext.Preview());
        return Correlations.Spearman(Array.ConvertAll(scores, score => (double)score),
            [.. Enumerable.Range(0, batch.Rows).Select(row => truth(batch.States[2 * row], batch.States[(2 * row) + 1]))]);
    }

    public void Dispose() => _environment.Dispose();
}
