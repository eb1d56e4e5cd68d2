using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Rendering.Images;

namespace EmbodiedRL.Training.Runs;

/// <summary>Plays one episode of every environment and shows it: a video of all, a film strip of the first with scores under its frames.</summary>
/// <remarks>The judge's state is not changed by what it is asked, if it is a source (a <c>RewardTerm.Source</c>) and not a whole stack.</remarks>
public sealed class EpisodeRecording(IVectorEnvironment environment, IPolicy policy)
{
    private const int FilmFrames = 8;

    /// <summary>Of starts and of everything drawn in the episode.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Where episodes begin.</summary>
    public StartDistribution Start { get; init; } = StartDistribution.WholeRange;

    /// <summary>Camera of the scene; null for the task's own.</summary>
    public string? Camera { get; init; }

    /// <summary>Width and height in pixels of one environment in the video.</summary>
    public int Size { get; init; } = 256;

    /// <summary>How many control steps; 0 for a whole episode.</summary>
    public int Steps { get; init; }

    /// <summary>Camera that the judge looks through; null for the task's own.</summary>
    public string? JudgeCamera { get; init; }

    /// <summary>Gives the scores under the frames; null shows none. Lent.</summary>
    public IReward? Judge { get; init; }

    /// <summary>Measures of the environment to say yes or no to under the frames.</summary>
    public IReadOnlyList<string> Measures { get; init; } = [];

    /// <summary>Writes <c>STEM.mp4</c>, <c>STEM.png</c> (the film strip) and <c>STEM.json</c> (title, scores and measures by step).</summary>
    /// <param name="stem">Path without extension.</param>
    /// <param name="title">For the report, e.g. "After training".</param>
    /// <param name="cancel">Stops between two steps.</param>
    public async Task<RecordedEpisode> WriteAsync(string stem, string title, CancellationToken cancel)
    {
        int steps = Steps > 0 ? Steps : environment.Info.EpisodeSteps;
        var played = new TrajectoryBatch(steps, environment.Count, environment.Info, Judge?.Spec.FrameSize ?? 0);
        Film film = Play($"{stem}.mp4", played, cancel);

        float[] scores = new float[Judge is null ? 0 : played.Rows];
        if (Judge is not null) await Judge.ScoreAsync(played, scores, cancel);
        RecordedEpisode recorded = Describe(title, played, scores, film);
        ImageFile.WritePng($"{stem}.png", FilmStrip.Compose(recorded.Captions(film)));
        AtomicFile.WriteText($"{stem}.json", RunJson.Of(recorded));
        return recorded;
    }

    private Film Play(string video, TrajectoryBatch played, CancellationToken cancel)
    {
        EnvironmentInfo info = environment.Info;
        int count = environment.Count;
        using var renderer = new BatchRenderer(info.Scene, Camera ?? info.Camera, Size);
        using BatchRenderer? eye = played.FrameSize > 0 ? new BatchRenderer(info.Scene, JudgeCamera ?? info.Camera, played.FrameSize) : null;
        var buffer = new StepBuffer(count, info);
        byte[] frames = new byte[count * renderer.FrameBytes];
        float[] observations = new float[buffer.Observations.Length], actions = new float[count * info.Actions.Length], unknown = new float[count];
        int columns = (int)Math.Ceiling(Math.Sqrt(count)), rows = (count + columns - 1) / columns;
        var film = new Film(Math.Max(1, played.Steps / FilmFrames));

        using var writer = new VideoWriter(video, columns * Size, rows * Size, 1 / info.ControlTimestep);
        environment.Reset(Seed, Start, buffer);
        for (int step = 0; step < played.Steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            buffer.Observations.CopyTo(observations, 0);
            policy.Act(observations, actions, deterministic: true);
            environment.Step(actions, buffer);
            played.Record(step, observations, actions, unknown, buffer);
            if (eye is not null) eye.Render(buffer.Poses, count, played.FramesAt(step));
            renderer.Render(buffer.Poses, count, frames);
            film.Take(step, frames.AsSpan(0, renderer.FrameBytes), Size, ends: buffer.Kinds[0].Ends());
            writer.Write(FrameGrid.Compose(frames, count, Size, Size, columns).Rgb);
        }

        writer.Finish();
        return film;
    }

    private RecordedEpisode Describe(string title, TrajectoryBatch played, float[] scores, Film film)
    {
        int steps = film.Length, stride = played.Count, state = played.Info.State.Length;
        SuccessMeasure[] measures = [.. Measures.Select(name => played.Info.Measures.FirstOrDefault(measure => measure.Name == name)
            ?? throw new UnknownNameException("measure", name, played.Info.Measures.Select(measure => measure.Name)))];
        return new RecordedEpisode(title, Judge?.Spec.Name ?? "", [.. film.Steps])
        {
            Scores = scores.Length == 0 ? [] : [.. Enumerable.Range(0, steps).Select(t => float.IsNaN(scores[t * stride]) ? (float?)null : scores[t * stride])],
            Holds = measures.ToDictionary(measure => measure.Name,
                measure => Enumerable.Range(0, steps).Select(t => measure.Holds(played.States.AsSpan(t * stride * state, state)) > 0.5f).ToArray()),
        };
    }
}
