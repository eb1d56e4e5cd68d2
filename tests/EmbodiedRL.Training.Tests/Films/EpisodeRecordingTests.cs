using EmbodiedRL.Core;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Training.Films;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Tests.Runs;

namespace EmbodiedRL.Training.Tests.Films;

public sealed class EpisodeRecordingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_episode_becomes_a_video_a_film_strip_and_its_scores()
    {
        using var environment = new DrawnPoint(4);
        using var judge = new RedInTheMiddle();
        var recording = new EpisodeRecording(environment, new Spring()) { Reward = judge, Measures = ["centered"], Size = 64, Seed = 3 };
        FilmedEpisode recorded = await recording.WriteAsync(_folder["after"], "After training", CancellationToken.None);

        Assert.Equal(40, recorded.Scores.Length);
        Assert.Equal([1, 5, 10, 15, 20, 25, 30, 35, 40], recorded.Shown);
        Assert.True(recorded.Holds["centered"][^1]);
        Assert.True(recorded.Scores[^1] > 0.05f, "the ball rests in the middle, where the judge looks");
        for (int t = 0; t < 40; t++) // what is seen and what is so agree: the ball is in the middle or the judge sees no red
            if (recorded.Scores[t] > 0.1f) Assert.True(recorded.Holds["centered"][t] || t < 35);

        Assert.Equal(recorded.Scores, FilmedEpisode.Read(_folder["after.json"]).Scores);
        Assert.True(ImageFile.ReadRgb(_folder["after.png"]).Width > 9 * 128);
        Assert.True(new FileInfo(_folder["after.mp4"]).Length > 1000);
    }

    [Fact]
    public async Task The_film_ends_where_the_first_episode_ends()
    {
        using var environment = new DrawnPoint(1);
        var recording = new EpisodeRecording(environment, new Pusher()) { Measures = ["centered"], Size = 32 };
        FilmedEpisode recorded = await recording.WriteAsync(_folder["fall"], "Falls off", CancellationToken.None);
        Assert.True(recorded.Holds["centered"].Length < 40);
        Assert.Equal(recorded.Holds["centered"].Length, recorded.Shown[^1]);
        Assert.Empty(recorded.Scores);
    }

    [Fact]
    public async Task A_measure_that_does_not_exist_is_named()
    {
        using var environment = new DrawnPoint(1);
        var recording = new EpisodeRecording(environment, new Spring()) { Measures = ["centred"], Size = 32, Steps = 2 };
        var error = await Assert.ThrowsAsync<UnknownNameException>(() => recording.WriteAsync(_folder["x"], "x", CancellationToken.None));
        Assert.Contains("'centered'", error.Message, StringComparison.Ordinal);
    }

    private sealed class Pusher : EmbodiedRL.Contracts.FunctionPolicy
    {
        protected override void Choose(ReadOnlySpan<float> observations, Span<float> actions, Core.Contracts.ActorMode mode) =>
            actions.Fill(1);
    }
}
