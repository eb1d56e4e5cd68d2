using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Options of every source that reads frames by a model.</summary>
public abstract record FrameOptions : Options
{
    /// <summary>The model.</summary>
    public abstract string Model { get; init; }

    /// <summary>
    /// Camera that it looks through; empty takes the run's. Several cameras are several terms, which a combinator joins.
    /// </summary>
    [Length(0, LengthAttribute.Name)]
    public string Camera { get; init; } = "";

    /// <summary>Steps between two scored steps; the transforms <c>hold</c> and <c>interpolate</c> fill the ones between.</summary>
    [Range(1, 1000)]
    public int Every { get; init; } = 1;

    /// <summary>W of the frames that are drawn, pixels; 0 takes what the model reads. The model resizes others.</summary>
    [Range(0, 4096)]
    public int Width { get; init; }

    /// <summary>H of the frames that are drawn, pixels; 0 takes what the model reads.</summary>
    [Range(0, 4096)]
    public int Height { get; init; }

    /// <summary>
    /// A frame whose bytes differ by no more than this on average (0 to 255) from the last one of its episode that was scored has that
    /// one's score. At 0, frames that are equal are scored once; more saves more and errs, by how much is logged.
    /// </summary>
    [Range(0, 255)]
    public double SkipBelow { get; init; }

    /// <summary>Scored frames of an episode, this one and those before, that a step's score is made of; 1 takes this one alone.</summary>
    [Range(1, 1000)]
    public int Window { get; init; } = 1;

    /// <summary>What is made of a window's scores: <c>mean</c>, <c>max</c> or <c>min</c>.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Over { get; init; } = FrameWindow.Mean;

    /// <inheritdoc/>
    public override IEnumerable<string> Violations()
    {
        foreach (string violation in base.Violations()) yield return violation;
        if (FrameWindow.Violation(Over) is { } over) yield return over;
    }

    /// <summary>The same as a source takes it.</summary>
    /// <param name="time">The clock that the speed is measured by; null measures none.</param>
    internal FrameReading Reading(TimeProvider? time) => new()
    {
        Camera = Camera,
        Every = Every,
        Size = (Width, Height),
        SkipBelow = SkipBelow,
        Window = Window,
        Over = Over,
        Time = time,
    };
}

/// <summary>Which frames a source reads, and how.</summary>
public sealed record FrameReading
{
    /// <summary>Camera; empty takes the run's.</summary>
    public string Camera { get; init; } = "";

    /// <summary>Steps between two scored steps, at least 1.</summary>
    public int Every { get; init; } = 1;

    /// <summary>Frames handed to the model in one call, at least 1.</summary>
    public int FramesAtOnce { get; init; } = 1024;

    /// <summary>Of the frames, pixels; 0 takes what the model reads.</summary>
    public (int Width, int Height) Size { get; init; }

    /// <summary>Mean difference of bytes, 0 to 255, up to which a frame has the score of the one before.</summary>
    public double SkipBelow { get; init; }

    /// <summary>Scored frames that one score is made of, at least 1.</summary>
    public int Window { get; init; } = 1;

    /// <summary><c>mean</c>, <c>max</c> or <c>min</c> of a window's scores.</summary>
    public string Over { get; init; } = FrameWindow.Mean;

    /// <summary>The clock that the speed is measured by; null measures none.</summary>
    public TimeProvider? Time { get; init; }
}

/// <summary>Scores of frames.</summary>
/// <param name="frames">uint8 [N, H, W, 3].</param>
/// <param name="scores">[K, N], overwritten.</param>
public delegate void FrameScorer(ReadOnlySpan<byte> frames, Span<float> scores);

/// <summary>
/// Base of sources that score frames: chooses frames, has each scored once, in large batches, and joins windows.
/// </summary>
/// <remarks>
/// Steps that are not rendered score NaN. Frames that hardly changed can be left out. A window goes on from one batch into the next and is
/// part of the snapshot; where scoring is frozen it begins anew in every batch. Not thread-safe, because the models are not.
/// </remarks>
public abstract class FrameReward : Reward, ITrajectoryReward
{
    private readonly FrameSpec _frames;
    private readonly FrameSelection _selection;
    private readonly FrameWindow _window;
    private readonly TimeProvider? _time;
    private float[] _found = [];

    /// <summary>Makes ready.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="imageSize">W and H that the model reads, pixels.</param>
    /// <param name="minimum">Least possible score.</param>
    /// <param name="maximum">Greatest possible score.</param>
    /// <param name="reading">Which frames, and how.</param>
    protected FrameReward(string name, int imageSize, float minimum, float maximum, FrameReading reading)
        : base(new RewardSpec(name, BatchFields.Frames, minimum, maximum, FramesOf(imageSize, reading),
            reading.SkipBelow > 0 || reading.Window > 1 ? ScoreScope.Episode : ScoreScope.Row))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(reading.FramesAtOnce);
        (FramesAtOnce, _frames) = (reading.FramesAtOnce, Spec.Frames!.Value);
        (_selection, _time) = (new FrameSelection(reading.SkipBelow), reading.Time);
        _window = new FrameWindow(reading.Window, reading.Over);
    }

    /// <summary>The most frames that are scored in one call.</summary>
    protected int FramesAtOnce { get; }

    /// <summary>W of the frames, pixels.</summary>
    protected int Width => _frames.Width;

    /// <summary>H of the frames, pixels.</summary>
    protected int Height => _frames.Height;

    /// <summary>Scores frames by the source's own goal; K is 1.</summary>
    protected abstract FrameScorer Own { get; }

    /// <inheritdoc/>
    /// <exception cref="SpecMismatchException">The batch holds no frames, or frames of another size than the model's.</exception>
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        Check(batch, scores);
        long began = _time?.GetTimestamp() ?? 0;
        ScoreFrames(batch, 1, Own, scores.Span, context.Cancel);
        if (_time?.GetElapsedTime(began).TotalSeconds is > 0 and double seconds)
            context.Metrics.Write($"time/{Spec.Name}/images-per-second", _selection.Chosen.Length / seconds);
        context.Metrics.Write($"reward/{Spec.Name}/images", _selection.Chosen.Length);
        context.Metrics.Write($"reward/{Spec.Name}/skipped", _selection.SkippedShare);
        if (_selection.Audits.Count > 0)
        {
            FrameBlock frames = batch.Frames(_frames, Spec.Name);
            double error = 0;
            foreach ((int frame, int origin) in _selection.Audits)
                error += Math.Abs(scores.Span[RowOf(frames, frame)] - scores.Span[RowOf(frames, origin)]);
            context.Metrics.Write($"reward/{Spec.Name}/skip-error", error / _selection.Audits.Count);
        }

        _window.Apply(batch, scores.Span, context);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void Save(Snapshot into) => _window.Save(into);

    /// <inheritdoc/>
    public override void Load(Snapshot from) => _window.Load(from);

    /// <summary>Scores frames in several ways, each frame being read once.</summary>
    /// <param name="batch">Holds the frames.</param>
    /// <param name="ways">K.</param>
    /// <param name="scorer">Scores some frames.</param>
    /// <param name="scores">[K, rows], overwritten; NaN for rows without a frame.</param>
    /// <param name="cancel">Stops between two calls of the scorer.</param>
    protected void ScoreFrames(RewardBatch batch, int ways, FrameScorer scorer, Span<float> scores, CancellationToken cancel)
    {
        FrameBlock frames = batch.Frames(_frames, Spec.Name);
        if (frames.Frames < batch.Rows) scores.Fill(float.NaN);
        _selection.Choose(frames, batch.Episode, _frames.Every * frames.Count);
        for (int first = 0; first < _selection.Chosen.Length; first += FramesAtOnce)
        {
            cancel.ThrowIfCancellationRequested();
            ReadOnlySpan<int> chosen = _selection.Chosen[first..Math.Min(first + FramesAtOnce, _selection.Chosen.Length)];
            if (_found.Length < ways * chosen.Length) _found = new float[ways * chosen.Length];
            Span<float> found = _found.AsSpan(0, ways * chosen.Length);
            scorer(_selection.Gather(frames, chosen), found);
            for (int i = 0; i < chosen.Length; i++)
                for (int way = 0; way < ways; way++)
                    scores[(way * batch.Rows) + RowOf(frames, chosen[i])] = found[(way * chosen.Length) + i];
        }

        for (int frame = 0; frame < frames.Frames; frame++)
            if (_selection.OriginOf(frame) is int origin && origin != frame)
                for (int way = 0; way < ways; way++)
                    scores[(way * batch.Rows) + RowOf(frames, frame)] = scores[(way * batch.Rows) + RowOf(frames, origin)];
    }

    /// <summary>Joins the windows of scores that nobody keeps; they go no further back than the batch.</summary>
    /// <param name="batch">Whose rows.</param>
    /// <param name="scores">[rows], changed.</param>
    /// <param name="cancel">As of the scoring.</param>
    protected void JoinWindows(RewardBatch batch, Span<float> scores, CancellationToken cancel) =>
        _window.Apply(batch, scores, ScoreContext.Preview(cancel));

    private static FrameSpec FramesOf(int imageSize, FrameReading reading) => new(
        reading.Size.Width > 0 ? reading.Size.Width : imageSize, reading.Size.Height > 0 ? reading.Size.Height : imageSize,
        reading.Camera, reading.Every);

    /// <summary>The batch's row of a frame: rows lie by step, and only every k-th step is rendered.</summary>
    private int RowOf(FrameBlock frames, int frame) => (frame / frames.Count * _frames.Every * frames.Count) + (frame % frames.Count);
}
