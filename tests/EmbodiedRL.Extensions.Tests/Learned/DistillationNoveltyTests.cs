using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Extensions.Tests.Recurrent;
using EmbodiedRL.Rewards;
using EmbodiedRL.Rewards.Sources;
using EmbodiedRL.Rewards.Transforms;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Evaluation;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Extensions.Tests.Learned;

[Trait("Category", Extension.Category), NoTensorLeaks]
public sealed class DistillationNoveltyContract : LearnedRewardContract
{
    protected override IReward Create() => new DistillationNovelty("novelty", new DistillationNoveltyOptions(), FastEnv.Describe(), 1);
}

[Trait("Category", Extension.Category), NoTensorLeaks]
public sealed class DistillationNoveltyTests : IDisposable
{
    private const int Updates = 30;

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_training_has_visited_grows_familiar_and_what_it_has_not_stays_new()
    {
        using var run = new NovelRun(Path.Combine(_folder, "run"));
        (float known, float unknown) = run.Novelty();
        await run.TrainAsync(Updates);
        (float knownAfter, float unknownAfter) = run.Novelty();
        Assert.True(knownAfter < 0.3f * known, $"Novelty at the start of episodes fell from {known} to {knownAfter}.");
        Assert.True(unknownAfter / knownAfter > 2 * unknown / known, $"A state never seen: {unknown}, then {unknownAfter}.");
        string[] metrics = File.ReadAllLines(Path.Combine(_folder, "run/metrics.jsonl"));
        Assert.Contains("reward/novelty/loss", metrics[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_was_interrupted_goes_on_with_what_the_reward_has_learned()
    {
        using NovelRun whole = new(Path.Combine(_folder, "whole")), late = new(Path.Combine(_folder, "parts"));
        await whole.TrainAsync(6);
        using (var early = new NovelRun(Path.Combine(_folder, "parts"))) await early.TrainAsync(3);
        await late.TrainAsync(6, resume: true);
        Assert.Equal(whole.Scores(), late.Scores());
        Assert.Equal(NoiseBatches.Entries(whole.Reward), NoiseBatches.Entries(late.Reward));
    }

    /// <summary>The project's trainer with a stack of two terms, one of which learns.</summary>
    private sealed class NovelRun : IDisposable
    {
        private const int Count = 16, Horizon = 40;

        private readonly FastEnv _environment = new(Count, discrete: true);
        private readonly RecurrentPolicyGradient _algorithm;
        private readonly IActor _actor;
        private readonly EnvironmentSource _source;
        private readonly Evaluator _evaluator = new(new FastEnv(10, discrete: true), ["centered"], 5);
        private readonly RunMetrics _metrics = new();
        private readonly CheckpointStore _checkpoints;
        private readonly RunFolder _folder;

        public NovelRun(string folder)
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "settings.json"), "{}");
            _folder = RunFolder.Open(folder);
            _checkpoints = new CheckpointStore(_folder.Checkpoints, 2);
            _algorithm = new RecurrentPolicyGradient(new RecurrentPolicyGradientOptions { Horizon = Horizon, Epochs = 1 },
                _environment.Info, 1);
            _actor = _algorithm.CreateActor(Count, ActorMode.Sample, 1);
            _source = new EnvironmentSource(_environment, _actor, Horizon, new EnvironmentSourceOptions());
            var novelty = new DistillationNovelty("novelty", new DistillationNoveltyOptions { Epochs = 20 }, _environment.Info, 1);
            Reward = new RewardStack(
                [new RewardTerm(new TaskReward("task"), [], 1), new RewardTerm(novelty, [new Standardize()], 0.1f)],
                BatchFields.TaskRewards | BatchFields.States);
        }

        public RewardStack Reward { get; }

        public async Task TrainAsync(int updates, bool resume = false)
        {
            _metrics.Open(_folder, TimeProvider.System);
            var settings = new RunSettings
            {
                Agent = new AgentSettings { Steps = updates * Count * Horizon },
                Checkpoint = new CheckpointSettings { Every = Count * Horizon, Keep = 2 }
            };
            var trainer = new Trainer(TrainerSchedule.Of(settings), new TrainerDependencies
            {
                Source = _source,
                RowsPerUpdate = _source.Rows,
                Begin = () => _source.Begin(3),
                Algorithm = _algorithm,
                Reward = Reward,
                Evaluation = new PolicyEvaluation(_evaluator, _algorithm, _environment.Info),
                Checkpoints = _checkpoints,
                Metrics = _metrics,
                Clock = new PhaseClock(TimeProvider.System),
            });
            if (resume) trainer.Resume();
            else trainer.Begin();
            await trainer.RunAsync(CancellationToken.None);
        }

        /// <summary>How new two states are: a place where episodes begin, and one beyond the edge, which no episode reaches.</summary>
        public (float Known, float Unknown) Novelty()
        {
            var batch = new TrajectoryBatch(1, 2, _environment.Info);
            float[] scores = new float[2];
            (batch.States[0], batch.States[2], batch.States[3]) = (0.5f, 3, -3);
            Reward.Terms[1].Source.ScoreAsync(batch, scores, ScoreContext.Preview()).AsTask().GetAwaiter().GetResult();
            return (scores[0], scores[1]);
        }

        public float[] Scores() => Reward.ScoresOf(1).ToArray();

        public void Dispose()
        {
            _metrics.Dispose();
            _evaluator.Dispose();
            _source.Dispose();
            _actor.Dispose();
            _algorithm.Dispose();
            Reward.Dispose();
            _environment.Dispose();
            _folder.Dispose();
        }
    }
}
