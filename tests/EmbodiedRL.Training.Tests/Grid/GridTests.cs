using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering.Images;
using EmbodiedRL.Simulation.Wrappers;
using EmbodiedRL.Training.Demonstrations;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Films;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Training.Tests.Grid;

public sealed class GridContract : EnvironmentContract
{
    protected override IVectorEnvironment Create(int count, int workers) => new GridEnv(count);
}

public sealed class GridOfImagesContract : EnvironmentContract
{
    protected override IVectorEnvironment Create(int count, int workers) => new GridEnv(count, seesImages: true);
}

public sealed class StackedGridContract : EnvironmentContract
{
    protected override IVectorEnvironment Create(int count, int workers) => new StackedFrames(new GridEnv(count, seesImages: true), 3);
}

/// <summary>
/// What an environment that has no scene and draws itself goes through: training, films, evaluation, recording, resuming.
/// </summary>
[Collection(Serial.Name)]
public sealed class GridTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>By a reward that reads every third frame; nothing is rendered by anybody else.</summary>
    [Fact]
    public async Task It_is_learned_from_its_own_frames()
    {
        using var run = new GridTraining(_folder["run"], updates: 60);
        run.Trainer.Begin();
        await run.Trainer.RunAsync(CancellationToken.None);
        EvaluationOutcome before = run.Trainer.Before!, after = run.Evaluator.Evaluate(run.Algorithm, CancellationToken.None);
        Assert.True(after.Success > before.Success + 0.3 && after.Success > 0.7, $"{before.Success} before and {after.Success} after");
        Assert.NotNull(after.Figures!.Seen);
        Assert.Null(run.Renderers.First);
    }

    [Fact]
    public async Task What_the_reward_reads_are_the_frames_of_the_states_reached()
    {
        const int count = 4, steps = 12;
        using var environment = new GridEnv(count);
        using IActor actor = new RandomPolicy(environment.Info.Actions).CreateActor(count, ActorMode.Sample, 3);
        FrameSpec board = FrameSpec.Square(20) with { Every = 3 }, mirror = new(25, 15, "mirror");
        using var source = new EnvironmentSource(environment, actor, steps, new EnvironmentSourceOptions { Frames = [board, mirror] });
        source.Begin(1);
        int ended = 0;
        for (int rollout = 0; rollout < 4; rollout++)
        {
            var batch = (TrajectoryBatch)await source.NextAsync(CancellationToken.None);
            for (int row = 0; row < batch.Rows; row++)
            {
                ended += batch.EndsEpisode(row) ? 1 : 0;
                int[] cell = [.. batch.States.AsSpan(row * 4, 4).ToArray().Select(share => (int)MathF.Round(share * (GridEnv.Side - 1)))];
                AssertShows(cell, batch.Frames(mirror).Frame(row), mirror);
                if (row / count % 3 == 0) AssertShows(cell, batch.Frames(board).Frame((row / count / 3 * count) + (row % count)), board);
            }
        }

        Assert.True(ended > 3, $"{ended} episodes ended");
    }

    [Fact]
    public void What_cannot_be_drawn_says_so()
    {
        using var grid = new GridEnv(2);
        using var fast = new FastEnv(2);
        using IActor still = new StillPolicy().CreateActor(2, ActorMode.Sample, 1);
        Assert.Contains("neither",
            Assert.Throws<SpecMismatchException>(() =>
                new EnvironmentSource(fast, still, 2, new EnvironmentSourceOptions { Frames = [FrameSpec.Square(8)] })).Message,
            StringComparison.Ordinal);
        Assert.Contains("board",
            Assert.Throws<UnknownNameException>(() =>
                new EnvironmentSource(grid, still, 2, new EnvironmentSourceOptions { Frames = [new FrameSpec(8, 8, "above")] })).Message,
            StringComparison.Ordinal);
        Assert.Contains("scene to render",
            Assert.Throws<SpecMismatchException>(() => new Rendering.PixelObservation(grid, "board", 40, appends: false)).Message,
            StringComparison.Ordinal);
        Assert.Empty(FrameSources.CamerasOf(new ScaleOf(fast)));
    }

    [Fact]
    public void It_draws_itself_through_wrappers()
    {
        using var environment = new StackedFrames(new GridEnv(2, seesImages: true), 2);
        Assert.Equal(["board", "mirror"], FrameSources.CamerasOf(environment));
        var buffer = new StepBuffer(2, environment.Info);
        environment.Reset(3, StartDistribution.Task, buffer);
        using var camera = new StepCamera(environment, "", GridEnv.ImageSize);
        byte[] frames = new byte[2 * camera.FrameBytes];
        camera.Draw(buffer, frames);
        for (int pixel = 0; pixel < frames.Length / 3; pixel++) // both of the stack are the first image
            Assert.Equal([
                frames[3 * pixel], frames[(3 * pixel) + 1], frames[(3 * pixel) + 2], frames[3 * pixel], frames[(3 * pixel) + 1],
                frames[(3 * pixel) + 2]
            ],
                buffer.Images[(6 * pixel)..((6 * pixel) + 6)]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_that_was_interrupted_and_resumed_is_equal_to_one_that_was_not(bool seesImages)
    {
        const long all = 6;
        await GridTraining.RunUntilAsync(_folder["whole"], all, seesImages, all, resume: false);
        await GridTraining.RunUntilAsync(_folder["parts"], all, seesImages, 2, resume: false);
        await GridTraining.RunUntilAsync(_folder["parts"], all, seesImages, 3, resume: true);
        await GridTraining.RunUntilAsync(_folder["parts"], all, seesImages, all, resume: true);
        Assert.Equal(RunFiles.Metrics(_folder["whole"]), RunFiles.Metrics(_folder["parts"]));
        Assert.Equal(Weights("whole", all), Weights("parts", all));
    }

    [Fact]
    public async Task It_is_filmed()
    {
        using var environment = new GridEnv(4);
        using var judge = new NearGreen(every: 3);
        var recording = new EpisodeRecording(environment, new Walker())
        {
            Reward = judge,
            Measures = ["arrived"],
            Size = 50,
            FilmSize = 50,
            Seed = 3,
            Overlays = OverlayParts.Score | OverlayParts.Caption | OverlayParts.Axes,
            Caption = "to the green square"
        };
        FilmedEpisode recorded = await recording.WriteAsync(_folder["walk"], "Walks", CancellationToken.None);
        Assert.True(recorded.Holds["arrived"][^1]);
        float?[] scores = recorded.Scores;
        Assert.True(scores.Length < GridEnv.EpisodeSteps, $"{scores.Length} steps");
        Assert.All(scores.Index(), at => Assert.Equal(at.Index % 3 == 0, at.Item is not null));
        float[] seen = [.. scores.OfType<float>()];
        Assert.True(seen.Length > 0 && seen.Zip(seen.Skip(1)).All(pair => pair.Second > pair.First), "nearer with every step");
        Assert.True(new FileInfo(_folder["walk.mp4"]).Length > 500);
        RgbImage strip = ImageFile.ReadRgb(_folder["walk.png"]);
        Assert.Contains(Enumerable.Range(0, strip.Width * strip.Height),
            pixel => strip.Rgb[3 * pixel] == 230 && strip.Rgb[(3 * pixel) + 1] == 230 && strip.Rgb[(3 * pixel) + 2] == 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Its_demonstrations_are_recorded_read_and_replayed(bool seesImages)
    {
        using var environment = new GridEnv(1, seesImages);
        var recording = new DemonstrationRecording(environment, new RandomPolicy(environment.Info.Actions))
        {
            Seed = 4,
            FrameSize = 20,
            Camera = "mirror"
        };
        var header = DemonstrationHeader.Of(environment.Info, null, 4, StartDistribution.WholeRange, "random");
        await DemonstrationFile.WriteAsync(_folder["walks.parquet"], header, recording.Play(3));
        DemonstrationHeader read = await DemonstrationFile.VerifyAsync(_folder["walks.parquet"]);
        read.Require(environment.Info);
        DemonstrationEpisode[] episodes = await RecordedEpisodes.ReadAsync(_folder["walks.parquet"]);
        Assert.Equal(3, episodes.Length);
        using var again = new GridEnv(1, seesImages);
        Assert.All(episodes, episode => Assert.Null(new DemonstrationReplay(again).Play(episode)));
        using var other = new GridEnv(1, !seesImages);
        Assert.Throws<SpecMismatchException>(() => read.Require(other.Info));
        if (!seesImages) return;

        DemonstrationEpisode first = episodes[0];
        Assert.Equal(first.Steps, first.Images!.Length);
        Assert.Equal(first.Images[1..], first.NextImages![..^1]);
        TrajectoryBatch batch = DemonstrationFile.ToBatch(first, environment.Info, id: 0);
        Assert.Equal(first.Images[^1], batch.Images!.Frame(first.Steps - 1).ToArray());
        Assert.Equal(first.NextImages[^1], batch.FinalImage(first.Steps - 1).ToArray());
        byte[][] altered = [.. first.NextImages.Select(image => (byte[])image.Clone())];
        altered[1][(3 * GridEnv.ImageSize) + 2]++;
        Divergence divergence = new DemonstrationReplay(again).Play(first with { NextImages = altered })!;
        Assert.Equal((1, "image row 1, column 0"), (divergence.Step, divergence.Field));
    }

    private static void AssertShows(int[] cell, ReadOnlySpan<byte> frame, FrameSpec spec)
    {
        for (int y = 0; y < GridEnv.Side; y++)
            for (int x = 0; x < GridEnv.Side; x++)
            {
                int at = (((y * spec.Height / GridEnv.Side) * spec.Width) + (x * spec.Width / GridEnv.Side)) * 3;
                Assert.Equal(GridEnv.ColorOf(cell, spec.Camera == "mirror" ? GridEnv.Side - 1 - x : x, y),
                    (frame[at], frame[at + 1], frame[at + 2]));
            }
    }

    private byte[] Weights(string run, long update) =>
        File.ReadAllBytes(_folder[$"{run}/checkpoints/update-{update:D6}/weights.safetensors"]);

    /// <summary>Around something that cannot draw itself.</summary>
    private sealed class ScaleOf(IVectorEnvironment inner) : Core.Wrapping.EnvironmentWrapper(inner);

    /// <summary>Walks straight to the goal.</summary>
    private sealed class Walker : FunctionPolicy
    {
        protected override void Choose(ReadOnlySpan<float> observations, Span<float> actions, ActorMode mode)
        {
            for (int row = 0; row < actions.Length; row++)
            {
                ReadOnlySpan<float> seen = observations.Slice(row * 4, 4);
                actions[row] = seen[0] > seen[2] ? 1 : seen[0] < seen[2] ? 2 : seen[1] > seen[3] ? 3 : seen[1] < seen[3] ? 4 : 0;
            }
        }
    }
}
