using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Training.Demonstrations;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Tests.Runs;

namespace EmbodiedRL.Training.Tests.Demonstrations;

public sealed class DemonstrationFileTests
{
    [Fact]
    public async Task What_was_played_comes_back_bit_for_bit()
    {
        using var folder = new TemporaryFolder();
        using IVectorEnvironment environment = Envs.EnvironmentCatalog.Create("cartpole", 1, 1);
        DemonstrationEpisode[] played = [.. new DemonstrationRecording(environment, new ExpertPolicy(environment)) { Seed = 3 }.Play(3)];
        string path = folder["three.parquet"];
        DemonstrationHeader written = await DemonstrationFile.WriteAsync(path, Header(environment), played);
        Assert.Equal((3, 1500), (written.Episodes, written.Steps));

        DemonstrationEpisode[] read = await RecordedEpisodes.ReadAsync(path);
        Assert.Equal(played.Length, read.Length);
        for (int i = 0; i < read.Length; i++) AssertEqual(played[i], read[i]);
        Assert.Equal(2 * 500, ((double[])read[0].Snapshots["qpos"]).Length);
        Assert.Equal(["observation", "upright", "cartpole"],
            [
                (await DemonstrationFile.ReadHeaderAsync(path)) is { Observation.Count: 5 } ? "observation" : "",
                written.Policy.Split(' ')[^1],
                written.Environment
            ]);
    }

    [Fact]
    public async Task Episodes_that_end_early_keep_their_own_last_observation()
    {
        using var folder = new TemporaryFolder();
        var environment = new FastEnv(1);
        DemonstrationEpisode[] played = [.. new DemonstrationRecording(environment, new Runaway()).Play(4)];
        await DemonstrationFile.WriteAsync(folder["falls.parquet"], Header(environment), played);
        DemonstrationEpisode[] read = await RecordedEpisodes.ReadAsync(folder["falls.parquet"]);
        Assert.All(read, episode =>
        {
            Assert.InRange(episode.Steps, 2, FastEnv.EpisodeSteps - 1);
            Assert.Equal(StepKind.Terminated, episode.Kinds[^1]);
            Assert.True(Math.Abs(episode.NextObservations[^2]) > 2); // beyond the edge, not the next start
            Assert.Equal(episode.Observations[2..], episode.NextObservations[..^2]);
            Assert.All(episode.Actions, action => Assert.Equal(1, action)); // as it took effect, not the 5 that was asked for
        });
        Assert.True(read.Select(episode => episode.Steps).Distinct().Count() > 1);
    }

    [Fact]
    public async Task An_episode_is_a_rollout_of_one_environment()
    {
        using var folder = new TemporaryFolder();
        var environment = new DrawnPoint(1);
        DemonstrationEpisode[] played = [.. new DemonstrationRecording(environment, new Spring()) { FrameSize = 32 }.Play(1)];
        await DemonstrationFile.WriteAsync(folder["drawn.parquet"], Header(environment), played);
        DemonstrationEpisode episode = (await RecordedEpisodes.ReadAsync(folder["drawn.parquet"]))[0];
        TrajectoryBatch batch = DemonstrationFile.ToBatch(episode, environment.Info, id: 7);
        Assert.Equal((episode.Steps, 1, 32), (batch.Steps, batch.Count, batch.FrameBlocks[0].Spec.Width));
        Assert.Equal(Enumerable.Repeat(7L, episode.Steps), batch.Episode.ToArray());
        Assert.Equal(episode.States, batch.States);
        Assert.Equal(episode.NextObservations[^2..], batch.NextObservations);
        Assert.Contains(batch.FrameBlocks[0].Step(5).ToArray(), level => level > 200); // the red ball
        var red = new float[batch.Rows];
        await new RedInTheMiddle().ScoreAsync(batch, red, ScoreContext.Preview());
        Assert.True(red[^1] > 0.1f); // the spring has brought it to the middle
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Episodes_are_put_together_however_another_tool_has_grouped_the_rows(int rows)
    {
        var environment = new FastEnv(1);
        DemonstrationEpisode[] played = [.. new DemonstrationRecording(environment, new Spring()).Play(3)];
        Dictionary<string, Array>[] values = [.. played.Select(DemonstrationColumns.Values)];
        int total = played.Sum(episode => episode.Steps);
        var pieces = new EpisodePieces("test",
            Header(environment) with { EmptyEntries = [], Digests = [.. played.Select(EpisodeDigest.Of)], Episodes = 3 });
        var found = new List<DemonstrationEpisode>();
        for (int first = 0; first < total; first += rows)
        {
            int next = Math.Min(first + rows, total);
            pieces.Add(values[0].Keys.ToDictionary(name => name,
                name => Cut([.. values.Select(episode => episode[name])], total, first, next)));
            while (pieces.Take() is { } episode) found.Add(episode);
        }

        Assert.Equal(3, found.Count);
        for (int i = 0; i < 3; i++) AssertEqual(played[i], found[i]);
    }

    [Fact]
    public async Task What_is_cut_off_altered_or_foreign_is_one_clear_error()
    {
        using var folder = new TemporaryFolder();
        var environment = new FastEnv(1);
        DemonstrationEpisode[] played = [.. new DemonstrationRecording(environment, new Spring()).Play(2)];
        await DemonstrationFile.WriteAsync(folder["whole.parquet"], Header(environment), played);
        byte[] whole = await File.ReadAllBytesAsync(folder["whole.parquet"]);
        for (int length = 0; length < whole.Length; length += whole.Length / 20) await RefusedAsync(whole[..length]);
        await RefusedAsync("PAR1 is how such files begin, and end, but this is not one of them PAR1"u8.ToArray());

        int noticed = 0, harmless = 0;
        for (int at = 5; at < whole.Length; at += whole.Length / 60)
        {
            byte[] flipped = [.. whole];
            flipped[at] ^= 16;
            await File.WriteAllBytesAsync(folder["flipped.parquet"], flipped);
            try
            {
                DemonstrationEpisode[] read = await RecordedEpisodes.ReadAsync(folder["flipped.parquet"]);
                for (int i = 0; i < read.Length; i++) AssertEqual(played[i], read[i]); // a bit of the versions, or of a statistic
                harmless++;
            }
            catch (CorruptFileException error)
            {
                Assert.Contains("flipped.parquet", error.Message, StringComparison.Ordinal);
                noticed++;
            }
        }

        Assert.True(noticed > harmless, $"{noticed} noticed, {harmless} harmless");
        Assert.Contains("nowhere",
            (await Assert.ThrowsAsync<AssetMissingException>(() => DemonstrationFile.ReadHeaderAsync(folder["nowhere"]))).Message,
            StringComparison.Ordinal);

        async Task RefusedAsync(byte[] bytes)
        {
            await File.WriteAllBytesAsync(folder["cut.parquet"], bytes);
            CorruptFileException error =
                await Assert.ThrowsAsync<CorruptFileException>(() => RecordedEpisodes.ReadAsync(folder["cut.parquet"]));
            Assert.Contains("cut.parquet", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_recording_that_is_interrupted_leaves_what_was_there()
    {
        using var folder = new TemporaryFolder();
        string path = folder["kept.parquet"];
        await File.WriteAllTextAsync(path, "before");
        using var stop = new CancellationTokenSource();
        var environment = new FastEnv(1);
        IEnumerable<DemonstrationEpisode> Interrupted()
        {
            foreach (DemonstrationEpisode episode in new DemonstrationRecording(environment, new Spring()).Play(5, stop.Token))
            {
                yield return episode;
                if (episode.Index == 2) stop.Cancel();
            }
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            DemonstrationFile.WriteAsync(path, Header(environment), Interrupted(), stop.Token));
        Assert.Equal("before", await File.ReadAllTextAsync(path));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void Success_of_a_recorded_episode_is_that_of_an_evaluated_one()
    {
        var environment = new FastEnv(1);
        foreach (DemonstrationEpisode episode in new DemonstrationRecording(environment, new Spring()) { Seed = 8 }.Play(10))
        {
            using var evaluator = new Evaluator(new FastEnv(1), [], Rng.For(8, "demonstrate", episode.Index).NextBits());
            double evaluated = evaluator.Evaluate(new Spring(), CancellationToken.None).Measures["centered"];
            Assert.Equal(evaluated, EpisodeSuccess.Of(environment.Info.Measures[0], environment.Info, episode.States) ? 1 : 0);
        }
    }

    internal static DemonstrationHeader Header(IVectorEnvironment environment) =>
        DemonstrationHeader.Of(environment.Info, null, 3, StartDistribution.WholeRange, "expert upright");

    private static void AssertEqual(DemonstrationEpisode expected, DemonstrationEpisode found)
    {
        Assert.Equal(EpisodeDigest.Of(expected), EpisodeDigest.Of(found));
        Assert.Equal(expected.Kinds, found.Kinds);
        Assert.Equal(expected.Snapshots.Keys.Order(StringComparer.Ordinal), found.Snapshots.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(expected.SnapshotAt(1).Entries, found.SnapshotAt(1).Entries);
    }

    private static Array Cut(Array[] parts, int rows, int first, int next)
    {
        Array whole = Array.CreateInstance(parts[0].GetType().GetElementType()!, parts.Sum(part => part.Length));
        int at = 0;
        foreach (Array part in parts)
        {
            part.CopyTo(whole, at);
            at += part.Length;
        }

        int width = whole.Length / rows;
        Array cut = Array.CreateInstance(whole.GetType().GetElementType()!, (next - first) * width);
        Array.Copy(whole, first * width, cut, 0, cut.Length);
        return cut;
    }

    /// <summary>Pushes to the right with more than is allowed.</summary>
    private sealed class Runaway : EmbodiedRL.Contracts.FunctionPolicy
    {
        protected override void Choose(ReadOnlySpan<float> observations, Span<float> actions, ActorMode mode) => actions.Fill(5);
    }
}
