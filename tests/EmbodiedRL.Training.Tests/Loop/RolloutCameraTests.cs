using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rendering;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Tests.Runs;

namespace EmbodiedRL.Training.Tests.Loop;

public sealed class RolloutCameraTests
{
    /// <summary>More steps than are drawn at once, and some left over; twice, since a camera serves every rollout of a run.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Steps_drawn_while_others_are_played_look_as_if_drawn_afterwards(bool whilePlaying)
    {
        const int count = 3, steps = 400, size = 16;
        using var environment = new DrawnPoint(count);
        var buffer = new StepBuffer(count, environment.Info);
        var batch = new TrajectoryBatch(steps, count, environment.Info, FrameSpec.Square(size));
        FrameBlock frames = batch.FrameBlocks[0];
        using var renderer = new BatchRenderer(environment.Info.RequiredScene, "front", size);
        var camera = new RolloutCamera(renderer, environment.Info, frames, "front", whilePlaying);
        environment.Reset(1, StartDistribution.WholeRange, buffer);
        for (int rollout = 0; rollout < 2; rollout++)
        {
            for (int i = 0; i < frames.Frames; i++) frames.Frame(i).Clear();
            float[] poses = new float[steps * buffer.Poses.Length];
            for (int step = 0; step < steps; step++)
            {
                environment.Step([1, -1, step % 2], buffer);
                buffer.Poses.CopyTo(poses, step * buffer.Poses.Length);
                camera.Take(step, buffer);
            }

            await camera.FinishAsync();
            using var after = new BatchRenderer(environment.Info.RequiredScene, "front", size);
            byte[] expected = new byte[frames.Bytes];
            after.Render(poses, batch.Rows, expected);
            for (int i = 0; i < frames.Frames; i++)
                Assert.True(frames.Frame(i).SequenceEqual(expected.AsSpan(i * frames.FrameBytes, frames.FrameBytes)),
                    $"Frame {i} differs.");
        }
    }

    [Fact]
    public async Task What_goes_wrong_while_drawing_is_said_when_the_pictures_are_waited_for()
    {
        using var environment = new DrawnPoint(1);
        var buffer = new StepBuffer(1, environment.Info);
        var batch = new TrajectoryBatch(2, 1, environment.Info, FrameSpec.Square(16));
        var renderer = new BatchRenderer(environment.Info.RequiredScene, "front", 16);
        var camera = new RolloutCamera(renderer, environment.Info, batch.FrameBlocks[0], "front");
        environment.Reset(1, StartDistribution.WholeRange, buffer);
        renderer.Dispose();
        for (int step = 0; step < 2; step++)
        {
            environment.Step([1], buffer);
            camera.Take(step, buffer);
        }

        await Assert.ThrowsAsync<ObjectDisposedException>(camera.FinishAsync);
        await camera.FinishAsync(); // said once
    }
}
