using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rewards;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>Sums up what the reward says of episodes that are only looked at: nothing that it has learned of scales changes.</summary>
/// <remarks>
/// What is summed is what each term's source says times the term's weight, before transforms: those go by statistics of the training so far,
/// so that through them episodes before and after training could not be compared. Borrows reward and renderer. Not thread-safe.
/// </remarks>
public sealed class EpisodeScorer
{
    private const int StepsAtOnce = 64;

    private readonly RewardStack _reward;
    private readonly BatchRenderer? _renderer;
    private readonly EnvironmentInfo _info;
    private readonly string _camera;
    private readonly TrajectoryBatch _batch;
    private readonly float[] _poses, _looks; // of the stretch: drawn at once, since many pictures are drawn faster than few
    private readonly float[] _scores;
    private readonly bool[] _counts; // [T, N], which steps belong to the episodes
    private int _filled;

    /// <summary>Makes memory for a stretch of the episodes.</summary>
    /// <param name="reward">Lent.</param>
    /// <param name="renderer">Of the size that the reward reads; null if it reads no frames. Lent.</param>
    /// <param name="info">The environment's specs.</param>
    /// <param name="camera">What the reward looks through.</param>
    /// <param name="rows">Episodes that are scored: the first so many of those played.</param>
    /// <exception cref="SpecMismatchException">The reward reads frames and there is no renderer of their size.</exception>
    public EpisodeScorer(RewardStack reward, BatchRenderer? renderer, EnvironmentInfo info, string camera, int rows)
    {
        int frame = reward.Spec.FrameSize;
        if (frame > 0 && renderer?.Size != frame)
            throw new SpecMismatchException("frames that the reward reads", $"a renderer of {frame} pixels", renderer is null ? "none" : $"one of {renderer.Size}");
        (_reward, _renderer, _info, _camera) = (reward, renderer, info, camera);
        _batch = new TrajectoryBatch(StepsAtOnce, rows, info, frame);
        (_poses, _looks) = frame > 0 ? (new float[_batch.Rows * info.Scene.PoseLength], new float[_batch.Rows * info.VisualRandomization.Length]) : ([], []);
        (_scores, _counts) = (new float[_batch.Rows], new bool[_batch.Rows]);
        Returns = new double[rows];
    }

    /// <summary>Episodes that are scored.</summary>
    public int Rows => Returns.Length;

    /// <summary>[N], of the episodes so far.</summary>
    public double[] Returns { get; }

    /// <summary>Forgets all episodes.</summary>
    public void Begin()
    {
        _filled = 0;
        Array.Clear(Returns);
    }

    /// <summary>Takes one step of the episodes.</summary>
    /// <param name="observations">[M, O] with M at least <see cref="Rows"/>, what was acted on.</param>
    /// <param name="actions">[M, A].</param>
    /// <param name="outcome">What they led to.</param>
    /// <param name="over">[M], whose episode had ended before.</param>
    public void Take(ReadOnlySpan<float> observations, ReadOnlySpan<float> actions, StepBuffer outcome, ReadOnlySpan<bool> over)
    {
        int first = _filled * Rows;
        Put(observations, _batch.Observations, _info.Observations.Length);
        Put(actions, _batch.Actions, _info.Actions.Length);
        Put(outcome.FinalObservations, _batch.FinalObservations, _info.Observations.Length);
        Put(outcome.States, _batch.States, _info.State.Length);
        Put(outcome.Rewards, _batch.TaskRewards, 1);
        Put(outcome.Kinds, _batch.Kinds, 1);
        for (int row = 0; row < Rows; row++) _counts[first + row] = !over[row];
        if (_batch.Frames is not null)
        {
            Put(outcome.Poses, _poses, _info.Scene.PoseLength);
            Put(outcome.VisualParameters, _looks, _info.VisualRandomization.Length);
        }

        if (++_filled == StepsAtOnce) Finish();
    }

    /// <summary>Scores what has not been scored yet.</summary>
    public void Finish()
    {
        if (_filled == 0) return;
        if (_batch.Frames is not null) Draw(_filled * Rows);
        _reward.JudgeAsync(_batch, _scores, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        for (int i = 0; i < _filled * Rows; i++)
            if (_counts[i] && float.IsFinite(_scores[i])) Returns[i % Rows] += _scores[i];
        _filled = 0;
    }

    private void Draw(int pictures)
    {
        SceneVariations? looks = _info.VisualRandomization.Unpack(_looks.AsSpan(0, pictures * _info.VisualRandomization.Length), pictures, _camera);
        _renderer!.Render(_poses.AsSpan(0, pictures * _info.Scene.PoseLength), pictures, _batch.Frames.AsSpan(0, pictures * _renderer.FrameBytes), looks);
    }

    private void Put<T>(ReadOnlySpan<T> from, T[] into, int width) => from[..(Rows * width)].CopyTo(into.AsSpan(_filled * Rows * width));
}
