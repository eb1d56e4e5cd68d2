using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Scenes;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Runs;

namespace EmbodiedRL.Training.Films;

/// <summary>
/// Plays one episode of every environment and shows it: a video of all, a film strip of the first with scores under its frames.
/// </summary>
/// <remarks>
/// The judge's state is not changed by what it is asked, if it is a source (a <c>RewardTerm.Source</c>) and not a whole stack.
/// </remarks>
/// <param name="Environment">Where it is played. Lent.</param>
/// <param name="Policy">Who plays. Lent.</param>
public sealed record EpisodeRecording(IVectorEnvironment Environment, IPolicy Policy)
{
    private const int FilmFrames = 8;

    /// <summary>Of starts and of everything drawn in the episode.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Where episodes begin.</summary>
    public StartDistribution Start { get; init; } = StartDistribution.WholeRange;

    /// <summary>Camera of the scene, or of the environment's own views; null for the task's own.</summary>
    public string? Camera { get; init; }

    /// <summary>Width and height in pixels of one environment in the video.</summary>
    public int Size { get; init; } = 256;

    /// <summary>Pixels a side of one frame in the film strip.</summary>
    public int FilmSize { get; init; } = 128;

    /// <summary>How many control steps; 0 for a whole episode.</summary>
    public int Steps { get; init; }

    /// <summary>Camera that the judge looks through; null for the task's own.</summary>
    public string? RewardCamera { get; init; }

    /// <summary>Gives the scores under the frames; null shows none. Lent.</summary>
    public IReward? Reward { get; init; }

    /// <summary>What is drawn over the frames of the video; the film strip has its texts below.</summary>
    public OverlayParts Overlays { get; init; }

    /// <summary>The sentence, for the overlay.</summary>
    public string Caption { get; init; } = "";

    /// <summary>What is drawn beside lit geoms; unless somebody asks for more, people see what the reward sees.</summary>
    public RenderEffects Effects { get; init; } = RenderEffects.Plain;

    /// <summary>Measures of the environment to say yes or no to under the frames.</summary>
    public IReadOnlyList<string> Measures { get; init; } = [];

    private int Columns => (int)Math.Ceiling(Math.Sqrt(Environment.Count));

    /// <summary>Images of observations are kept only for a judge that reads observations.</summary>
    private EnvironmentInfo Read =>
        Reward?.Spec.Reads.HasFlag(BatchFields.Observations) == true ? Environment.Info : Environment.Info.WithoutImage();

    private int Lines => (Environment.Count + Columns - 1) / Columns;

    /// <summary>
    /// Writes <c>STEM.mp4</c>, <c>STEM.png</c> (the film strip) and <c>STEM.json</c> (title, scores and measures by step).
    /// </summary>
    /// <param name="stem">Path without extension.</param>
    /// <param name="title">For the report, e.g. "After training".</param>
    /// <param name="cancel">Stops between two steps.</param>
    public async Task<FilmedEpisode> WriteAsync(string stem, string title, CancellationToken cancel)
    {
        (FilmedEpisode recorded, RgbImage strip) = await RecordAsync($"{stem}.mp4", title, cancel);
        ImageFile.WritePng($"{stem}.png", strip);
        AtomicFile.WriteText($"{stem}.json", RunJson.Of(recorded));
        return recorded;
    }

    /// <summary>Writes the video alone.</summary>
    /// <param name="path">Ends in .mp4.</param>
    /// <param name="cancel">Stops between two steps.</param>
    /// <returns>Width and height of its frames.</returns>
    public async Task<(int Width, int Height)> WriteVideoAsync(string path, CancellationToken cancel)
    {
        await RecordAsync(path, "", cancel);
        return (Columns * Size, Lines * Size);
    }

    /// <summary>Writes the film strip alone; needs no ffmpeg.</summary>
    /// <param name="path">Ends in .png.</param>
    /// <param name="cancel">Stops between two steps.</param>
    /// <returns>Its width and height.</returns>
    public async Task<(int Width, int Height)> WriteFilmAsync(string path, CancellationToken cancel)
    {
        (_, RgbImage strip) = await RecordAsync(video: null, "", cancel);
        ImageFile.WritePng(path, strip);
        return (strip.Width, strip.Height);
    }

    private async Task<(FilmedEpisode Episode, RgbImage Strip)> RecordAsync(string? video, string title, CancellationToken cancel)
    {
        int steps = Steps > 0 ? Steps : Environment.Info.EpisodeSteps;
        FrameSpec[] seen = Reward?.Spec.Frames is { } spec ? [spec] : [];
        var played = new TrajectoryBatch(steps, Environment.Count, Read, seen);
        Film film = await PlayAsync(video, played, cancel);

        float[] scores = new float[Reward is null ? 0 : played.Rows];
        if (Reward is not null) await Reward.ScoreAsync(played, scores, ScoreContext.Preview(cancel));
        FilmedEpisode recorded = Describe(title, played, scores, film);
        return (recorded, FilmStrip.Compose(recorded.Captions(film), FilmSize));
    }

    private async Task<Film> PlayAsync(string? video, TrajectoryBatch played, CancellationToken cancel)
    {
        EnvironmentInfo info = Environment.Info;
        int count = Environment.Count;
        using var shown = new StepCamera(Environment, Camera ?? "", Size, Effects);
        var overlays = new Overlays(info, info.Scene?.Camera(shown.Camera), Size, video is null ? OverlayParts.None : Overlays, Caption);
        TrajectoryBatch? now = Reward is not null && Overlays.HasFlag(OverlayParts.Score)
            ? new TrajectoryBatch(1, count, Read, [.. played.FrameBlocks.Select(block => block.Spec)])
            : null;
        float[] scores = new float[now is null ? 0 : count];
        FrameBlock? block = played.FrameBlocks.Count > 0 ? played.FrameBlocks[0] : null;
        using StepCamera? camera = block is null
            ? null
            : new StepCamera(Environment, block.Spec.Camera is { Length: > 0 } own ? own : RewardCamera ?? "", block.Spec.Width);
        using IActor actor = Policy.CreateActor(count, ActorMode.Deterministic, Seed);
        var runner = new EnvironmentRunner(Environment, actor);
        StepBuffer buffer = runner.Buffer;
        byte[] frames = new byte[count * shown.FrameBytes];
        var film = new Film(Math.Max(1, played.Steps / FilmFrames));

        // one for all: garbage of a video would outweigh a rollout
        byte[] grid = new byte[video is null ? 0 : Columns * Lines * shown.FrameBytes];
        using VideoWriter? writer = video is null ? null : new VideoWriter(video, Columns * Size, Lines * Size, 1 / info.ControlTimestep);
        runner.Reset(Seed, Start);
        for (int step = 0; step < played.Steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            runner.Step();
            played.Record(step, runner.Observations, runner.Actions, runner.LogProbabilities, buffer);
            DrawScored(camera, buffer, step, block, now);
            shown.Draw(buffer, frames);
            film.Take(step, frames.AsSpan(0, shown.FrameBytes), Size, ends: buffer.Kinds[0].Ends());
            if (now is not null && writer is not null)
            {
                now.Record(0, runner.Observations, runner.Actions, runner.LogProbabilities, buffer);
                await Reward!.ScoreAsync(now, scores, ScoreContext.Preview(cancel));
            }

            overlays.Draw(Environment, buffer, scores, shown.Variations, frames);
            if (writer is null) continue;
            FrameGrid.ComposeInto(grid, frames, count, Size, Size, Columns);
            writer.Write(grid);
        }

        writer?.Finish();
        return film;
    }

    /// <summary>What the judge sees: the steps that it reads, and every step where its score is shown over the frames.</summary>
    private static void DrawScored(StepCamera? camera, StepBuffer buffer, int step, FrameBlock? block, TrajectoryBatch? now)
    {
        if (camera is null || block is null) return;
        Memory<byte> read = block.Spec.Renders(step) ? block.Step(step / block.Spec.Every) : Memory<byte>.Empty;
        Memory<byte> drawn = read.IsEmpty && now is not null ? now.FrameBlocks[0].Step(0) : read;
        if (drawn.IsEmpty) return;
        camera.Draw(buffer, drawn.Span);
        if (now is not null && !read.IsEmpty) read.CopyTo(now.FrameBlocks[0].Step(0));
    }

    private FilmedEpisode Describe(string title, TrajectoryBatch played, float[] scores, Film film)
    {
        int steps = film.Length, stride = played.Count, state = played.Info.State.Length;
        SuccessMeasure[] measures = [.. Measures.Select(name => played.Info.Measures.FirstOrDefault(measure => measure.Name == name)
            ?? throw new UnknownNameException("measure", name, played.Info.Measures.Select(measure => measure.Name)))];
        return new FilmedEpisode(title, Reward?.Spec.Name ?? "", [.. film.Steps])
        {
            Scores = scores.Length == 0
                ? []
                : [.. Enumerable.Range(0, steps).Select(t => float.IsNaN(scores[t * stride]) ? (float?)null : scores[t * stride])],
            Holds = measures.ToDictionary(measure => measure.Name,
                measure =>
                    Enumerable.Range(0, steps)
                        .Select(t => measure.Holds(played.States.AsSpan(t * stride * state, state)) > 0.5f).ToArray()),
        };
    }
}
