using EmbodiedRL.Training.Loop;
using EmbodiedRL.Core.Specs;
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
    private readonly RendererPool _renderers;
    private readonly bool _isSeen;
    private readonly EnvironmentInfo _info;
    private readonly string _camera;
    private readonly TrajectoryBatch _batch;
    private readonly float[] _poses, _visuals; // of the stretch: drawn at once, since many pictures are drawn faster than few
    private readonly float[] _scores;
    private readonly bool[] _counts; // [T, N], which steps belong to the episodes
    private int _filled;

    /// <summary>Makes memory for a stretch of the episodes.</summary>
    /// <param name="reward">Lent.</param>
    /// <param name="renderers">Of the sizes that the reward reads. Lent.</param>
    /// <param name="info">The environment's specs.</param>
    /// <param name="camera">What the reward looks through.</param>
    /// <param name="rows">Episodes that are scored: the first so many of those played.</param>
    public EpisodeScorer(RewardStack reward, RendererPool renderers, EnvironmentInfo info, string camera, int rows)
    {
        (_reward, _renderers, _info, _camera) = (reward, renderers, info, camera);
        _batch = new TrajectoryBatch(StepsAtOnce, rows, info, reward.Frames);
        _isSeen = reward.Frames.Count > 0;
        (_poses, _visuals) = _isSeen ? (new float[_batch.Rows * info.RequiredScene.PoseLength], new float[_batch.Rows * info.VisualRandomization.Length]) : ([], []);
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
        Put(outcome.States, _batch.States, _info.State.Length);
        Put(outcome.Rewards, _batch.TaskRewards, 1);
        Put(outcome.Kinds, _batch.Kinds, 1);
        for (int row = 0; row < Rows; row++) _counts[first + row] = !over[row];
        if (_isSeen)
        {
            Put(outcome.Poses, _poses, _info.RequiredScene.PoseLength);
            Put(outcome.VisualParameters, _visuals, _info.VisualRandomization.Length);
        }

        if (++_filled == StepsAtOnce) Finish();
    }

    /// <summary>Scores what has not been scored yet.</summary>
    public void Finish()
    {
        if (_filled == 0) return;
        foreach (FrameBlock block in _batch.FrameBlocks) Render(block);
        _reward.SumSourcesAsync(_batch, _scores, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        for (int i = 0; i < _filled * Rows; i++)
            if (_counts[i] && float.IsFinite(_scores[i])) Returns[i % Rows] += _scores[i];
        _filled = 0;
    }

    /// <summary>Renders the rendered steps of the stretch, each step's frames in one pass or several steps where they lie together.</summary>
    private void Render(FrameBlock block)
    {
        FrameSpec spec = block.Spec;
        string camera = spec.Camera.Length > 0 ? spec.Camera : _camera;
        BatchRenderer renderer = _renderers.Get(_info.RequiredScene, camera, spec);
        int pose = _info.RequiredScene.PoseLength, visual = _info.VisualRandomization.Length, steps = spec.RenderedSteps(_filled);
        for (int rendered = 0, count; rendered < steps; rendered += count)
        {
            count = spec.Every == 1 ? Math.Min(steps - rendered, block.Run(rendered * Rows) / Rows) : 1;
            int first = rendered * spec.Every * Rows, rows = count * Rows;
            SceneVariations? looks = _info.VisualRandomization.Unpack(_visuals.AsSpan(first * visual, rows * visual), rows, camera);
            renderer.Render(_poses.AsSpan(first * pose, rows * pose), rows, block.Slice(rendered * Rows, rows).Span, looks);
        }
    }

    private void Put<T>(ReadOnlySpan<T> from, T[] into, int width) => from[..(Rows * width)].CopyTo(into.AsSpan(_filled * Rows * width));
}
