using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Models;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Reasoning;

namespace EmbodiedRL.Training.Tests.Reasoning;

[Collection(Serial.Name)]
public sealed class CompletionTrainingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_one_loop_trains_a_language_model()
    {
        using var run = new CopyTraining(_folder["run"], 80);
        run.Trainer.Begin();
        await run.Trainer.RunAsync(CancellationToken.None);
        Assert.InRange(run.Trainer.Before!.Success!.Value, 0, 0.5);
        Assert.InRange(run.Trainer.Latest!.Success!.Value, 0.95, 1);
        Assert.Equal(["accuracy/early", "accuracy/late", "well-formed"], run.Trainer.Latest.Measures.Keys);
        var metrics = MetricsTable.Read(_folder["run/metrics.jsonl"]);
        double[] rewards = [.. metrics["reward"].Values];
        Assert.InRange(rewards.Take(5).Average(), 0, 0.35);
        Assert.InRange(rewards.TakeLast(5).Average(), 0.9, 1.001);
        foreach (string name in new[] { "rewards/repeats/mean", "rewards/repeats/std", "num_tokens", "evaluate/accuracy/early" })
            Assert.NotEmpty(metrics[name].Values);
    }

    [Fact]
    public async Task Rewards_that_say_nothing_teach_nothing()
    {
        using var run = new CopyTraining(_folder["run"], 80, shuffled: true);
        run.Trainer.Begin();
        await run.Trainer.RunAsync(CancellationToken.None);
        Assert.InRange(run.Trainer.Latest!.Success!.Value, 0, 0.6);
    }

    [Fact]
    public async Task A_run_that_was_interrupted_and_resumed_is_equal_to_one_that_was_not()
    {
        await CopyTraining.RunUntilAsync(_folder["whole"], 14, 14, resume: false);
        await CopyTraining.RunUntilAsync(_folder["parts"], 14, 3, resume: false);
        await CopyTraining.RunUntilAsync(_folder["parts"], 14, 6, resume: true);
        await CopyTraining.RunUntilAsync(_folder["parts"], 14, 14, resume: true);
        IReadOnlyDictionary<string, byte[]> whole = Entries("whole"), parts = Entries("parts");
        Assert.Equal(whole.Keys, parts.Keys);
        foreach ((string name, byte[] bytes) in whole)
            if (!name.StartsWith("clock/", StringComparison.Ordinal)) Assert.True(bytes.AsSpan().SequenceEqual(parts[name]), name);
        Assert.Equal(Rewards("whole"), Rewards("parts"));
    }

    [Fact]
    public async Task Neither_tensors_nor_memory_grow()
    {
        (long Tensors, long Bytes) early = default, late = default;
        using var run = new CopyTraining(_folder["run"], 300, progress: trainer =>
        {
            if (trainer.Update is not (50 or 299)) return;
            GC.Collect();
            GC.WaitForPendingFinalizers();
            (trainer.Update == 50 ? ref early : ref late) = (TorchRuntime.LiveTensors, GC.GetTotalMemory(forceFullCollection: true));
        });
        run.Trainer.Begin();
        await run.Trainer.RunAsync(CancellationToken.None);
        Assert.Equal(early.Tensors, late.Tensors);
        Assert.InRange(late.Bytes - early.Bytes, long.MinValue, 1 << 20);
    }

    [Fact]
    public async Task Prompts_that_teach_nothing_are_replaced()
    {
        using var run = new CopyTraining(_folder["run"], 4, resamples: 30);
        var batch = (CompletionBatch)await run.Source.NextAsync(CancellationToken.None);
        float[] rewards = new float[batch.Rows];
        await new CopyTraining.Repeats(shuffled: false).ScoreAsync(batch, rewards, ScoreContext.Preview());
        for (int prompt = 0; prompt < batch.Prompts.Count; prompt++)
            Assert.True(rewards.AsSpan(prompt * batch.Completions, batch.Completions).Contains(1f));
        var metrics = new Contracts.RecordedMetrics();
        run.Source.Log(metrics);
        Assert.True(metrics["sampling/replaced_prompts"] > 0); // a letter of seven is not always among eight
        for (int row = 0; row < batch.Rows; row++)
            Assert.Equal(batch.Texts[row], run.Model.Tokenizer.Decode(batch.Tokens![row]));
    }

    [Fact]
    public void Resampling_without_a_reward_is_refused()
    {
        using var run = new CopyTraining(_folder["run"], 1);
        Assert.Throws<SettingsException>(() => new CompletionSource(run.Model, new CopyTraining.LetterQuestions(1),
            new CompletionSourceOptions { Resamples = 1 }, 1));
    }

    [Fact]
    public void A_brief_evaluation_asks_fewer_and_outcomes_survive_a_snapshot()
    {
        using var run = new CopyTraining(_folder["run"], 1);
        var evaluation = new CompletionEvaluation((ILanguageModel)run.Model, new CopyTraining.LetterQuestions(6).Next(24),
            (question, _) => new AnswerFigures(question.Kind == "early", question.Kind == "early", Confidence: 0.5), 1,
            new CopyTraining.LetterQuestions(7).Next(10))
        { JudgesConfidence = true };
        Training.Evaluation.EvaluationOutcome whole = evaluation.Evaluate(false, CancellationToken.None);
        Assert.Equal((24, 10), (whole.Episodes, evaluation.Evaluate(true, CancellationToken.None).Episodes));
        Assert.Equal((1.0, 0.0), (whole.Measures["accuracy/early"], whole.Measures["accuracy/late"]));
        Assert.Equal((0.25, whole.Success), (whole.Measures["brier"], whole.Measures["well-formed"]));
        var snapshot = new Snapshot();
        whole.Save(snapshot);
        Training.Evaluation.EvaluationOutcome read = evaluation.Load(snapshot);
        Assert.Equal((whole.Success, whole.Episodes), (read.Success, read.Episodes));
        Assert.Equal(whole.Measures, read.Measures);
    }

    private IReadOnlyDictionary<string, byte[]> Entries(string run) =>
        new CheckpointStore(_folder[$"{run}/checkpoints"], 2).LoadNewest().Snapshot.Entries;

    private double[] Rewards(string run) => [.. MetricsTable.Read(_folder[$"{run}/metrics.jsonl"])["reward"].Values];
}
