using EmbodiedRL.Algorithms.Reasoning;
using EmbodiedRL.Contracts;
using EmbodiedRL.Core;
using EmbodiedRL.Core.Batches;
using EmbodiedRL.Core.Contracts;
using EmbodiedRL.Core.Specs;
using EmbodiedRL.Models.Language;
using EmbodiedRL.Models.Language.Decoders;
using EmbodiedRL.Rewards;
using EmbodiedRL.Training.Checkpoints;
using EmbodiedRL.Training.Loop;
using EmbodiedRL.Training.Metrics;
using EmbodiedRL.Training.Reasoning;
using EmbodiedRL.Training.Runs;
using EmbodiedRL.Training.Settings;

namespace EmbodiedRL.Training.Tests.Reasoning;

/// <summary>The trainer on a language model of ten thousand weights that is to repeat a letter, and a folder that outlives it.</summary>
internal sealed class CopyTraining : IDisposable
{
    public const int Rows = 32;
    public const string Letters = "abcd?";

    private readonly Grpo _grpo;
    private readonly RewardStack _reward;
    private readonly RunMetrics _metrics = new();

    public CopyTraining(string folder, long updates, bool shuffled = false, int resamples = 0, Action<Trainer>? progress = null)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "settings.json"), "{}");
        var run = RunFolder.Open(folder);
        _metrics.Open(run, TimeProvider.System);
        Model = CausalLanguageModel.Create(DecoderSettings.Small(Letters.Length + 2, 32, 2, 1, 16) with { InitialScale = 0.05 },
            new LetterTokenizer(Letters), [LetterTokenizer.End], seed: 1);
        var options = new GrpoOptions { Prompts = 4, Completions = 8, MaximumTokens = 1, LearningRate = 3e-3 };
        _grpo = new Grpo(options, Model, 3);
        _reward = new RewardStack([new RewardTerm(new Repeats(shuffled), [], 1)], BatchFields.Prompts | BatchFields.Texts
            | BatchFields.Questions);
        Source = new CompletionSource(Model, new LetterQuestions(5), new CompletionSourceOptions
        {
            Prompts = options.Prompts,
            Completions = options.Completions,
            MaximumTokens = options.MaximumTokens,
            Resamples = resamples,
        }, 3, _reward);
        var settings = new RunSettings
        {
            Agent = new AgentSettings { Steps = updates * Rows },
            Evaluate = new EvaluateSettings { Every = 5 * Rows },
            Checkpoint = new CheckpointSettings { Every = 4 * Rows, Keep = 2 },
        };
        Trainer = new Trainer(TrainerSchedule.Of(settings), new TrainerDependencies
        {
            Source = Source,
            RowsPerUpdate = Source.Rows,
            Begin = () => { },
            Algorithm = _grpo,
            Reward = _reward,
            Evaluation = new CompletionEvaluation(Model, new LetterQuestions(6).Next(24),
                (question, text) => new AnswerFigures(text == question.Reference), options.MaximumTokens, new LetterQuestions(7).Next(8)),
            Checkpoints = new CheckpointStore(run.Checkpoints, 2),
            Metrics = _metrics,
            Clock = new PhaseClock(TimeProvider.System),
            Progress = progress,
        });
    }

    public CausalLanguageModel Model { get; }

    public CompletionSource Source { get; }

    public Trainer Trainer { get; }

    /// <summary>Runs until so many updates are done, then interrupts it as Ctrl-C does.</summary>
    public static async Task RunUntilAsync(string folder, long updates, long update, bool resume)
    {
        using var interruption = new CancellationTokenSource();
        using var run = new CopyTraining(folder, updates, progress: trainer =>
        {
            if (trainer.Update == update) interruption.Cancel();
        });
        if (resume) run.Trainer.Resume();
        else run.Trainer.Begin();
        if (update >= updates) await run.Trainer.RunAsync(CancellationToken.None);
        else await Assert.ThrowsAsync<OperationCanceledException>(() => run.Trainer.RunAsync(interruption.Token));
    }

    public void Dispose()
    {
        _metrics.Dispose();
        Source.Dispose();
        _reward.Dispose();
        _grpo.Dispose();
        Model.Dispose();
    }

    /// <summary>1 for the letter of the prompt; shuffled, that of the prompt before it.</summary>
    internal sealed class Repeats(bool shuffled) : Reward(new RewardSpec("repeats", BatchFields.Texts | BatchFields.Questions))
    {
        public override ValueTask ScoreAsync(RewardBatch batch, Memory<float> scores, ScoreContext context)
        {
            var completions = batch.As<CompletionBatch>();
            var rng = Rng.For(8, "shuffle", completions.Episode[0]);
            for (int row = 0; row < batch.Rows; row++)
            {
                string wanted = completions.Questions![completions.PromptOf(row)].Reference;
                if (shuffled) wanted = $"{Letters[rng.Below(4)]}";
                scores.Span[row] = completions.Texts[row] == wanted ? 1 : 0;
            }

            return default;
        }
    }

    /// <summary>Letters, of two kinds.</summary>
    internal sealed class LetterQuestions(ulong seed) : IQuestionSource
    {
        private Rng _rng = Rng.For(seed, "questions");

        public IReadOnlyList<Question> Next(int count) => [.. Enumerable.Range(0, count).Select(_ =>
        {
            char letter = Letters[_rng.Below(4)];
            return new Question($"{letter}?", $"{letter}", AnswerForm.Text) { Kind = letter < 'c' ? "early" : "late" };
        })];

        public void Save(Snapshot into) => into.Put("draws", _rng.Counter);

        public void Load(Snapshot from) => _rng = Rng.For(seed, "questions", counter: from.Get<ulong>("draws"));
    }
}
