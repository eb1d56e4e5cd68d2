using EmbodiedRL.Algorithms.OnPolicy;
using EmbodiedRL.Models;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests.Loop;

[Collection(Serial.Name)]
public sealed class TrainerTests : IDisposable
{
    private const long All = 40;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Equal_seeds_give_equal_metrics_and_others_give_others()
    {
        await FastTraining.RunUntilAsync(_folder["one"], FastTraining.Settings, All, resume: false);
        await FastTraining.RunUntilAsync(_folder["two"], FastTraining.Settings, All, resume: false);
        RunSettings other = FastTraining.Settings with { Env = FastTraining.Settings.Env with { Seed = 4 } };
        await FastTraining.RunUntilAsync(_folder["other"], other, All, resume: false);
        Assert.Equal(All + 1, Metrics("one").Length);
        Assert.Equal(Metrics("one"), Metrics("two"));
        Assert.NotEqual(Metrics("one")[1], Metrics("other")[1]);
    }

    [Fact]
    public async Task A_run_that_was_interrupted_and_resumed_is_equal_to_one_that_was_not()
    {
        await FastTraining.RunUntilAsync(_folder["whole"], FastTraining.Settings, All, resume: false);
        await FastTraining.RunUntilAsync(_folder["parts"], FastTraining.Settings, 7, resume: false);
        await FastTraining.RunUntilAsync(_folder["parts"], FastTraining.Settings, 8, resume: true);
        await FastTraining.RunUntilAsync(_folder["parts"], FastTraining.Settings, All, resume: true);
        Assert.Equal(Metrics("whole"), Metrics("parts"));
        Assert.Equal(Weights("whole"), Weights("parts"));
    }

    /// <summary>As after a kill: the metrics go on beyond the newest checkpoint, and their last line is cut off.</summary>
    [Fact]
    public async Task What_was_measured_after_the_checkpoint_is_measured_again()
    {
        await FastTraining.RunUntilAsync(_folder["whole"], FastTraining.Settings, All, resume: false);
        using (var killed = new FastTraining(_folder["killed"], FastTraining.Settings, _ => throw new KilledException()))
        {
            killed.Trainer.Begin();
            while (killed.Trainer.Update < 13)
                await Assert.ThrowsAsync<KilledException>(() => killed.Trainer.RunAsync(CancellationToken.None));
        }

        Assert.Equal(10, new CheckpointStore(_folder["killed/checkpoints"], 2).LoadNewest().Update);
        string metrics = _folder["killed/metrics.jsonl"];
        File.WriteAllText(metrics, File.ReadAllText(metrics)[..^20]);
        await FastTraining.RunUntilAsync(_folder["killed"], FastTraining.Settings, All, resume: true);
        Assert.Equal(Metrics("whole"), Metrics("killed"));
        Assert.Equal(Weights("whole"), Weights("killed"));
    }

    [Fact]
    public async Task It_learns_and_says_so()
    {
        AgentSettings agent = FastTraining.Settings.Agent with
        {
            Steps = 400 * 128,
            Options = new PpoOptions { Horizon = 16, Minibatch = 64, LearningRate = 3e-3, HiddenSizes = [32] }
        };
        using var run = new FastTraining(_folder["run"], FastTraining.Settings with { Agent = agent });
        run.Trainer.Begin();
        await run.Trainer.RunAsync(CancellationToken.None);
        Assert.True(run.Trainer.Latest!.Success > run.Trainer.Before!.Success + 0.3, $"{run.Trainer.Before} then {run.Trainer.Latest}");
        Assert.Equal(run.Trainer.Latest.Success, run.Trainer.Latest.Measures["centered"]);
    }

    /// <summary>What a leak costs per update would be a tensor or a few kilobytes; 90 updates would show it.</summary>
    [Fact]
    public async Task Neither_tensors_nor_memory_grow()
    {
        (long Tensors, long Bytes) early = default, late = default;
        RunSettings settings = FastTraining.Settings with { Agent = FastTraining.Settings.Agent with { Steps = 100 * 128 } };
        using (var run = new FastTraining(_folder["run"], settings, trainer =>
        {
            if (trainer.Update == 10) early = Memory();
            if (trainer.Update == 100) late = Memory();
        }))
        {
            run.Trainer.Begin();
            await run.Trainer.RunAsync(CancellationToken.None);
        }

        Assert.Equal(early.Tensors, late.Tensors);
        Assert.True(late.Bytes < early.Bytes + (32 << 20),
            $"{early.Bytes >> 20} MB after update 10, {late.Bytes >> 20} MB after update 100.");
    }

    private static (long Tensors, long Bytes) Memory()
    {
        GC.Collect();
        return (TorchRuntime.LiveTensors, Environment.WorkingSet);
    }

    private string[] Metrics(string run) => RunFiles.Metrics(_folder[run]);

    private byte[] Weights(string run) => File.ReadAllBytes(_folder[$"{run}/checkpoints/update-{All:D6}/weights.safetensors"]);

    private sealed class KilledException : Exception;
}
