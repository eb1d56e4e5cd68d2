using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Extensions.Tests.Recurrent;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Transforms;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;

namespace EmbodiedRL.Extensions.Tests.Grids;

[Trait("Category", Extension.Category)]
public sealed class GridWorldContract : EnvironmentContract
{
    protected override IVectorEnvironment Create(int count, int workers) => new GridWorld(count);
}

[Trait("Category", Extension.Category), NoTensorLeaks]
public sealed class GridWorldTests
{
    [Fact]
    public void A_frame_shows_what_the_step_led_to_and_not_the_next_episodes_start()
    {
        using var environment = new GridWorld(8);
        var buffer = new StepBuffer(8, environment.Info);
        environment.Reset(1, StartDistribution.Task, buffer);
        var spec = new FrameSpec(12, 8);
        byte[] frames = new byte[8 * spec.FrameBytes];
        int arrived = 0;
        for (int step = 0; step < 400; step++)
        {
            environment.Step([.. Enumerable.Range(0, 8).Select(row => (float)((step + row) % 4))], buffer);
            environment.DrawFrames(spec, frames);
            for (int row = 0; row < 8; row++)
            {
                byte[] frame = frames[(row * spec.FrameBytes)..((row + 1) * spec.FrameBytes)];
                int x = (int)buffer.States[row * 4] * 3, y = (int)buffer.States[(row * 4) + 1] * 2;
                Assert.Equal(255, frame[((y * 12) + x) * 3]);
                Assert.Equal(buffer.Kinds[row] == StepKind.Terminated, SeenArrival.HasArrived(frame));
                if (buffer.Kinds[row] == StepKind.Terminated) arrived++;
            }
        }

        Assert.True(arrived > 5);
    }

    [Fact]
    public void A_camera_that_is_not_there_is_named()
    {
        using var environment = new GridWorld(1);
        Assert.Contains("'dark'", Assert.Throws<UnknownNameException>(() =>
            environment.DrawFrames(new FrameSpec(8, 8, "drak"), new byte[192])).Message, StringComparison.Ordinal);
    }

    /// <summary>Two terms see it in two sizes through two views, one of them every other step; nothing but pixels says that the walker
    /// has arrived.</summary>
    [Fact]
    public async Task An_agent_learns_from_its_pixels_in_the_training_loop()
    {
        const int count = 32, horizon = 20;
        using var environment = new GridWorld(count);
        using var algorithm = new RecurrentPolicyGradient(new RecurrentPolicyGradientOptions { Horizon = horizon, LearningRate = 1e-2 },
            environment.Info, 1);
        using IActor actor = algorithm.CreateActor(count, ActorMode.Sample, 1);
        using var reward = new RewardStack(
            [
                new RewardTerm(new SeenArrival("board", new FrameSpec(8, 8)), [], 1),
                new RewardTerm(new SeenArrival("dark", new FrameSpec(4, 6, "dark", Every: 2)),
                    [new Scale(new ScaleOptions { Factor = 0 })], 1),
            ], BatchFields.Frames);
        using var source = new EnvironmentSource(environment, actor, horizon, new EnvironmentSourceOptions { Frames = reward.Frames });
        using var evaluator = new Evaluator(new GridWorld(64), ["arrived"], 9);
        source.Begin(1);
        double before = evaluator.Evaluate(algorithm, CancellationToken.None).Success!.Value;
        float[] rewards = new float[source.Rows];
        for (int update = 0; update < 60; update++)
        {
            RewardBatch batch = await source.NextAsync(CancellationToken.None);
            await reward.ScoreAsync(batch, rewards, NoiseBatches.Context());
            Assert.Equal(source.Batch.TaskRewards, rewards);
            algorithm.Update(batch, rewards, new RunProgress(update, 60, update / 60.0), NullMetricSink.Instance);
        }

        double after = evaluator.Evaluate(algorithm, CancellationToken.None).Success!.Value;
        Assert.True(after > 0.9 && before < 0.6, $"Arrived: {before:P0} before, {after:P0} after.");
    }

    /// <summary>1 where a frame shows no green any more, because the walker stands there.</summary>
    private sealed class SeenArrival(string name, FrameSpec frames) : Reward(new RewardSpec(name, BatchFields.Frames, 0, 1, frames))
    {
        public static bool HasArrived(ReadOnlySpan<byte> frame)
        {
            for (int pixel = 0; pixel < frame.Length; pixel += 3)
                if (frame[pixel + 1] > 0) return false;
            return true;
        }

        public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
        {
            Check(batch, scores);
            TrajectoryBatch steps = batch.As<TrajectoryBatch>();
            FrameBlock block = steps.Frames(frames);
            scores.Span.Fill(float.NaN);
            for (int i = 0; i < block.Frames; i++)
                scores.Span[(i / steps.Count * frames.Every * steps.Count) + (i % steps.Count)] = HasArrived(block.Frame(i)) ? 1 : 0;
            return ValueTask.CompletedTask;
        }
    }
}
