using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Registry;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Encoders;

namespace EmbodiedRL.Rewards.Sources;

/// <summary>Options of <see cref="GoalBaselineReward"/>.</summary>
public sealed record GoalBaselineOptions : Options
{
    /// <summary>The image-text model.</summary>
    [Length(1, LengthAttribute.Name)]
    public string Model { get; init; } = "scene-clip";

    /// <summary>Strength of the regularization (the paper's examples use 0.5).</summary>
    [Range(0, 1)]
    public float Alpha { get; init; } = 0.5f;

    /// <summary>Sentences for the goal, averaged; empty takes the run's.</summary>
    [Length(0, 1000)]
    public string[] Prompts { get; init; } = [];

    /// <summary>Sentences for what is always seen, averaged; empty takes the run's.</summary>
    [Length(0, 1000)]
    public string[] Baselines { get; init; } = [];

    /// <summary>Camera that it looks through; empty takes the run's.</summary>
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
}

/// <summary>
/// Goal-baseline reward (VLM-RM): projects the image embedding of every frame onto the line from baseline to
/// goal and measures the distance to the goal.
/// </summary>
/// <remarks>
/// Implements section 3.2 (goal-baseline regularization); the formula is at <see cref="GoalBaselineProjection"/>. Differs from the paper:
/// none. Steps that are not rendered (<see cref="GoalBaselineOptions.Every"/>) score NaN. Frames that hardly changed can be left out
/// (<see cref="GoalBaselineOptions.SkipBelow"/>).
/// Not thread-safe, because the model is not. The model is lent: whoever made it disposes it, after this reward.
/// </remarks>
[Paper("2310.12921", "Vision-Language Models are Zero-Shot Reward Models for Reinforcement Learning", Year = 2023, Method = "S46")]
public sealed class GoalBaselineReward : Reward, IGoalReward
{
    private readonly FrameSpec _frames;
    private readonly GoalBaselineProjection _projection;
    private readonly float[] _embeddings;
    private readonly FrameSelection _selection;
    private readonly TimeProvider? _time;
    private readonly int _framesAtOnce;
    private readonly float[] _baseline; // embeddings of its sentences
    private readonly Dictionary<string, (GoalBaselineProjection? Projection, string? Violation)> _others = new(StringComparer.Ordinal);

    /// <summary>Embeds the sentences once.</summary>
    /// <param name="name">The term's name.</param>
    /// <param name="model">Lent for the life of this reward.</param>
    /// <param name="goals">Sentences that describe the goal; their embeddings are averaged.</param>
    /// <param name="baselines">Sentences that describe what is always seen; averaged likewise.</param>
    /// <param name="alpha">Strength of the regularization in [0, 1].</param>
    /// <param name="camera">Camera that it looks through; empty takes the run's.</param>
    /// <param name="every">Steps between two scored steps.</param>
    /// <param name="framesAtOnce">Frames handed to the model in one call.</param>
    /// <param name="size">Of the frames; 0 takes what the model reads.</param>
    /// <param name="skipBelow">Mean difference of bytes up to which a frame has the score of the one before.</param>
    /// <param name="time">The clock that the speed is measured by; null measures none.</param>
    /// <exception cref="SettingsException">A list of sentences is empty, or goal and baseline mean the same to the model.</exception>
    public GoalBaselineReward(
        string name, IImageTextModel model, IReadOnlyList<string> goals, IReadOnlyList<string> baselines, float alpha,
        string camera = "", int every = 1, int framesAtOnce = 1024, (int Width, int Height) size = default,
        double skipBelow = 0, TimeProvider? time = null)
        : base(new RewardSpec(name, BatchFields.Frames, -1, 1,
            new FrameSpec(size.Width > 0 ? size.Width : model.ImageSize, size.Height > 0 ? size.Height : model.ImageSize, camera, every),
            skipBelow > 0 ? ScoreScope.Episode : ScoreScope.Row))
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(framesAtOnce);
        (Model, Goals, Baselines, Alpha) = (model, goals, baselines, alpha);
        (_framesAtOnce, _frames) = (framesAtOnce, Spec.Frames!.Value);
        _baseline = Embed(baselines, "baseline");
        _projection = new GoalBaselineProjection(Embed(goals, "goal"), _baseline, model.EmbeddingSize, alpha);
        _embeddings = new float[framesAtOnce * model.EmbeddingSize];
        (_selection, _time) = (new FrameSelection(skipBelow), time);
    }

    /// <inheritdoc/>
    public IImageTextModel Model { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Goals { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Baselines { get; }

    /// <summary>Strength of the regularization, in [0, 1].</summary>
    public float Alpha { get; }

    /// <inheritdoc/>
    /// <exception cref="SpecMismatchException">The batch holds no frames, or frames of another size than the model's.</exception>
    public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
    {
        Check(batch, scores);
        long began = _time?.GetTimestamp() ?? 0;
        Score(batch, [_projection], scores.Span, context.Cancel);
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

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public string? Violation(string goal) => Other(goal).Violation;

    /// <inheritdoc/>
    public void ScoreGoals(RewardBatch batch, IReadOnlyList<string> goals, Span<float> scores, CancellationToken cancel)
    {
        SpecMismatchException.ThrowIfLength($"scores of {goals.Count} sentences", scores.Length, checked(goals.Count * batch.Rows));
        Score(batch, [.. goals.Select(goal => Other(goal).Projection)], scores, cancel);
    }

    private void Score(RewardBatch batch, GoalBaselineProjection?[] projections, Span<float> scores, CancellationToken cancel)
    {
        FrameBlock frames = batch.Frames(_frames, Spec.Name);
        if (frames.Frames < batch.Rows || projections.Contains(null)) scores.Fill(float.NaN);
        _selection.Choose(frames, batch.Episode, _frames.Every * frames.Count);
        int size = Model.EmbeddingSize;
        for (int first = 0; first < _selection.Chosen.Length; first += _framesAtOnce)
        {
            cancel.ThrowIfCancellationRequested();
            ReadOnlySpan<int> chosen = _selection.Chosen[first..Math.Min(first + _framesAtOnce, _selection.Chosen.Length)];
            Span<float> embeddings = _embeddings.AsSpan(0, chosen.Length * size);
            Model.EncodeImages(_selection.Gather(frames, chosen), _frames.Width, _frames.Height, embeddings);
            for (int i = 0; i < chosen.Length; i++)
                for (int goal = 0; goal < projections.Length; goal++)
                    if (projections[goal] is { } projection)
                        scores[(goal * batch.Rows) + RowOf(frames, chosen[i])] = projection.Score(embeddings.Slice(i * size, size));
        }

        for (int frame = 0; frame < frames.Frames; frame++)
            if (_selection.OriginOf(frame) is int origin && origin != frame)
                for (int goal = 0; goal < projections.Length; goal++)
                    scores[(goal * batch.Rows) + RowOf(frames, frame)] = scores[(goal * batch.Rows) + RowOf(frames, origin)];
    }

    /// <summary>The batch's row of a frame: rows lie by step, and only every k-th step is rendered.</summary>
    private int RowOf(FrameBlock frames, int frame) => (frame / frames.Count * _frames.Every * frames.Count) + (frame % frames.Count);

    /// <summary>Looking along another sentence; kept, since who tries a sentence out asks for it at every frame.</summary>
    private (GoalBaselineProjection? Projection, string? Violation) Other(string goal)
    {
        if (_others.TryGetValue(goal, out (GoalBaselineProjection?, string?) known)) return known;
        try
        {
            known = (new GoalBaselineProjection(Embed([goal], "goal"), _baseline, Model.EmbeddingSize, Alpha), null);
        }
        catch (SettingsException same)
        {
            known = (null, same.Violations[0]);
        }

        return _others[goal] = known;
    }

    private float[] Embed(IReadOnlyList<string> sentences, string kind)
    {
        if (sentences.Count == 0) throw new SettingsException("goal", [$"{kind}: expected at least one sentence, found none."]);
        float[] embeddings = new float[sentences.Count * Model.EmbeddingSize];
        Model.EncodeTexts(sentences, embeddings);
        return embeddings;
    }
}
