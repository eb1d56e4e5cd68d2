using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests.Loop;

/// <summary>Cancellation within an update: by a reward whose time a test decides.</summary>
[Collection(Serial.Name)]
public sealed class CancellationTests : IDisposable
{
    private const int All = 12;
    private readonly TemporaryFolder _folder = new();

    private static RunSettings Settings => FastTraining.Settings with { Agent = FastTraining.Settings.Agent with { Steps = All * 128 } };

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// Within the first update (a checkpoint is there), after a periodic one, and between two (the state before is saved then).
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(7)]
    public async Task A_slow_judge_is_cancelled_within_its_call_and_the_run_goes_on_bit_for_bit(int before)
    {
        await WholeAsync("whole", seconds: 3);
        await CancelAsync("parts", before, seconds: 3, waits: true);
        Assert.Equal(before, Newest("parts"));
        await ResumeAsync("parts", seconds: 3);
        Assert.Equal(RunFiles.Metrics(_folder["whole"]), RunFiles.Metrics(_folder["parts"]));
        Assert.Equal(Weights("whole"), Weights("parts"));
    }

    /// <summary>A quick update goes on to its end, even right after a checkpoint.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    public async Task A_quick_update_is_finished_first(int before)
    {
        await WholeAsync("whole", seconds: 0);
        await CancelAsync("parts", before, seconds: 0, waits: false);
        Assert.Equal(before + 1, Newest("parts"));
        await ResumeAsync("parts", seconds: 0);
        Assert.Equal(RunFiles.Metrics(_folder["whole"]), RunFiles.Metrics(_folder["parts"]));
        Assert.Equal(Weights("whole"), Weights("parts"));
    }

    private async Task WholeAsync(string name, double seconds)
    {
        var time = new ManualTime();
        using var run = new FastTraining(_folder[name], Settings, reward: new TimedReward(time, seconds), time: time);
        run.Trainer.Begin();
        await run.Trainer.RunAsync(CancellationToken.None);
    }

    private async Task CancelAsync(string name, int before, double seconds, bool waits)
    {
        using var interruption = new CancellationTokenSource();
        var time = new ManualTime();
        var reward = new TimedReward(time, seconds) { At = before, Interruption = interruption, Waits = waits };
        using var run = new FastTraining(_folder[name], Settings, reward: reward, time: time);
        run.Trainer.Begin();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.Trainer.RunAsync(interruption.Token));
        Assert.Equal(before + 1, reward.Calls);
    }

    private async Task ResumeAsync(string name, double seconds)
    {
        var time = new ManualTime();
        using var run = new FastTraining(_folder[name], Settings, reward: new TimedReward(time, seconds), time: time);
        run.Trainer.Resume();
        await run.Trainer.RunAsync(CancellationToken.None);
    }

    private long Newest(string name) => new CheckpointStore(_folder[$"{name}/checkpoints"], 2).LoadNewest().Update;

    private byte[] Weights(string name) => File.ReadAllBytes(_folder[$"{name}/checkpoints/update-{All:D6}/weights.safetensors"]);

    /// <summary>The task's reward, after so many seconds of a test's clock; one call cancels the run while it is under way.</summary>
    private sealed class TimedReward(ManualTime time, double seconds) : Reward(new RewardSpec("timed", BatchFields.TaskRewards))
    {
        public int At { get; init; } = -1;

        public CancellationTokenSource? Interruption { get; init; }

        /// <summary>Whether the call that cancels answers only when it is cancelled itself.</summary>
        public bool Waits { get; init; }

        public int Calls { get; private set; }

        public override async ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
        {
            time.Advance(seconds);
            if (Calls++ == At)
            {
                await Interruption!.CancelAsync();
                if (Waits) await Task.Delay(TimeSpan.FromMinutes(1), context.Cancel);
            }

            batch.As<TrajectoryBatch>().TaskRewards.CopyTo(scores);
        }
    }
}
