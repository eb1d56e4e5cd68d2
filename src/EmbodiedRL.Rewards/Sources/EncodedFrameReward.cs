using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Score of one unit embedding [D].</summary>
public delegate float EmbeddingScore(ReadOnlySpan<float> embedding);

/// <summary>Options of every source that reads frames by an image-text model.</summary>
public abstract record EncodedFrameOptions : Options
{
    /// <summary>The image-text model.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Model { get; init; } = "scene-clip";

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

/// <summary>
/// Base of sources that score frames by their embeddings: chooses frames, embeds them in large batches, scores each once, joins windows.
/// </summary>
/// <remarks>
/// Steps that are not rendered score NaN. Frames that hardly changed can be left out. A window goes on from one batch into the next and is
/// part of the snapshot; where scoring is frozen it begins anew in every batch. Not thread-safe, because the model is not. The model is
/// lent: whoever made it disposes it, after this reward.
/// </remarks>
public abstract class EncodedFrameReward : Reward, ITrajectoryReward
{
    private readonly FrameSpec _frames;
    private readonly float[] _embeddings;
    private readonly FrameSelection _selection;
    private readonly FrameWindow _window;
    private readonly TimeProvider? _time;
    private readonly int _framesAtOnce;

    /// <summary>Memory for embeddings.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="model">Lent for the life of this reward.</param>
    /// <param name="minimum">Least possible score.</param>
    /// <param name="maximum">Greatest possible score.</param>
    /// <param name="reading">Which frames, and how.</param>
    protected EncodedFrameReward(string name, IImageTextModel model, float minimum, float maximum, FrameReading reading)
        : base(new RewardSpec(name, BatchFields.Frames, minimum, maximum, FramesOf(model, reading),
            reading.SkipBelow > 0 || reading.Window > 1 ? ScoreScope.Episode : ScoreScope.Row))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(reading.FramesAtOnce);
        (Model, _framesAtOnce, _frames) = (model, reading.FramesAtOnce, Spec.Frames!.Value);
        _embeddings = new float[reading.FramesAtOnce * model.EmbeddingSize];
        (_selection, _time) = (new FrameSelection(reading.SkipBelow), reading.Time);
        _window = new FrameWindow(reading.Window, reading.Over);
    }

    /// <summary>The model that reads frames. Lent.</summary>
    public IImageTextModel Model { get; }

    /// <summary>What scores an embedding.</summary>
    protected abstract EmbeddingScore Looking { get; }

    /// <inheritdoc/>
    /// <exception cref="SpecMismatchException">The batch holds no frames, or frames of another size than the model's.</exception>
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        Check(batch, scores);
        long began = _time?.GetTimestamp() ?? 0;
        ScoreFrames(batch, [Looking], scores.Span, context.Cancel);
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

    /// <summary>Scores frames in several ways, each frame being encoded once; windows go no further back than the batch.</summary>
    /// <param name="batch">Holds the frames.</param>
    /// <param name="looking">K ways to score an embedding; null gives NaN.</param>
    /// <param name="scores">[K, rows], overwritten; NaN for rows without a frame.</param>
    /// <param name="cancel">Stops between two calls of the model.</param>
    protected void Score(RewardBatch batch, EmbeddingScore?[] looking, Span<float> scores, CancellationToken cancel)
    {
        ScoreFrames(batch, looking, scores, cancel);
        for (int i = 0; i < looking.Length; i++)
            _window.Apply(batch, scores.Slice(i * batch.Rows, batch.Rows), ScoreContext.Preview(cancel));
    }

    private static FrameSpec FramesOf(IImageTextModel model, FrameReading reading) => new(
        reading.Size.Width > 0 ? reading.Size.Width : model.ImageSize, reading.Size.Height > 0 ? reading.Size.Height : model.ImageSize,
        reading.Camera, reading.Every);

    private void ScoreFrames(RewardBatch batch, EmbeddingScore?[] looking, Span<float> scores, CancellationToken cancel)
    {
        FrameBlock frames = batch.Frames(_frames, Spec.Name);
        if (frames.Frames < batch.Rows || looking.Contains(null)) scores.Fill(float.NaN);
        _selection.Choose(frames, batch.Episode, _frames.Every * frames.Count);
        int size = Model.EmbeddingSize;
        for (int first = 0; first < _selection.Chosen.Length; first += _framesAtOnce)
        {
            cancel.ThrowIfCancellationRequested();
            ReadOnlySpan<int> chosen = _selection.Chosen[first..Math.Min(first + _framesAtOnce, _selection.Chosen.Length)];
            Span<float> embeddings = _embeddings.AsSpan(0, chosen.Length * size);
            Model.EncodeImages(_selection.Gather(frames, chosen), _frames.Width, _frames.Height, embeddings);
            for (int i = 0; i < chosen.Length; i++)
                for (int way = 0; way < looking.Length; way++)
                    if (looking[way] is { } score)
                        scores[(way * batch.Rows) + RowOf(frames, chosen[i])] = score(embeddings.Slice(i * size, size));
        }

        for (int frame = 0; frame < frames.Frames; frame++)
            if (_selection.OriginOf(frame) is int origin && origin != frame)
                for (int way = 0; way < looking.Length; way++)
                    scores[(way * batch.Rows) + RowOf(frames, frame)] = scores[(way * batch.Rows) + RowOf(frames, origin)];
    }

    /// <summary>The batch's row of a frame: rows lie by step, and only every k-th step is rendered.</summary>
    private int RowOf(FrameBlock frames, int frame) => (frame / frames.Count * _frames.Every * frames.Count) + (frame % frames.Count);
}
