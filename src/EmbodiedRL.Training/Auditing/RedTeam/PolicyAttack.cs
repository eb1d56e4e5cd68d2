using EmbodiedRL.Core;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Steps;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Composition;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Auditing.RedTeam;

/// <summary>Trains a policy on a reward as any run would, and searches its episodes for moments of high reward and no success.</summary>
/// <param name="folder">That paths in the settings are relative to.</param>
/// <param name="services">Environments, rewards, algorithms and models.</param>
/// <param name="time">The clock.</param>
/// <param name="runs">Folder that keeps the runs, by the reward's name; null keeps none.</param>
internal sealed class PolicyAttack(string folder, RunServices services, TimeProvider time, string? runs)
{
    private const int Episodes = 16, Evaluated = 10;

    /// <summary>Trains, plays and searches.</summary>
    /// <param name="reward">Name and run.</param>
    /// <param name="stack">The same reward, which scores. Lent.</param>
    /// <param name="ground">What is asked for, and through which camera and renderers frames are seen.</param>
    /// <param name="steps">Environment steps of the training.</param>
    /// <param name="seed">Of the episodes.</param>
    /// <param name="cancel">Stops between two updates, and two moments.</param>
    /// <returns>The best fraud of each episode, null where there is none; and how many moments were searched.</returns>
    public async Task<(ProbedWindow?[] Best, int Tried)> SearchAsync(AuditedReward reward, RewardStack stack,
        (AuditGoal Goal, string Camera, RendererPool Renderers) ground, long steps, ulong seed, CancellationToken cancel)
    {
        string path = Path.Combine(runs ?? Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), reward.Name);
        try
        {
            using TrainingRun run = TrainingRun.Compose(Settings(reward.Settings, steps), folder, services, time);
            await TrainAsync(run, path, cancel);
            return await PlayAsync(run, stack, ground, seed, cancel);
        }
        finally
        {
            if (runs is null && Path.GetDirectoryName(path) is { } temporary && Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    }

    private static RunSettings Settings(RunSettings settings, long steps) => settings with
    {
        Agent = settings.Agent with { Steps = steps },
        Evaluate = settings.Evaluate with { Every = 0, Episodes = Evaluated, TaskStart = false, Scored = 0 },
        Checkpoint = settings.Checkpoint with { Every = 0, Keep = 1 },
        Record = settings.Record with { Every = 0 },
        From = null,
    };

    private async Task TrainAsync(TrainingRun run, string path, CancellationToken cancel)
    {
        using RunFolder kept = RunFolder.Create(path);
        RunSettings settings = MjcfFiles.CopyInto(kept, RewardPrograms.CopyInto(kept, run.Settings, folder), folder);
        SettingsFile.Write(kept.Settings, settings, Versions.OfProcess(), RunInputs.Of(kept, settings, services, run.Models));
        Trainer trainer = run.CreateTrainer(kept, time, progress: null);
        trainer.Begin();
        await trainer.RunAsync(cancel);
    }

    private static async Task<(ProbedWindow?[] Best, int Tried)> PlayAsync(TrainingRun run, RewardStack stack,
        (AuditGoal Goal, string Camera, RendererPool Renderers) ground, ulong seed, CancellationToken cancel)
    {
        using IVectorEnvironment environment = run.CreateEvaluationEnvironments(Episodes);
        using IActor actor = run.Policy.CreateActor(Episodes, ActorMode.Deterministic, seed);
        var probe = new WindowProbe(environment, ground.Goal, stack, ground.Renderers, ground.Camera);
        probe.Begin(Rng.For(seed, "fraud/policy").NextBits());
        bool[] starts = new bool[Episodes];
        Array.Fill(starts, true);
        var best = new ProbedWindow?[Episodes];
        int moments = environment.Info.EpisodeSteps / (WindowProbe.Frames * WindowProbe.Stride);
        for (int moment = 0; moment < moments; moment++)
        {
            cancel.ThrowIfCancellationRequested();
            ProbedWindow[] windows = await probe.WatchAsync((seen, actions) =>
            {
                for (int row = 0; row < Episodes; row++) starts[row] |= seen.Kinds[row].Ends();
                actor.Act(new ObservationRows(seen.Observations, seen.Images), starts, actions, []);
                Array.Clear(starts);
            }, settling: 0, cancel);
            for (int row = 0; row < Episodes; row++) best[row] = ProbedWindow.Better(best[row], windows[row]);
        }

        return (best, moments * Episodes);
    }
}
