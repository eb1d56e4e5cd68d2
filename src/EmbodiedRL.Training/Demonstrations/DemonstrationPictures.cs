using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Facts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards.Learned;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Demonstrations;

/// <summary>Pictures of recorded episodes, drawn by playing them again: the recordings themselves need not hold any.</summary>
/// <param name="services">Environments by name.</param>
/// <param name="info">Of the environment that the episodes must be of.</param>
public sealed class DemonstrationPictures(RunServices services, EnvironmentInfo info)
{
    /// <summary>Camera; empty takes the task's own.</summary>
    public string Camera { get; init; } = "";

    /// <summary>Episodes that are drawn, at most: the first of those that succeed.</summary>
    public int Episodes { get; init; } = PictureRequest.UsualEpisodes;

    /// <summary>Pictures of an episode, at most, evenly apart; the last one is that of the last step.</summary>
    public int Frames { get; init; } = PictureRequest.UsualFrames;

    /// <summary>Measures that an episode must all reach; empty takes any episode.</summary>
    public IReadOnlyList<SuccessMeasure> Measures { get; init; } = [];

    /// <summary>Draws them.</summary>
    /// <param name="files">Files of recorded episodes, in this order.</param>
    /// <param name="size">Width and height, pixels.</param>
    /// <param name="cancel">Stops between two steps.</param>
    /// <returns>The pictures of each episode, and how many episodes were passed over because they fail.</returns>
    /// <exception cref="EmbodiedException">A file is not there, is of another environment, or plays otherwise here.</exception>
    public async Task<(IReadOnlyList<DemonstrationFrames> Pictures, int Failures)> DrawAsync(IReadOnlyList<string> files, int size,
        CancellationToken cancel)
    {
        var drawn = new List<DemonstrationFrames>();
        int failures = 0;
        foreach (string file in files)
        {
            if (drawn.Count == Episodes) break;
            DemonstrationHeader header = await DemonstrationFile.ReadHeaderAsync(file, cancel);
            header.Require(info);
            using IVectorEnvironment environment = RecordedEnvironment.Open(header, file, null, services);
            using var camera = new StepCamera(environment, Camera, size);
            await foreach (DemonstrationEpisode episode in DemonstrationFile.ReadAsync(file, cancel))
            {
                if (drawn.Count == Episodes) break;
                if (Measures.All(measure => EpisodeSuccess.Of(measure, info, episode.States)))
                    drawn.Add(Draw(episode, environment, camera, size, file, cancel));
                else failures++;
            }
        }

        return (drawn, failures);
    }

    private DemonstrationFrames Draw(DemonstrationEpisode episode, IVectorEnvironment environment, StepCamera camera, int size, string file,
        CancellationToken cancel)
    {
        int apart = (episode.Steps + Frames - 1) / Frames, step = 0;
        byte[] pixels = new byte[(episode.Steps + apart - 1) / apart * camera.FrameBytes];
        Divergence? off = new DemonstrationReplay(environment).Play(episode, buffer =>
        {
            int left = episode.Steps - ++step; // counted from the end, which is to be among them
            int at = pixels.Length - (((left / apart) + 1) * camera.FrameBytes);
            if (left % apart == 0) camera.Draw(buffer, pixels.AsSpan(at, camera.FrameBytes));
        }, cancel);
        return off is null
            ? new DemonstrationFrames(pixels, size, size)
            : throw new CorruptFileException(file, "episodes that play here as they were recorded", $"that they diverge at {off}",
                "Versions of what recorded it may differ: see ./embodied replay, or record it again.");
    }
}
