using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Evaluation;

/// <summary>Sums up what the reward says of episodes that are only looked at: nothing that it has learned of scales changes.</summary>
/// <remarks>
/// What is summed is what each term's source says times the term's weight, before transforms: those go by statistics of the training so
/// far, so that through them episodes before and after training could not be compared. Borrows reward and renderer. Not thread-safe.
/// </remarks>
public sealed class EpisodeScorer
{
    private const int StepsAtOnce = 64;

    private readonly RewardStack _reward;
    private readonly RendererPool _renderers;
    private readonly bool _isRendered;
    private readonly IFrameSource? _source;
    private readonly byte[] _drawn; // one step of all environments, where they draw themselves
    private readonly EnvironmentInfo _info;
    private readonly string _camera;
    private readonly TrajectoryBatch _batch;
    private readonly float[] _poses, _visuals; // of the stretch: drawn at once, since many pictures are drawn faster than few
    private readonly float[] _scores;
    private readonly bool[] _counts; // [T, N], which steps belong to the episodes
    private readonly int _count;
    private int _filled;

    /// <summary>Makes memory for a stretch of the episodes.</summary>
    /// <param name="reward">Lent.</param>
    /// <param name="renderers">Of the sizes that the reward reads. Lent.</param>
    /// <param name="environment">Whose episodes they are. Lent.</param>
    /// <param name="camera">What the reward looks through; empty for the task's own.</param>
    /// <param name="rows">Episodes that are scored: the first so many of those played.</param>
    public EpisodeScorer(RewardStack reward, RendererPool renderers, IVectorEnvironment environment, string camera, int rows)
    {
        bool isSeen = reward.Frames.Count > 0;
        EnvironmentInfo info = reward.Spec.Reads.HasFlag(BatchFields.Observations) ? environment.Info : environment.Info.WithoutImage();
        (_reward, _renderers, _info, _count) = (reward, renderers, info, environment.Count);
        _camera = isSeen ? FrameSources.CameraOf(environment, camera) : camera;
        _source = isSeen ? FrameSources.Of(environment) : null;
        _batch = new TrajectoryBatch(StepsAtOnce, rows, info, reward.Frames);
        _drawn = new byte[_source is null ? 0 : environment.Count * reward.Frames.Max(spec => spec.FrameBytes)];
        _isRendered = isSeen && _source is null;
        (_poses,
            _visuals) = _isRendered
                ? (new float[_batch.Rows * info.RequiredScene.PoseLength], new float[_batch.Rows * info.VisualRandomization.Length])
                : ([], []);
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
    /// <param name="observations">Of M environments, M at least <see cref="Rows"/>: what was acted on.</param>
    /// <param name="actions">[M, A].</param>
    /// <param name="outcome">What they led to.</param>
    /// <param name="over">[M], whose episode had ended before.</param>
    public void Take(ObservationRows observations, ReadOnlySpan<float> actions, StepBuffer outcome, ReadOnlySpan<bool> over)
    {
        int first = _filled * Rows;
        Put(observations.Values, _batch.Observations, _info.Observations.Length);
        if (_batch.Images is { } images) observations.Images[..(Rows * images.FrameBytes)].CopyTo(images.Step(_filled).Span);
        Put(actions, _batch.Actions, _info.Actions.Length);
        Put(outcome.States, _batch.States, _info.State.Length);
        Put(outcome.Rewards, _batch.TaskRewards, 1);
        Put(outcome.Kinds, _batch.Kinds, 1);
        for (int row = 0; row < Rows; row++) _counts[first + row] = !over[row];
        TakeNext(outcome);
        if (_source is not null) Draw(_source);
        if (_isRendered)
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
        if (_isRendered)
            foreach (FrameBlock block in _batch.FrameBlocks) Render(block);
        _reward.SumSourcesAsync(_batch, _scores, CancellationToken.None).AsTask().GetAwaiter().GetResult();
        for (int i = 0; i < _filled * Rows; i++)
            if (_counts[i] && float.IsFinite(_scores[i])) Returns[i % Rows] += _scores[i];
        _filled = 0;
    }

    /// <summary>Keeps what is observed after the step, which a reward may read of any row.</summary>
    private void TakeNext(StepBuffer outcome)
    {
        int width = _info.Observations.Length, image = _info.Observations.Image?.Length ?? 0;
        for (int row = 0; row < Rows; row++)
            if (outcome.Kinds[row].Ends())
                _batch.SetFinal((_filled * Rows) + row, outcome.FinalObservations.AsSpan(row * width, width),
                    outcome.FinalImages.AsSpan(row * image, image));
        Span<float> next = outcome.Observations.AsSpan(0, Rows * width);
        if (_filled + 1 < StepsAtOnce) next.CopyTo(_batch.Observations.AsSpan((_filled + 1) * Rows * width));
        else next.CopyTo(_batch.NextObservations);
    }

    /// <summary>Lets the environments draw the step that has just been played.</summary>
    private void Draw(IFrameSource source)
    {
        foreach (FrameBlock block in _batch.FrameBlocks)
        {
            FrameSpec spec = block.Spec;
            if (!spec.Renders(_filled)) continue;
            source.DrawFrames(spec.Camera.Length > 0 ? spec : spec with { Camera = _camera }, _drawn.AsSpan(0, _count * spec.FrameBytes));
            _drawn.AsSpan(0, Rows * spec.FrameBytes).CopyTo(block.Step(_filled / spec.Every).Span);
        }
    }

    /// <summary>
    /// Renders the rendered steps of the stretch, each step's frames in one pass or several steps where they lie together.
    /// </summary>
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
            SceneVariations? variations = _info.VisualRandomization.Unpack(_visuals.AsSpan(first * visual, rows * visual), rows, camera);
            renderer.Render(_poses.AsSpan(first * pose, rows * pose), rows, block.Slice(rendered * Rows, rows).Span, variations);
        }
    }

    private void Put<T>(ReadOnlySpan<T> from, T[] into, int width) => from[..(Rows * width)].CopyTo(into.AsSpan(_filled * Rows * width));
}
