using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>States that rewards are judged on, with their frames: drawn from anywhere, each advanced by one step and ended.</summary>
internal sealed class DrawnStates
{
    private const int Draws = 32;           // half over the whole range, a quarter each near keyframes and among look-alikes

    private static readonly StateSource[] Sources =
        [StateSource.Uniform, StateSource.Uniform, StateSource.Keyframes, StateSource.HardNegatives];

    private readonly float[] _poses, _visuals; // [draws, N, ...]
    private readonly int _every;               // only the first of so many steps of one draw has the frames of every term

    private DrawnStates(TrajectoryBatch batch, float[] poses, float[] visuals, int every) =>
        (Batch, _poses, _visuals, _every) = (batch, poses, visuals, every);

    /// <summary>To be scored.</summary>
    public TrajectoryBatch Batch { get; }

    /// <summary>Draws states.</summary>
    /// <param name="environment">As the run looks; its episodes end here. Lent.</param>
    /// <param name="renderers">Lent.</param>
    /// <param name="camera">Stands for the empty camera of a spec; empty takes the task's own.</param>
    /// <param name="specs">Frames to draw.</param>
    /// <param name="seed">Of the states.</param>
    /// <param name="cancel">Stops between two draws.</param>
    public static async Task<DrawnStates> DrawAsync(IVectorEnvironment environment, RendererPool renderers, string camera,
        IReadOnlyList<FrameSpec> specs, ulong seed, CancellationToken cancel)
    {
        EnvironmentInfo info = environment.Info;
        int every = specs.Aggregate(1, (all, spec) => LeastCommonMultiple(all, spec.Every)), count = environment.Count;
        var buffer = new StepBuffer(count, info);
        float[] actions = new float[count * info.Actions.Length], zeros = new float[count];
        var batch = new TrajectoryBatch(Draws * every, count, info, specs);
        var frames = new FrameRecorder(environment, batch, camera, renderers);
        var poses = new List<float>(Draws * buffer.Poses.Length);
        var visuals = new List<float>(Draws * buffer.VisualParameters.Length);
        for (int draw = 0; draw < Draws; draw++)
        {
            cancel.ThrowIfCancellationRequested();
            environment.SampleStates(seed, draw, Sources[draw % Sources.Length], buffer);
            environment.Step(actions, buffer);
            EndAll(buffer, info.Observations);
            poses.AddRange(buffer.Poses);
            visuals.AddRange(buffer.VisualParameters);
            for (int step = draw * every; step < (draw + 1) * every; step++)
            {
                batch.Record(step, new ObservationRows(buffer.Observations, buffer.Images), actions, zeros, buffer);
                frames.Take(step, buffer);
            }
        }

        await frames.FinishAsync();
        return new DrawnStates(batch, [.. poses], [.. visuals], every);
    }

    /// <summary>The states with their scores. Rows that no frame was drawn of, or no score is given for, are left out.</summary>
    /// <param name="scores">[rows of the batch].</param>
    public ScoredStates With(ReadOnlySpan<float> scores)
    {
        int count = Batch.Count, width = Batch.Info.State.Length, draws = Draws * count;
        var rewards = new List<double>(draws);
        var states = new List<float>(draws * width);
        var poses = new List<float>(_poses.Length);
        var visuals = new List<float>(_visuals.Length);
        for (int row = 0; row < Batch.Rows; row++)
        {
            if (row / count % _every != 0 || !float.IsFinite(scores[row])) continue;
            int state = (row / count / _every * count) + (row % count);
            rewards.Add(scores[row]);
            states.AddRange(Batch.States.AsSpan(row * width, width));
            poses.AddRange(Of(_poses, state, draws));
            visuals.AddRange(Of(_visuals, state, draws));
        }

        return new ScoredStates(Batch.Info, [.. rewards], [.. states], [.. poses], [.. visuals]);
    }

    private static ReadOnlySpan<float> Of(float[] rows, int row, int count) =>
        rows.AsSpan(row * (rows.Length / count), rows.Length / count);

    /// <summary>Ends every episode, with what was observed last.</summary>
    private static void EndAll(StepBuffer buffer, ObservationSpec observations)
    {
        int width = observations.Length, image = observations.Image?.Length ?? 0;
        for (int row = 0; row < buffer.Count; row++)
        {
            if (buffer.Kinds[row].Ends()) continue;
            buffer.Observations.AsSpan(row * width, width).CopyTo(buffer.FinalObservations.AsSpan(row * width));
            buffer.Images.AsSpan(row * image, image).CopyTo(buffer.FinalImages.AsSpan(row * image));
            buffer.Kinds[row] = StepKind.Truncated;
        }
    }

    private static int LeastCommonMultiple(int a, int b)
    {
        (int x, int y) = (a, b);
        while (y > 0) (x, y) = (y, x % y);
        return a / x * b;
    }
}

/// <summary>Drawn states and what a reward says of them.</summary>
/// <param name="Info">Of the environment.</param>
/// <param name="Rewards">[B].</param>
/// <param name="States">[B, S].</param>
/// <param name="Poses">[B, P, 12].</param>
/// <param name="Visuals">[B, L]; empty where visuals never change.</param>
internal sealed record ScoredStates(EnvironmentInfo Info, double[] Rewards, float[] States, float[] Poses, float[] Visuals);
